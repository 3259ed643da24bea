import type { Role } from "@orderwatch/shared/ops/roles.ts";
import { bigint, boolean, check, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { sql } from "drizzle-orm/sql";
import { time } from "../../platform/columns.ts";

/** People who may sign in. The fields' names are those that the sign-in library looks for. */
export const staff = pgTable(
  "staff",
  {
    id: text().primaryKey(),
    name: text().notNull(),
    /** In lower case. */
    email: text().notNull().unique(),
    emailVerified: boolean("email_verified").notNull().default(false),
    image: text(),
    role: text().$type<Role>().notNull(),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (table) => [
    check("staff_role", sql`${table.role} in ('admin', 'engineer', 'operations', 'support', 'viewer')`),
  ],
);

export const staffSessions = pgTable(
  "staff_sessions",
  {
    id: text().primaryKey(),
    token: text().notNull().unique(),
    userId: text("user_id")
      .notNull()
      .references(() => staff.id, { onDelete: "cascade" }),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
    expiresAt: time("expires_at").notNull(),
  },
  (table) => [index("staff_sessions_user").on(table.userId)],
);

/** How a person proves who they are; `password` is a scrypt hash. */
export const staffCredentials = pgTable(
  "staff_credentials",
  {
    id: text().primaryKey(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    userId: text("user_id")
      .notNull()
      .references(() => staff.id, { onDelete: "cascade" }),
    password: text(),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: time("access_token_expires_at"),
    refreshTokenExpiresAt: time("refresh_token_expires_at"),
    scope: text(),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (table) => [index("staff_credentials_user").on(table.userId)],
);

/** What the sign-in library has to remember for a while. */
export const staffVerifications = pgTable(
  "staff_verifications",
  {
    id: text().primaryKey(),
    identifier: text().notNull(),
    value: text().notNull(),
    expiresAt: time("expires_at").notNull(),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (table) => [index("staff_verifications_identifier").on(table.identifier)],
);

/** Counts sign-ins by address, for all consoles together. */
export const staffRateLimits = pgTable("staff_rate_limits", {
  id: text().primaryKey(),
  key: text().notNull().unique(),
  count: integer().notNull(),
  lastRequest: bigint("last_request", { mode: "number" }).notNull(),
});

/** Refused sign-ins, summed over ten seconds each: whoever guesses is seen, and nobody's address is kept. */
export const signInFailures = pgTable("sign_in_failures", {
  slot: time("slot").primaryKey(),
  failures: integer().notNull(),
});

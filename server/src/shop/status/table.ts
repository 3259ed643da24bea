import type { PublicImpact, PublicPhase } from "@orderwatch/shared/shop/status.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import { boolean, check, index, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { bytea, time } from "../../platform/columns.ts";

/** What the public is told of incidents. Buyers see it with the console away, so it lies with the shop. */
export const publicUpdates = pgTable(
  "public_updates",
  {
    id: uuid().primaryKey(),
    incidentId: uuid("incident_id").notNull(),
    /** When the incident began, for those who know no more of it than this. */
    startedAt: time("started_at").notNull(),
    phase: text().$type<PublicPhase>().notNull(),
    impact: jsonb().$type<PublicImpact>().notNull(),
    title: jsonb().$type<Words>().notNull(),
    text: jsonb().$type<Words>().notNull(),
    state: text().$type<"proposed" | "published" | "withdrawn">().notNull(),
    /** Only somebody else than its author may publish it. */
    needsApproval: boolean("needs_approval").notNull(),
    authorId: text("author_id").notNull(),
    author: text().notNull(),
    proposedAt: time("proposed_at").notNull(),
    deciderId: text("decider_id"),
    decider: text(),
    publishedAt: time("published_at"),
    /** Whatever its state says to those who wrote it, it never reaches the public: they are being drilled. */
    withheld: boolean().notNull().default(false),
    /** Subscribers up to this one have been told; all of them at `announcedAt`. */
    announcedTo: uuid("announced_to"),
    announcedAt: time("announced_at"),
  },
  (table) => [
    index("public_updates_incident").on(table.incidentId),
    index("public_updates_published").on(table.publishedAt).where(sql`${table.state} = 'published'`),
    index("public_updates_unannounced")
      .on(table.publishedAt)
      .where(sql`${table.state} = 'published' and ${table.announcedAt} is null`),
    check(
      "public_updates_approved",
      sql`${table.state} <> 'published' or (${table.publishedAt} is not null and ${table.deciderId} is not null
        and not (${table.needsApproval} and ${table.deciderId} = ${table.authorId}))`,
    ),
  ],
);

/** Who wants to be told what the public is told. */
export const statusSubscriptions = pgTable(
  "status_subscriptions",
  {
    id: uuid().primaryKey(),
    channel: text().$type<"email" | "push">().notNull(),
    /** Sealed; bound to the row. */
    address: bytea().notNull(),
    /** A keyed hash of the address, so that nobody is told twice. */
    addressKey: bytea("address_key").notNull().unique(),
    language: text().$type<Language>().notNull(),
    /** When the link was last asked for; an address gets one in ten minutes at most. */
    askedAt: time("asked_at").notNull(),
    /** A link is owed to the address. */
    linkDue: boolean("link_due").notNull(),
    confirmedAt: time("confirmed_at"),
  },
  (table) => [index("status_subscriptions_due").on(table.id).where(sql`${table.linkDue}`)],
);

import type { PublicImpact, PublicPhase } from "@orderwatch/shared/shop/status.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import { boolean, check, index, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

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
  },
  (table) => [
    index("public_updates_incident").on(table.incidentId),
    index("public_updates_published").on(table.publishedAt).where(sql`${table.state} = 'published'`),
    check(
      "public_updates_approved",
      sql`${table.state} <> 'published' or (${table.publishedAt} is not null and ${table.deciderId} is not null
        and not (${table.needsApproval} and ${table.deciderId} = ${table.authorId}))`,
    ),
  ],
);

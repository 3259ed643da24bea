import type { PostmortemAction } from "@orderwatch/shared/ops/postmortems.ts";
import { integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

/** What people add to what the timeline says of an incident. */
export const postmortems = pgTable("postmortems", {
  incidentId: uuid("incident_id").primaryKey(),
  state: text().$type<"draft" | "published">().notNull(),
  revision: integer().notNull(),
  summary: text().notNull(),
  factors: jsonb().$type<string[]>().notNull(),
  actions: jsonb().$type<PostmortemAction[]>().notNull(),
  changedById: text("changed_by_id").notNull(),
  changedBy: text("changed_by").notNull(),
  changedAt: time("changed_at").notNull(),
  publishedAt: time("published_at"),
});

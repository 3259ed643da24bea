import type { Words } from "@orderwatch/shared/words.ts";
import { index, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";
import { incidents } from "../incidents/table.ts";

/** What staff told the buyers of an incident's tickets while it lasted; nobody's data is in it. */
export const incidentProgress = pgTable(
  "incident_progress",
  {
    id: uuid().primaryKey(),
    incidentId: uuid("incident_id")
      .notNull()
      .references(() => incidents.id),
    at: time("at").notNull(),
    text: jsonb().$type<Words | string>().notNull(),
    byId: text("by_id").notNull(),
    byName: text("by_name").notNull(),
  },
  (table) => [index("incident_progress_incident").on(table.incidentId, table.at)],
);

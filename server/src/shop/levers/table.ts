import type { ShedLevel } from "@orderwatch/shared/ops/levers.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { sql } from "drizzle-orm";
import { boolean, check, doublePrecision, integer, pgTable, text } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

/** What staff refuse or limit by hand: one row, or none as long as nobody ever did. */
export const levers = pgTable(
  "levers",
  {
    only: boolean().primaryKey().default(true),
    paused: text().array().$type<PaymentMethod[]>().notNull(),
    maxUnits: integer("max_units"),
    limitFactor: doublePrecision("limit_factor"),
    shed: text().$type<ShedLevel>().notNull(),
    /** Grows by one with every change, so that nodes can say what they go by. */
    version: integer().notNull(),
    changedAt: time("changed_at").notNull(),
    changedBy: text("changed_by").notNull(),
    reason: text().notNull(),
  },
  (table) => [check("levers_one", sql`${table.only}`)],
);

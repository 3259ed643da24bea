import type { DeviceClass } from "@orderwatch/shared/shop/beacons.ts";
import type { Origin } from "@orderwatch/shared/shop/orders.ts";
import { sql } from "drizzle-orm";
import { check, index, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";
import type { StoredStep } from "./domain.ts";

/** Visits of which a beacon came. Rows arrive in order of time, so a BRIN index finds a window and costs next to nothing. */
export const visits = pgTable(
  "visits",
  {
    /** A random name that the browser made for this visit. */
    session: text().primaryKey(),
    beganAt: time("began_at").notNull(),
    device: text().$type<DeviceClass>().notNull(),
    origin: text().$type<Origin>().notNull(),
  },
  (table) => [
    index("visits_began").using("brin", table.beganAt),
    check("visits_device", sql`${table.device} in ('phone', 'tablet', 'desktop', 'unknown')`),
  ],
);

/** Each step of a visit once, at its first time; `sku` and `code` are empty where a step has none. */
export const visitSteps = pgTable(
  "visit_steps",
  {
    session: text().notNull(),
    step: text().$type<StoredStep>().notNull(),
    sku: text().notNull(),
    /** Why an order was refused. */
    code: text().notNull(),
    at: time("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.session, table.step, table.sku, table.code] }),
    index("visit_steps_at").using("brin", table.at),
  ],
);

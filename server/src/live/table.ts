import { bigint, integer, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { bytea, time, xid8 } from "../platform/columns.ts";

/** How far the rollups have counted; moved in the statement that writes what was counted. */
export const liveCursor = pgTable("live_cursor", {
  name: text().primaryKey(),
  /** Events of transactions below this one are in the rollups, each once. */
  xid: xid8("xid").notNull(),
  movedAt: time("moved_at").notNull(),
});

/** Exact counts of order events by their own time, in steps of a second, a minute and an hour. */
export const liveCounts = pgTable(
  "live_counts",
  {
    stepS: integer("step_s").notNull(),
    at: time("at").notNull(),
    type: text().notNull(),
    /** Empty for everything but failures. */
    code: text().notNull(),
    method: text().notNull(),
    origin: text().notNull(),
    n: bigint({ mode: "number" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.stepS, table.at, table.type, table.code, table.method, table.origin] }),
  ],
);

/** What nodes reported, in the same steps; best effort. */
export const liveMeasures = pgTable(
  "live_measures",
  {
    stepS: integer("step_s").notNull(),
    at: time("at").notNull(),
    requests: bigint({ mode: "number" }).notNull(),
    refused: jsonb().$type<Record<string, number>>().notNull(),
    /** Of real buyers, by our fault. */
    buyersRefused: integer("buyers_refused").notNull().default(0),
    beacons: jsonb().$type<Record<string, number>>().notNull(),
    /** A packed latency sketch; null when nothing was ordered. */
    sketch: bytea(),
  },
  (table) => [primaryKey({ columns: [table.stepS, table.at] })],
);

/** The consoles that shop nodes report to; each renews its row while it lives. */
export const consoles = pgTable("consoles", {
  /** Where nodes reach it, e.g. `http://127.0.0.1:8080`. */
  url: text().primaryKey(),
  /** The epoch of the console that listens there. */
  id: text().notNull(),
  seenAt: time("seen_at").notNull(),
});

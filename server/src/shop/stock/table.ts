import { sql } from "drizzle-orm";
import { bigint, check, index, integer, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { bytea, time } from "../../platform/columns.ts";
import { products } from "../catalog/table.ts";

/** One card code. `sealed` is AES-256-GCM; `lookup` is a keyed hash that makes it unique across the whole shop. */
export const codes = pgTable(
  "codes",
  {
    id: bigint({ mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    /**
     * Codes are handed out in this order. Apart from `id`, because a planner that could walk the primary key in that
     * order would pass by every code sold so far.
     */
    position: bigint({ mode: "bigint" }).notNull().generatedAlwaysAsIdentity(),
    productId: uuid("product_id")
      .notNull()
      .references(() => products.id),
    status: text().$type<"available" | "held" | "sold" | "void">().notNull().default("available"),
    sealed: bytea().notNull(),
    lookup: bytea().notNull(),
    importId: uuid("import_id").notNull(),
    orderId: uuid("order_id"),
    lineId: uuid("line_id"),
  },
  (table) => [
    uniqueIndex("codes_lookup").on(table.lookup),
    index("codes_available").on(table.productId, table.position).where(sql`${table.status} = 'available'`),
    index("codes_order").on(table.orderId).where(sql`${table.orderId} is not null`),
    check("codes_status", sql`${table.status} in ('available', 'held', 'sold', 'void')`),
    check(
      "codes_order_iff_taken",
      sql`(${table.status} in ('held', 'sold')) = (${table.orderId} is not null and ${table.lineId} is not null)`,
    ),
  ],
);

/** Which order a code was handed to. Its primary key is what makes a second delivery of a code impossible. */
export const deliveredCodes = pgTable("delivered_codes", {
  codeId: bigint("code_id", { mode: "bigint" })
    .primaryKey()
    .references(() => codes.id),
  orderId: uuid("order_id").notNull(),
  at: time("at").notNull(),
});

/**
 * How many codes of a product came into each state and left it. Triggers on codes add a row per statement, so nobody
 * waits for anybody and the sums are exact in every snapshot; rows are folded into one now and then.
 */
export const stockChanges = pgTable(
  "stock_changes",
  {
    /** No foreign key: the code's own has checked it, and each check would lock the product's row. */
    productId: uuid("product_id").notNull(),
    available: integer().notNull(),
    held: integer().notNull(),
    sold: integer().notNull(),
    void: integer().notNull(),
  },
  (table) => [index("stock_changes_product").on(table.productId)],
);

export const stockImports = pgTable(
  "stock_imports",
  {
    id: uuid().primaryKey(),
    productId: uuid("product_id")
      .notNull()
      .references(() => products.id),
    status: text().$type<"running" | "finished" | "failed">().notNull(),
    received: integer().notNull(),
    /** Grows with each chunk, in the chunk's own transaction: the sum over imports is the product's ledger. */
    imported: integer().notNull().default(0),
    duplicates: integer().notNull().default(0),
    startedAt: time("started_at").notNull(),
    /** Renewed while a process works on it; a running import whose beat stopped has lost its process. */
    beatAt: time("beat_at").notNull().defaultNow(),
    finishedAt: time("finished_at"),
    detail: text(),
    staffId: text("staff_id"),
  },
  (table) => [
    index("stock_imports_product").on(table.productId),
    check("stock_imports_status", sql`${table.status} in ('running', 'finished', 'failed')`),
  ],
);

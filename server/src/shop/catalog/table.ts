import type { ProductKind } from "@orderwatch/shared/shop/catalog.ts";
import { boolean, check, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { sql } from "drizzle-orm/sql";
import { time } from "../../platform/columns.ts";

export const products = pgTable(
  "products",
  {
    id: uuid().primaryKey(),
    sku: text().notNull().unique(),
    name: text().notNull(),
    kind: text().$type<ProductKind>().notNull(),
    priceFen: integer("price_fen").notNull(),
    /** Most units one order may buy. */
    limitPerOrder: integer("limit_per_order"),
    /** Most units one buyer may buy within `limitDays`; both or neither. */
    limitPerBuyer: integer("limit_per_buyer"),
    limitDays: integer("limit_days"),
    archived: boolean().notNull().default(false),
    /** Sold to simulated shoppers; restocked by the server itself. */
    demo: boolean().notNull().default(false),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (table) => [
    check("products_kind", sql`${table.kind} in ('code', 'recharge')`),
    check("products_price", sql`${table.priceFen} > 0`),
    check("products_buyer_limit", sql`(${table.limitPerBuyer} is null) = (${table.limitDays} is null)`),
  ],
);

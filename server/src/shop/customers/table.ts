import { bigint, pgTable, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { bytea, time } from "../../platform/columns.ts";
import { products } from "../catalog/table.ts";

/** Buyers who want to know when a product is back. */
export const restockNotices = pgTable(
  "restock_notices",
  {
    id: uuid().primaryKey(),
    productId: uuid("product_id")
      .notNull()
      .references(() => products.id),
    contact: bytea().notNull(),
    contactKey: bigint("contact_key", { mode: "bigint" }).notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [uniqueIndex("restock_notices_once").on(table.productId, table.contactKey)],
);

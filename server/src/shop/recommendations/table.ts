import { doublePrecision, integer, pgTable, primaryKey, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";
import { products } from "../catalog/table.ts";

const product = (name: string) =>
  uuid(name)
    .notNull()
    .references(() => products.id);

/** How much buying one product says for another; of a product with itself: for buying it again. Learned anew each hour. */
export const productAffinities = pgTable(
  "product_affinities",
  {
    productId: product("product_id"),
    otherId: product("other_id"),
    score: doublePrecision().notNull(),
  },
  (table) => [primaryKey({ columns: [table.productId, table.otherId] })],
);

/** How many buyers bought a product lately. */
export const productPopularity = pgTable("product_popularity", {
  productId: uuid("product_id")
    .primaryKey()
    .references(() => products.id),
  buyers: integer().notNull(),
  learnedAt: time("learned_at").notNull(),
});

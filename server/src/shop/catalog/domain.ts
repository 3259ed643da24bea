import type { BuyerLimit, Product, StockLevel } from "@orderwatch/shared/shop/catalog.ts";

/** Buyers are told roughly how much there is, never how many: counts would tell competitors what sells. */

/** Below this many codes a product is called low; nobody needs to count further to know the level. */
export const lowStockBelow = 20;

/** `counted` may stop at `lowStockBelow`; a recharge has no stock that could run out. */
export function stockLevel(kind: "code" | "recharge", counted: number): StockLevel {
  if (kind === "recharge") return "in";
  if (counted === 0) return "out";
  return counted < lowStockBelow ? "low" : "in";
}

/** A product as buyers see it. `available` may stop at `lowStockBelow`. */
export function toPublic(
  counted: Pick<Product, "sku" | "name" | "priceFen" | "kind"> & {
    limit: number | null;
    limitPerBuyer: BuyerLimit | null;
    available: number;
  },
): Product {
  return {
    sku: counted.sku,
    name: counted.name,
    priceFen: counted.priceFen,
    kind: counted.kind,
    stock: stockLevel(counted.kind, counted.available),
    ...(counted.limit === null ? {} : { limit: counted.limit }),
    ...(counted.limitPerBuyer === null ? {} : { limitPerBuyer: counted.limitPerBuyer }),
  };
}

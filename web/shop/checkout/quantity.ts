import type { Product } from "@orderwatch/shared/shop/catalog.ts";

/** Most units that the order interface takes of anything. */
const mostOfAnything = 100;

/** Most units of a product that one order may buy. */
export function mostOf({ limit, limitPerBuyer }: Pick<Product, "limit" | "limitPerBuyer">): number {
  return Math.min(limit ?? mostOfAnything, limitPerBuyer?.units ?? mostOfAnything, mostOfAnything);
}

/** The nearest quantity that one order may buy; what is no number counts as one. */
export function clampQuantity(wanted: number, product: Pick<Product, "limit" | "limitPerBuyer">): number {
  const whole = Number.isFinite(wanted) ? Math.trunc(wanted) : 1;
  return Math.max(1, Math.min(whole, mostOf(product)));
}

/** What the buyer sees and agrees to pay, in fen. */
export function totalFen(product: Pick<Product, "priceFen">, quantity: number): number {
  return product.priceFen * quantity;
}

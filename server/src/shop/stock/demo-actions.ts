import { randomBytes } from "node:crypto";
import { demoProducts } from "@orderwatch/shared/shop/demo-products.ts";
import { catalogueChanged, createProduct, isEmpty, listShortDemo } from "../catalog/actions.ts";
import { importCodes, type StockContext, sealChunk } from "./actions.ts";
import * as store from "./store.ts";

/** Codes that a demo product is brought up to, and below which it is. */
const fullStock = 3_000;
const restockBelow = 1_500;

/** Fills an empty catalogue with demo products and their codes; true when it did. Safe to call at every start. */
export async function seedDemoProducts(context: StockContext): Promise<boolean> {
  if (!(await isEmpty(context))) return false;
  for (const product of demoProducts) {
    await createProduct(context, { ...product, demo: true });
    if (product.kind === "code")
      await importCodes(context, { sku: product.sku, codes: demoCodes(fullStock), staffId: null });
  }
  return true;
}

/**
 * Brings demo products that run low back to full stock; returns how many codes were added. Several processes may call
 * it at once: each product is restocked by one of them.
 */
export async function restockDemo(context: StockContext): Promise<number> {
  const { db, clock, newId } = context;
  let added = 0;
  for (const { id: productId, available } of await listShortDemo(context, restockBelow)) {
    const rows = await sealChunk(context.keys, productId, demoCodes(fullStock - available));
    added += await db.transaction(async (sql) => {
      if (!(await store.lockRestock(sql, productId, restockBelow))) return 0;
      return await store.addDemoCodes(sql, {
        importId: newId(),
        productId,
        sealed: rows.map((row) => row.sealed),
        lookups: rows.map((row) => row.lookup),
        at: clock.now(),
      });
    });
  }
  if (added > 0) catalogueChanged(context.cache);
  return added;
}

/** `XXXX-XXXX-XXXX-XXXX` of letters and digits that nobody mistakes for each other; 80 random bits each. */
function demoCodes(count: number): string[] {
  const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  return Array.from({ length: count }, () => {
    const text = Array.from(randomBytes(16), (byte) => alphabet[byte % alphabet.length]).join("");
    return text.replace(/(.{4})(?=.)/g, "$1-");
  });
}

import { setTimeout as delay } from "node:timers/promises";
import { type Product, Refused } from "../product.ts";
import { planOrder, products, scarceSku } from "./plan.ts";

/** Imports during the load, each repeated like a person would until it is answered; doubles are the product's to find. */
const laterImports = 8;
const chunk = 20_000;
/** Of what is scarce there is so much of what is wanted; it comes in small parts, so that it is sold out again and again. */
const scarce = { share: 1 / 3, first: 0.2 };
/** Of the rest there is enough for all, in the end. */
const ample = { more: 50, first: 0.8 };

export interface Stock {
  /** So many orders have been begun. */
  at(n: number): void;
  idle(): Promise<void>;
}

/** Puts the products on sale with most of the codes that all buyers want; the rest comes while they buy. */
export async function openStock(product: Product, seed: number, orders: number): Promise<Stock> {
  const staff = await product.signIn();
  const wanted = new Map<string, number>();
  for (let n = 0; n < orders; n++)
    for (const { sku, quantity } of planOrder(seed, n).items)
      wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  const underway: Promise<void>[] = [];
  const later: { atOrder: number; sku: string; codes: string[] }[] = [];

  for (const { sku, name, kind, priceFen } of products) {
    await staff.call("POST", "/api/products", { sku, name, kind, priceFen });
    if (kind !== "code") continue;
    const all = wanted.get(sku) ?? 0;
    const isScarce = sku === scarceSku;
    const total = isScarce ? Math.ceil(all * scarce.share) : all + ample.more;
    const codes = Array.from({ length: total }, (_, n) => `${sku}-${seed}-${n}`);
    const first = Math.ceil(total * (isScarce ? scarce.first : ample.first));
    for (let from = 0; from < first; from += chunk)
      await staff.call("POST", `/api/products/${sku}/codes`, {
        codes: codes.slice(from, Math.min(from + chunk, first)),
      });
    const size = Math.ceil((total - first) / laterImports);
    for (let n = 0; n < laterImports; n++)
      later.push({
        atOrder: Math.floor((orders * (n + 1)) / (laterImports + 2)),
        sku,
        codes: codes.slice(first + n * size, first + (n + 1) * size),
      });
  }
  later.sort((a, b) => a.atOrder - b.atOrder);

  const importAgain = async (sku: string, codes: string[]): Promise<void> => {
    for (let tries = 0; codes.length > 0 && tries < 60; tries++) {
      try {
        await staff.call("POST", `/api/products/${sku}/codes`, { codes });
        return;
      } catch (error) {
        if (error instanceof Refused && error.status < 500 && error.status !== 409 && error.status !== 422)
          throw error;
        await delay(1_000);
      }
    }
  };
  return {
    at(n) {
      while (later[0] && later[0].atOrder <= n) {
        const next = later.shift();
        if (next) underway.push(importAgain(next.sku, next.codes));
      }
    },
    async idle() {
      await Promise.all(underway);
    },
  };
}

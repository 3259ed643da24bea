import { setTimeout as delay } from "node:timers/promises";
import { type Product, Refused } from "../product.ts";
import { planOrder, products } from "./plan.ts";

/** Imports during the load, each repeated like a person would until it is answered; doubles are the product's to find. */
const laterImports = 8;
const chunk = 20_000;

export interface Stock {
  /** So many orders have been begun. */
  at(n: number): void;
  idle(): Promise<void>;
}

/** Puts the products on sale with four fifths of the codes that all buyers want; the rest comes while they buy. */
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
    const total = (wanted.get(sku) ?? 0) + 50;
    const codes = Array.from({ length: total }, (_, n) => `${sku}-${seed}-${n}`);
    const first = Math.ceil(total * 0.8);
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

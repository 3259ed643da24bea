/** Remembers what a buyer filled in last, so that the next purchase takes one tap. */
import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { type DeviceStorage, isRecord } from "./storage.ts";

export interface Details {
  phone: string;
  email: string;
  method?: PaymentMethod;
  /** The account last recharged, by product. */
  accounts: Record<string, string>;
}

export const methods = ["wechat", "alipay"] as const satisfies readonly PaymentMethod[];

const key = "orderwatch.details";
const text = (value: unknown) => (typeof value === "string" ? value : "");

export function readDetails(storage: DeviceStorage): Details {
  const stored = storage.read(key);
  if (!isRecord(stored)) return { phone: "", email: "", accounts: {} };
  const method = methods.find((known) => known === stored.method);
  const accounts = Object.entries(isRecord(stored.accounts) ? stored.accounts : {});
  return {
    phone: text(stored.phone),
    email: text(stored.email),
    ...(method ? { method } : {}),
    accounts: Object.fromEntries(
      accounts.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    ),
  };
}

/** Remembers a purchase's details; an account is remembered for its product only. */
export function rememberDetails(
  storage: DeviceStorage,
  used: { phone: string; email: string; method: PaymentMethod; account: string; sku: string },
): void {
  const { phone, email, method, account, sku } = used;
  const { accounts } = readDetails(storage);
  storage.write(key, {
    phone,
    email,
    method,
    accounts: account ? { ...accounts, [sku]: account } : accounts,
  } satisfies Details);
}

/** Replaces what is remembered, such as by what the buyer's other devices know. */
export function rememberAll(storage: DeviceStorage, details: Details): void {
  storage.write(key, details);
}

/** True when nothing is left to fill in for this product: it can be bought with one tap. */
export function knowsEnough(details: Details, product: Pick<Product, "sku" | "kind">): boolean {
  const reachable = details.phone !== "" || details.email !== "";
  const account = product.kind === "code" || Boolean(details.accounts[product.sku]);
  return reachable && details.method !== undefined && account;
}

export function forgetDetails(storage: DeviceStorage): void {
  storage.remove(key);
}

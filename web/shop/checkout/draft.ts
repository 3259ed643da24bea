import { phonePattern } from "@orderwatch/shared/phone-pattern.ts";
import type { Problem } from "@orderwatch/shared/problem.ts";
import type { BodyInputOf } from "@orderwatch/shared/route.ts";
import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { ShopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { Details } from "../device/details.ts";
import { clampQuantity, totalFen } from "./quantity.ts";

export type OrderBody = BodyInputOf<ShopRoutes["placeOrder"]>;

/** What the buyer has filled in so far. */
export interface Draft {
  quantity: number;
  phone: string;
  email: string;
  account: string;
  method: PaymentMethod;
}

export type Contact = Pick<Draft, "phone" | "email">;

export type Field = "phone" | "email" | "account";
/** What is wrong with each field; an empty object means that the order can be placed. */
export type Flaws = Partial<Record<Field, "missing" | "malformed">>;

const emailPattern = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export function startDraft(product: Product, details: Details, quantity = 1): Draft {
  return {
    quantity: clampQuantity(quantity, product),
    phone: details.phone,
    email: details.email,
    account: details.accounts[product.sku] ?? "",
    method: details.method ?? "wechat",
  };
}

/** What is wrong with a phone number and an e-mail address of which one is needed. */
export function contactFlaws(contact: Contact): Flaws {
  const phone = contact.phone.trim();
  const email = contact.email.trim();
  if (!phone && !email) return { phone: "missing" };
  return {
    ...(phone && !phonePattern.test(phone) ? { phone: "malformed" as const } : {}),
    ...(email && !emailPattern.test(email) ? { email: "malformed" as const } : {}),
  };
}

export function flawsOf(draft: Draft, product: Pick<Product, "kind">): Flaws {
  const needsAccount = product.kind === "recharge" && draft.account.trim() === "";
  return { ...contactFlaws(draft), ...(needsAccount ? { account: "missing" as const } : {}) };
}

/** The fields that a server's `request.invalid` speaks of. */
export function flawsIn(problem: Pick<Problem, "errors">): Flaws {
  const paths = (problem.errors ?? []).map(({ path }) => path.toLowerCase());
  const names = (word: string) => paths.some((path) => path.includes(word));
  return {
    ...(names("phone") ? { phone: "malformed" as const } : {}),
    ...(names("email") ? { email: "malformed" as const } : {}),
    ...(names("account") ? { account: "malformed" as const } : {}),
  };
}

export function contactOf(contact: Contact): OrderBody["contact"] {
  const phone = contact.phone.trim();
  const email = contact.email.trim();
  return { ...(phone ? { phone } : {}), ...(email ? { email } : {}) };
}

/** The order as it is sent; it names the amount that the buyer saw, so that no other can be charged. */
export function orderBody(
  draft: Draft,
  product: Product,
  from: { session: string; deviceId?: string | undefined; language?: OrderBody["language"] },
): OrderBody {
  return {
    sku: product.sku,
    quantity: draft.quantity,
    paymentMethod: draft.method,
    contact: contactOf(draft),
    ...(product.kind === "recharge" ? { rechargeAccount: draft.account.trim() } : {}),
    session: from.session,
    ...(from.deviceId === undefined ? {} : { deviceId: from.deviceId }),
    expectedAmountFen: totalFen(product, draft.quantity),
    ...(from.language === undefined ? {} : { language: from.language }),
  };
}

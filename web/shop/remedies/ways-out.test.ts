import {
  type FailureCode,
  failureCodes,
  type Remedy,
  remedies,
  remediesOf,
} from "@orderwatch/shared/problem.ts";
import { expect, test } from "vitest";
import { type Situation, type WayOut, waysOut } from "./ways-out.ts";

const order: Situation = {
  place: "order",
  status: "awaiting_payment",
  sku: "steam-50",
  quantity: 3,
  method: "wechat",
};
const refusal: Situation = { place: "refusal", sku: "steam-50", quantity: 3, method: "wechat" };
const does = (ways: WayOut[]) => ways.map((way) => way.does);

test("M13: every failure and refusal that the contract gives remedies for has a way out", () => {
  const statusOf: Partial<Record<FailureCode, Situation["status"]>> = {
    "risk.under_review": "under_review",
    "delivery.supplier_failed": "delivery_failed",
    "delivery.invalid_account": "delivery_failed",
    "order.expired": "expired",
  };
  for (const code of failureCodes) {
    const status = statusOf[code] ?? "awaiting_payment";
    expect(waysOut(remedies(code), { ...order, status }), code).not.toHaveLength(0);
  }
  for (const code of Object.keys(remediesOf) as (keyof typeof remediesOf)[]) {
    if (code === "session.required") continue;
    expect(waysOut(remedies(code), refusal), code).not.toHaveLength(0);
  }
});

test("a payer over the limit is offered every method but the one that refused", () => {
  expect(waysOut(remedies("payment.limit_exceeded"), order)).toEqual([
    { does: "pay", method: "alipay", other: true },
  ]);
  const offered: Remedy[] = [{ kind: "switch_payment", label: "", paymentMethods: ["wechat"] }];
  expect(waysOut(offered, { ...refusal, method: "alipay" })).toEqual([
    { does: "pay", method: "wechat", other: true },
  ]);
});

test("a declined payment is tried again as a payment of the same order, a refused order as an order", () => {
  expect(waysOut(remedies("payment.declined"), order)).toEqual([
    { does: "pay", method: "alipay", other: true },
    { does: "pay", method: "wechat", other: false },
  ]);
  expect(waysOut([{ kind: "retry", label: "" }], refusal)).toEqual([{ does: "place_again" }]);
});

test("nothing is offered that could take money twice: an order past its payment has no way to pay", () => {
  for (const status of [
    "paid",
    "delivering",
    "delivered",
    "delivery_failed",
    "refunding",
    "expired",
  ] as const) {
    const ways = waysOut([...remedies("payment.declined"), ...remedies("payment.timeout")], {
      ...order,
      status,
    });
    expect(does(ways), status).not.toContain("pay");
  }
});

test("an order that is over can be placed anew, one that waits can be paid, whatever the server offers", () => {
  for (const status of ["expired", "cancelled", "refunded"] as const)
    expect(waysOut([], { ...order, status })).toEqual([{ does: "reorder", sku: "steam-50", quantity: 3 }]);
  expect(waysOut(remedies("order.expired"), { ...order, status: "expired" })).toHaveLength(1);
  expect(waysOut([], order)).toEqual([
    { does: "pay", method: "wechat", other: false },
    { does: "pay", method: "alipay", other: true },
  ]);
});

test("fewer units means fewer than were asked for, and at least one", () => {
  const limited = (maxQuantity?: number): Remedy[] => [
    { kind: "lower_quantity", label: "", ...(maxQuantity === undefined ? {} : { maxQuantity }) },
  ];
  expect(waysOut(limited(2), refusal)).toEqual([{ does: "lower_quantity", quantity: 2 }]);
  expect(waysOut(limited(9), refusal)).toEqual([{ does: "lower_quantity", quantity: 2 }]);
  expect(waysOut(limited(), { ...refusal, limit: 1 })).toEqual([{ does: "lower_quantity", quantity: 1 }]);
  expect(waysOut(limited(0), refusal)).toEqual([]);
  expect(waysOut(limited(), { ...refusal, quantity: 1 })).toEqual([]);
});

test("a remedy of a newer server is shown in its own words", () => {
  const unknown = { kind: "pay_by_cash", label: "Pay at the counter" } as unknown;
  expect(waysOut([unknown as Remedy], refusal)).toEqual([{ does: "read", label: "Pay at the counter" }]);
});

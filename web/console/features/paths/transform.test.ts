import type { VisitPath } from "@orderwatch/shared/ops/funnel.ts";
import { expect, it } from "vitest";
import { readPathsSearch } from "./search.ts";
import { pathOf } from "./transform.ts";

const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 10, 0, second)).toISOString();

it("a visit's path tells its steps and its orders' in the order in which they happened", () => {
  const visit: VisitPath = {
    session: "visit-of-somebody",
    beganAt: at(0),
    device: "phone",
    origin: "buyer",
    steps: [
      { step: "product", sku: "A", code: null, at: at(0) },
      { step: "checkout", sku: "A", code: null, at: at(4) },
      { step: "refused", sku: "A", code: "stock.limit_exceeded", at: at(9) },
    ],
    orders: [
      {
        ...{ id: "one", status: "delivered", amountFen: 100, method: "wechat", failureCode: null },
        ...{ placedAt: at(12), paidAt: at(20), deliveredAt: at(21) },
      },
      {
        ...{ id: "two", status: "delivery_failed", amountFen: 100, method: "wechat" },
        ...{ failureCode: "delivery.supplier_failed", placedAt: at(15), paidAt: at(30), deliveredAt: null },
      },
    ],
  };
  expect(pathOf(visit).map(({ kind, sinceMs, orderId }) => [kind, sinceMs / 1_000, orderId])).toEqual([
    ["visit", 0, undefined],
    ["product", 0, undefined],
    ["checkout", 4, undefined],
    ["refused", 9, undefined],
    ["placed", 12, "one"],
    ["placed", 15, "two"],
    ["paid", 20, "one"],
    ["delivered", 21, "one"],
    ["paid", 30, "two"],
    ["failed", 30, "two"],
  ]);
});

it("an address says which visits are meant, and nothing else", () => {
  expect(
    readPathsSearch({
      range: "six",
      device: "phone",
      sku: "card-30",
      reached: "checkout",
      code: "x y",
      q: "1",
    }),
  ).toEqual({ range: "six", device: "phone", sku: "card-30", reached: "checkout" });
});

import { failureCodes, problems, remediesOf } from "@orderwatch/shared/problem.ts";
import { type OrderStatus, orderStatuses, type PlaceOrder } from "@orderwatch/shared/shop/orders.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canMove, canonicalBody, failureOf, rules, transitions } from "./domain.ts";

/** The contract's words: "from → to ｜ to". */
const contract = `awaiting_payment → paid ｜ expired ｜ cancelled
expired → paid ｜ refunding
paid → delivering ｜ under_review ｜ refunding
under_review → delivering ｜ refunding
delivering → delivered ｜ delivery_failed
delivery_failed → delivering ｜ refunding
delivered → refunding
refunding → refunded`;

describe("A1: an order's states", () => {
  const allowed = new Set(
    contract.split("\n").flatMap((line) => {
      const [from, targets = ""] = line.split(" → ");
      return targets.split(" ｜ ").map((to) => `${from} → ${to}`);
    }),
  );

  it("move along the contract's arrows and along no other, of all pairs that there are", () => {
    for (const from of orderStatuses)
      for (const to of orderStatuses)
        expect(canMove(from, to), `${from} → ${to}`).toBe(allowed.has(`${from} → ${to}`));
  });

  it("are all reachable from the first one, and end in cancelled and refunded alone", () => {
    const reached = new Set<OrderStatus>(["awaiting_payment"]);
    for (const from of reached) for (const to of transitions[from]) reached.add(to);
    expect([...reached].sort()).toEqual([...orderStatuses].sort());
    expect(orderStatuses.filter((status) => transitions[status].length === 0).sort()).toEqual([
      "cancelled",
      "refunded",
    ]);
  });

  it("never come back to waiting for money, and never leave it unless by the contract", () => {
    expect(orderStatuses.filter((from) => canMove(from, "awaiting_payment"))).toEqual([]);
    expect(orderStatuses.filter((status) => canMove(status, status))).toEqual([]);
  });
});

describe("a failure", () => {
  it("of every code has the contract's ways out, and switching names the other ways to pay", () => {
    for (const code of failureCodes) {
      const failure = failureOf(code, null, "wechat");
      expect(failure.code).toBe(code);
      expect(failure.remedies.map(({ kind }) => kind)).toEqual(remediesOf[code] ?? []);
      expect(code in problems).toBe(true);
    }
    expect(failureOf("payment.limit_exceeded", "x", "alipay").remedies).toMatchObject([
      { kind: "switch_payment", paymentMethods: ["wechat"] },
    ]);
  });

  it("of a code that is not known any more still has a way out", () => {
    expect(failureOf("old.code", null, "wechat").remedies.length).toBeGreaterThan(0);
  });
});

describe("the numbers of an order's way", () => {
  it("let the company stop taking money before the hold ends", () => {
    expect(rules.providerMarginMs).toBeGreaterThanOrEqual(30_000);
    expect(rules.holdMs).toBe(300_000);
    expect(rules.prolongMs).toBe(600_000);
    expect(rules.ratePerAddress).toBe(50);
    expect(rules.rateWindowMs).toBe(600_000);
  });
});

describe("A2: the canonical text of a body", () => {
  const body: PlaceOrder = {
    items: [
      { sku: "A", quantity: 1 },
      { sku: "B", quantity: 2 },
    ],
    paymentMethod: "wechat",
    contact: { phone: "13800138000", email: "a@example.com" },
    session: "s",
  };

  it("is the same however its fields are ordered", () => {
    const shuffled = (value: unknown, order: number[]): unknown => {
      if (Array.isArray(value)) return value.map((each) => shuffled(each, order));
      if (typeof value !== "object" || value === null) return value;
      const entries = Object.entries(value).map(([key, each], at) => ({ key, each, rank: order[at] ?? 0 }));
      entries.sort((a, b) => a.rank - b.rank);
      return Object.fromEntries(entries.map(({ key, each }) => [key, shuffled(each, order)]));
    };
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 6, maxLength: 6 }), (order) => {
        expect(canonicalBody(shuffled(body, order) as PlaceOrder)).toBe(canonicalBody(body));
      }),
    );
  });

  it("differs for everything that makes another order", () => {
    const [first, second] = body.items;
    const others: PlaceOrder[] = [
      { ...body, paymentMethod: "alipay" },
      { ...body, contact: {} },
      { ...body, contact: { ...body.contact, phone: "13800138001" } },
      { ...body, items: body.items.slice(0, 1) },
      { ...body, items: first && second ? [second, first] : [] },
      { ...body, rechargeAccount: "1" },
      { ...body, expectedAmountFen: 1 },
      { ...body, deviceId: "d" },
    ];
    expect(new Set([body, ...others].map(canonicalBody)).size).toBe(others.length + 1);
  });
});

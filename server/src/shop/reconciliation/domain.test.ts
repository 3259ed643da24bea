import { differenceKinds, differenceStates } from "@orderwatch/shared/ops/reconciliation.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askAgainAt, boundsOf, dayAt, daysDue, isAskable, readyAt } from "./day-domain.ts";
import {
  actionsFor,
  type BillRow,
  type Comparison,
  compare,
  type OurPayment,
  type OurRefund,
  transitions,
} from "./domain.ts";

const at = new Date("2026-01-31T04:00:00Z");
const judgedUntil = new Date("2026-01-31T16:00:00Z");
const uuid = (n: number) => `01955000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
const number = (id: string) => id.replaceAll("-", "");

type Side = Pick<Comparison, "bill" | "payments" | "refunds">;
/** What can be wrong with one payment or its refund, beside nothing. */
const plants = [
  "nothing",
  "nothing, refunded",
  "not of this day",
  ...differenceKinds,
  "paid_twice, unpaid here",
  "paid_twice, one number",
  "too fresh",
  "refund on its way",
] as const;
type Plant = (typeof plants)[number];

/** A payment with its refund as both sides have it, and the one difference that is to be found. */
function subject(n: number, plant: Plant): Side & { expected: string[] } {
  const [id, refundId] = [uuid(2 * n), uuid(2 * n + 1)];
  const payment: OurPayment = {
    ...{ id, orderId: id, method: "wechat", isPaid: true, amountFen: 1000, tradeNo: "42", isExpected: true },
    ...{ orderAmountFen: 1000, othersPaidFen: 0, refundedFen: 0, hasEarlier: false },
  };
  const refund: OurRefund = {
    ...{ id: refundId, paymentId: id, orderId: id, method: "wechat", isDone: true, amountFen: 400 },
    isExpected: true,
  };
  const paid: BillRow = {
    ...{ kind: "payment", outTradeNo: number(id), tradeNo: `42${n}`, outRefundNo: null, paymentId: id },
    ...{ refundId: null, amountFen: 1000, at, isFinal: true },
  };
  const given: BillRow = {
    ...paid,
    ...{ kind: "refund", outRefundNo: number(refundId), refundId, amountFen: 400 },
  };
  const expected = plant in actionsByKind ? [plant] : [];
  const side = (bill: BillRow[], payments: OurPayment[], refunds: OurRefund[] = []) => ({
    ...{ bill, payments, refunds, expected },
  });
  switch (plant) {
    case "nothing":
      return side([paid], [payment]);
    case "nothing, refunded":
      return side([paid, given], [payment], [refund]);
    case "not of this day":
      return side([], [{ ...payment, isExpected: false }], [{ ...refund, isExpected: false }]);
    case "paid_unheard":
      return side([paid], [{ ...payment, isPaid: false, isExpected: false }]);
    case "paid_twice":
      return side([paid], [{ ...payment, othersPaidFen: 1000, hasEarlier: true }]);
    case "paid_twice, unpaid here": {
      const other = { ...payment, isPaid: false, isExpected: false, othersPaidFen: 1000 };
      return { ...side([paid], [other]), expected: ["paid_twice"] };
    }
    case "paid_twice, one number":
      return { ...side([paid, { ...paid, tradeNo: "other" }], [payment]), expected: ["unknown_trade"] };
    case "amount_differs":
      return side([{ ...paid, amountFen: 999 }], [payment]);
    case "not_in_bill":
      return side([], [payment]);
    case "unknown_trade":
      return n % 2 ? side([paid], []) : side([{ ...paid, paymentId: null, outTradeNo: `shop-${n}` }], []);
    case "refund_unknown":
      return side([paid, given], [payment]);
    case "refund_unfinished":
      return side([paid, given], [payment], [{ ...refund, isDone: false, isExpected: false }]);
    case "refund on its way":
      return side(
        [paid, { ...given, isFinal: false }],
        [payment],
        [{ ...refund, isDone: false, isExpected: false }],
      );
    case "refund_amount_differs":
      return side([paid, { ...given, amountFen: 401 }], [payment], [refund]);
    case "refund_not_in_bill":
      return side([paid], [payment], [refund]);
    case "too fresh":
      return side([{ ...paid, at: judgedUntil }], [{ ...payment, isPaid: false, isExpected: false }]);
  }
}

const actionsByKind: Record<string, readonly string[]> = Object.fromEntries(
  differenceKinds.map((kind) => [kind, actionsFor({ kind, state: "open", ourFen: null, paymentId: null })]),
);

const world = fc
  .array(fc.constantFrom(...plants), { maxLength: 40 })
  .map((list) => list.map((plant, n) => subject(n, plant)));
const joined = (parts: readonly Side[]): Comparison => ({
  ...{ provider: "wechat", judgedUntil },
  bill: parts.flatMap(({ bill }) => bill),
  payments: parts.flatMap(({ payments }) => payments),
  refunds: parts.flatMap(({ refunds }) => refunds),
});
const kindsOf = (comparison: Comparison) =>
  compare(comparison)
    .map(({ kind }) => kind)
    .sort();
const keysOf = (comparison: Comparison) =>
  compare(comparison)
    .map(({ key }) => key)
    .sort();

describe("comparing a bill with our rows", () => {
  it("finds exactly what differs, whatever else the day holds", () => {
    fc.assert(
      fc.property(world, (parts) => {
        expect(kindsOf(joined(parts))).toEqual(parts.flatMap(({ expected }) => expected).sort());
      }),
    );
  });

  it("finds the same in parts as in the whole, in any order of rows, and with rows repeated", () => {
    fc.assert(
      fc.property(world, fc.nat(40), fc.infiniteStream(fc.double({ noNaN: true })), (parts, cut, random) => {
        const whole = keysOf(joined(parts));
        const [head, tail] = [joined(parts.slice(0, cut)), joined(parts.slice(cut))];
        expect([...keysOf(head), ...keysOf(tail)].sort()).toEqual(whole);
        const { bill, ...ours } = joined(parts);
        const repeated = [...bill, ...bill.filter((_, index) => index % 3 === 0)];
        expect(keysOf({ ...ours, bill: repeated })).toEqual(whole);
        const shuffled = bill
          .map((row) => [random.next().value ?? 0, row] as const)
          .sort(([a], [b]) => a - b)
          .map(([, row]) => row);
        expect(keysOf({ ...ours, bill: shuffled }).length).toBe(whole.length);
      }),
    );
  });

  it("gives each difference a key of its own that stays when looked at again", () => {
    fc.assert(
      fc.property(world, (parts) => {
        const keys = keysOf(joined(parts));
        expect(new Set(keys).size).toBe(keys.length);
        expect(keysOf(joined(parts))).toEqual(keys);
      }),
    );
  });

  it("P3: another company's payment under the same number settles nothing", () => {
    const { bill, payments } = subject(1, "nothing");
    const foreign = payments.map((payment) => ({ ...payment, method: "alipay" as const }));
    expect(kindsOf({ provider: "wechat", judgedUntil, bill, payments: foreign, refunds: [] })).toEqual([
      "unknown_trade",
    ]);
  });

  it("leaves a surplus alone that has gone back, and that of a part paid by several", () => {
    const { bill, payments } = subject(1, "paid_twice");
    const returned = payments.map((payment) => ({ ...payment, refundedFen: 1000 }));
    expect(kindsOf({ provider: "wechat", judgedUntil, bill, payments: returned, refunds: [] })).toEqual([]);
  });

  it("takes 100,000 rows in one go", () => {
    const parts = Array.from({ length: 100_000 }, (_, n) => subject(n, n % 1000 ? "nothing" : "not_in_bill"));
    expect(compare(joined(parts))).toHaveLength(100);
  });
});

describe("a difference", () => {
  it("of every kind has an action while it is open, and none once it has ended", () => {
    const about = { paymentId: "ours", state: "open" } as const;
    for (const kind of differenceKinds) {
      expect(actionsFor({ ...about, kind, ourFen: 0 })).toContain("accept");
      for (const state of differenceStates.filter((one) => one !== "open"))
        expect(actionsFor({ ...about, kind, state, ourFen: 0 })).toEqual([]);
    }
    expect(actionsFor({ ...about, kind: "paid_twice", ourFen: 0 })).toEqual(["ask_payment", "accept"]);
    expect(actionsFor({ ...about, kind: "paid_twice", ourFen: 1 })).toEqual(["refund_surplus", "accept"]);
    expect(actionsFor({ ...about, kind: "refund_unknown", ourFen: null })).toEqual([
      "record_refund",
      "accept",
    ]);
    expect(actionsFor({ kind: "refund_unknown", state: "open", ourFen: null, paymentId: null })).toEqual([
      "accept",
    ]);
  });

  it("that staff ended stays ended; one that vanished may come back; every state can be reached", () => {
    expect([transitions.resolved, transitions.accepted]).toEqual([[], []]);
    const reached = new Set<string>(["open", ...Object.values(transitions).flat()]);
    expect([...reached].sort()).toEqual([...differenceStates].sort());
  });
});

describe("days", () => {
  it("are those of Beijing, whatever zone the machine is in", () => {
    expect(dayAt(new Date("2026-01-30T15:59:59.999Z"))).toBe("2026-01-30");
    expect(dayAt(new Date("2026-01-30T16:00:00Z"))).toBe("2026-01-31");
    expect(boundsOf("2026-01-31")).toEqual({
      from: new Date("2026-01-30T16:00:00Z"),
      to: new Date("2026-01-31T16:00:00Z"),
    });
  });

  it("are due from ten the next morning, and made up for as far back as bills are kept, but not before the shop began", () => {
    const ready = new Date("2026-02-01T02:00:00Z");
    expect(readyAt("2026-01-31")).toEqual(ready);
    expect(daysDue(ready, "2026-01-30")).toEqual(["2026-01-30", "2026-01-31"]);
    expect(daysDue(new Date(ready.getTime() - 1), "2026-01-30")).toEqual(["2026-01-30"]);
    expect(daysDue(ready, "2020-01-01")).toHaveLength(90);
    expect(daysDue(ready, "2026-02-01")).toEqual([]);
  });

  it("are asked for again until the evening, and can be asked for 90 days back, never ahead", () => {
    const now = new Date("2026-02-01T03:00:00Z");
    expect(askAgainAt("2026-02-01", now, 600_000)).toEqual(readyAt("2026-02-01"));
    expect(askAgainAt("2026-01-31", now, 600_000)).toEqual(new Date("2026-02-01T03:10:00Z"));
    expect(askAgainAt("2026-01-31", new Date("2026-02-01T14:00:00Z"), 600_000)).toBeNull();
    expect(
      ["2026-02-02", "2026-02-01", "2025-11-03", "2025-11-02"].map((day) => isAskable(day, now)),
    ).toEqual([false, true, true, false]);
  });
});

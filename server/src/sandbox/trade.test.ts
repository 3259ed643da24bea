import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attempt, close, outcomes, refund, refundedFen, stateAt, type Trade } from "./trade.ts";

const fresh: Trade = {
  gateway: "wechat",
  outTradeNo: "0195500000007000800000000000000a",
  tradeNo: "4200",
  amountFen: 1000,
  description: "a card",
  notifyUrl: "http://127.0.0.1/",
  expiresAtMs: 10_000,
  state: "waiting",
  acknowledged: false,
  refunds: [],
};

const step = fc.oneof(
  fc.record({ act: fc.constant("attempt" as const), outcome: fc.constantFrom(...outcomes) }),
  fc.record({ act: fc.constant("close" as const) }),
  fc.record({
    act: fc.constant("refund" as const),
    outRefundNo: fc.constantFrom("a", "b", "c"),
    amountFen: fc.integer({ min: -10, max: 1200 }),
  }),
);

describe("a trade", () => {
  it("P7: whatever is done to it in whatever order, is paid once and never returns more than was paid", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.integer({ min: 0, max: 2000 }))), (steps) => {
        let trade = fresh;
        let nowMs = 0;
        let paid = 0;
        for (const [one, laterMs] of steps) {
          nowMs += laterMs;
          const before = stateAt(trade, nowMs);
          if (one.act === "attempt") {
            const tried = attempt(trade, "payer-1", one.outcome, nowMs);
            expect(tried === undefined).toBe(before !== "waiting");
            if (tried?.state === "paid") paid += 1;
            trade = tried ?? trade;
          } else if (one.act === "close") {
            expect(close(trade) === undefined).toBe(trade.state === "paid");
            trade = close(trade) ?? trade;
          } else {
            const verdict = refund(trade, { ...one, refundNo: "503", atMs: nowMs });
            if (verdict.ok) trade = verdict.trade;
          }
          expect(paid).toBe(trade.state === "paid" ? 1 : 0);
          expect(refundedFen(trade)).toBeLessThanOrEqual(paid * trade.amountFen);
          expect(new Set(trade.refunds.map(({ outRefundNo }) => outRefundNo)).size).toBe(
            trade.refunds.length,
          );
        }
      }),
    );
  });

  it("forgets a refusal once the payer succeeds", () => {
    const refused = attempt(fresh, "payer-1", "declined", 0);
    expect(refused).toMatchObject({ state: "waiting", refusal: "declined" });
    expect(refused && attempt(refused, "payer-1", "success", 1)).toMatchObject({
      state: "paid",
      refusal: undefined,
    });
  });

  it("counts as closed from the moment of its expiry", () => {
    expect(stateAt(fresh, 9_999)).toBe("waiting");
    expect(stateAt(fresh, 10_000)).toBe("closed");
    expect(attempt(fresh, "payer-1", "success", 10_000)).toBeUndefined();
  });
});

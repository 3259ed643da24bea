import { failureCodes, remedies } from "@orderwatch/shared/problem.ts";
import { type OrderStatus, orderStatuses } from "@orderwatch/shared/shop/orders.ts";
import { describe, expect, test } from "vitest";
import { outcomeOf } from "./outcome.ts";
import { isSettled, nextReadMs } from "./poll.ts";

describe("reading an order again", () => {
  const read = (status: OrderStatus, unchangedMs = 0, failures = 0) =>
    nextReadMs({ status, unchangedMs, failures });

  test("happens every second while news is likely, and ever slower without any", () => {
    expect(read("awaiting_payment")).toBe(1_000);
    expect(read("delivering", 59_999)).toBe(1_000);
    const later = [60_000, 120_000, 300_000, 3_600_000].map((ms) => read("awaiting_payment", ms) ?? 0);
    expect(later).toEqual([2_000, 4_000, 10_000, 15_000]);
  });

  test("slows down while the shop does not answer", () => {
    expect([1, 2, 3, 4, 9].map((failures) => read("paid", 0, failures))).toEqual([
      1_000, 2_000, 4_000, 8_000, 15_000,
    ]);
  });

  test("ends only with statuses that no longer change by themselves", () => {
    expect(orderStatuses.filter(isSettled)).toEqual(["cancelled", "delivered", "refunded"]);
    for (const status of orderStatuses) expect(read(status) === null, status).toBe(isSettled(status));
  });
});

describe("what a buyer is told", () => {
  const failure = (code: (typeof failureCodes)[number]) => ({ code, detail: "", remedies: remedies(code) });

  test("money counts as taken from the payment on until it is on its way back", () => {
    const money = Object.fromEntries(
      orderStatuses.map((status) => [status, outcomeOf({ status }, false).money]),
    );
    expect(money).toEqual({
      awaiting_payment: "none",
      paid: "taken",
      expired: "none",
      cancelled: "none",
      under_review: "taken",
      delivering: "taken",
      delivered: "taken",
      delivery_failed: "taken",
      refunding: "returning",
      refunded: "returned",
    });
  });

  test("a buyer who may have paid is never told that no money was taken", () => {
    expect(outcomeOf({ status: "awaiting_payment" }, true)).toMatchObject({
      money: "unclear",
      next: "asking",
    });
    const timeout = { status: "awaiting_payment", failure: failure("payment.timeout") } as const;
    expect(outcomeOf(timeout, false).money).toBe("unclear");
    expect(outcomeOf({ status: "expired" }, true)).toMatchObject({
      money: "unclear",
      next: "late_payment",
    });
  });

  test("every failure of an open order is explained by its code", () => {
    for (const code of failureCodes)
      expect(outcomeOf({ status: "awaiting_payment", failure: failure(code) }, false)).toMatchObject({
        trouble: true,
        code,
      });
  });

  test("money that went back is bad news only where there is a failure to explain", () => {
    for (const status of ["cancelled", "refunding", "refunded"] as const) {
      expect(outcomeOf({ status }, false).trouble).toBe(false);
      const failed = outcomeOf({ status, failure: failure("delivery.supplier_failed") }, false);
      expect(failed).toMatchObject({ trouble: true, code: "delivery.supplier_failed" });
    }
  });
});

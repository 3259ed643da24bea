import { describe, expect, test } from "vitest";
import { buildTrace, type PaymentRow } from "./trace-domain.ts";

const at = (ms: number) => new Date(Date.UTC(2026, 10, 22, 16, 0, 0, ms));
const payment: PaymentRow = {
  id: "payment-1",
  method: "wechat",
  status: "paid",
  amountFen: 100,
  tradeNo: "T1",
  failureCode: null,
  createdAt: at(417),
  openedAt: at(897),
  paidAt: at(0),
  askedAt: null,
};

describe("an order's trace", () => {
  test("a payment company's whole seconds do not put an effect before its cause", () => {
    const trace = buildTrace({
      events: [
        { type: "paid", status: "paid", at: at(924), code: null, facts: null },
        { type: "placed", status: "awaiting_payment", at: at(417), code: null, facts: null },
      ],
      payments: [payment],
      notices: [],
      refunds: [],
    });
    expect(trace.map((entry) => `${entry.kind} ${entry.type}`)).toEqual([
      "order placed",
      "payment created",
      "payment opened",
      "payment paid",
      "order paid",
    ]);
    expect(trace[3]?.facts).toMatchObject({ providerPaidAt: at(0).toISOString() });
    expect(trace.map((entry) => entry.sincePreviousMs)).toEqual([null, 0, 480, 0, 27]);
  });

  test("failures before money are the payment's, after it the delivery's", () => {
    const failed = { type: "failed", code: "x", facts: null };
    const trace = buildTrace({
      events: [
        { ...failed, status: "awaiting_payment", at: at(1) },
        { ...failed, type: "delivery_retry", status: "delivering", at: at(2) },
        { ...failed, status: "delivery_failed", at: at(3) },
      ],
      payments: [],
      notices: [],
      refunds: [
        {
          ...{ id: "refund-1", paymentId: "payment-1", amountFen: 100, code: "payment.surplus", by: null },
          ...{ reason: "paid twice", status: "done", detail: null, createdAt: at(4), doneAt: at(9) },
        },
      ],
    });
    expect(trace.map((entry) => `${entry.kind} ${entry.type}`)).toEqual([
      "payment failed",
      "attempt failed",
      "order delivery_failed",
      "payment refunding",
      "payment refunded",
    ]);
  });
});

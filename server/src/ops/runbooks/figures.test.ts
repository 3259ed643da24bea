import type { LiveFrame } from "@orderwatch/shared/live/frame.ts";
import { describe, expect, it } from "vitest";
import { FigureBook } from "./figures.ts";

const start = Date.parse("2026-03-01T10:00:00Z");
const at = (second: number) => new Date(start + second * 1_000);
const frame = (second: number, counts: Partial<LiveFrame> = {}): LiveFrame => ({
  ...{ epoch: "e", seq: second, t: at(second).toISOString(), placed: 0, paid: 0, delivered: 0, refunded: 0 },
  ...{ failed: {}, refused: {}, qps: 0, latencyMs: null, channels: [], nodes: [] },
  simulated: { placed: 0, paid: 0, delivered: 0, refunded: 0, failed: 0 },
  funnel: { visit: 0, product: 0, checkout: 0, placed: 0, paid: 0, delivered: 0 },
  queue: { due: 0, lagMs: 0 },
  ...counts,
});
const mixed: Partial<LiveFrame> = {
  ...{ placed: 5, paid: 4, failed: { "payment.declined": 3, "delivery.supplier_failed": 1 } },
  simulated: { placed: 4, paid: 2, delivered: 0, refunded: 0, failed: 2, paymentFailed: 1 },
};

describe("the figures that judge a step", () => {
  it("O10: count buyers' orders, payments and failures alone, or everybody's where that was asked", () => {
    const book = new FigureBook();
    for (let n = 1; n <= 10; n++) book.take(frame(n, mixed));
    expect(book.window(10, at(10), "buyers")).toMatchObject({ placed: 10, paid: 20, paymentFailures: 20 });
    expect(book.window(10, at(10), "everybody")).toMatchObject({ placed: 50, paid: 40, paymentFailures: 30 });
  });

  it("O10: are buyers', unless the incident is simulated shoppers' own or nobody else has come", () => {
    const book = new FigureBook();
    const alone = { placed: 4, simulated: { placed: 4, paid: 0, delivered: 0, refunded: 0, failed: 0 } };
    book.take(frame(1, alone));
    expect(book.audienceOf({ isSimulated: null })).toBe("everybody");
    expect(book.audienceOf({ isSimulated: false })).toBe("buyers");
    book.take(frame(2, mixed));
    expect(book.audienceOf({ isSimulated: null })).toBe("buyers");
    expect(book.audienceOf({ isSimulated: true })).toBe("everybody");
  });

  it("are not known while fewer than half of their seconds are", () => {
    const book = new FigureBook();
    for (let n = 1; n <= 4; n++) book.take(frame(n));
    expect(book.window(10, at(4), "buyers")).toBeNull();
    book.take(frame(5));
    expect(book.window(10, at(5), "buyers")).not.toBeNull();
  });
});

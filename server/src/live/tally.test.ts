import { LivePoint } from "@orderwatch/shared/live/frame.ts";
import { describe, expect, it } from "vitest";
import type { EventCount } from "./business.ts";
import { channelsOf, fieldsOf, nodeCountsOf, pointOf, tallyOfEvents, tallyOfNode } from "./tally.ts";

const event = (fields: Partial<EventCount>): EventCount => ({
  second: 0,
  type: "placed",
  code: null,
  method: "wechat",
  origin: "buyer",
  n: 1,
  ...fields,
});

describe("a tally", () => {
  it("counts simulated events in the whole and in their part", () => {
    const fields = fieldsOf(
      tallyOfEvents([
        event({ n: 3 }),
        event({ origin: "simulated", n: 2 }),
        event({ type: "failed", code: "payment.declined", origin: "simulated", n: 4 }),
        event({ type: "failed", code: "delivery.supplier_failed", n: 5 }),
      ]),
    );
    expect(fields.placed).toBe(5);
    expect(fields.failed).toEqual({ "delivery.supplier_failed": 5, "payment.declined": 4 });
    expect(fields.simulated).toEqual({
      ...{ placed: 2, paid: 0, delivered: 0, refunded: 0 },
      ...{ failed: 4, paymentFailed: 4 },
    });
    expect(fields.funnel).toMatchObject({ placed: 5, paid: 0, delivered: 0 });
  });

  it("rates a channel by its payment attempts alone: a delivery that fails is not the channel's fault", () => {
    const [wechat, alipay] = channelsOf(
      tallyOfEvents([
        event({ n: 10 }),
        event({ type: "paid", n: 6 }),
        event({ type: "failed", code: "payment.declined", n: 2 }),
        event({ type: "failed", code: "delivery.supplier_failed", n: 4 }),
      ]),
    );
    expect(wechat).toEqual({ method: "wechat", placed: 10, paid: 6, failed: 2, successRate: 0.75 });
    expect(alipay).toEqual({ method: "alipay", placed: 0, paid: 0, failed: 0, successRate: null });
  });

  it("sums failures without a usable code under other", () => {
    const tally = tallyOfEvents([
      event({ type: "failed", n: 1 }),
      event({ type: "failed", code: "Not A Code\n", n: 2 }),
    ]);
    expect(fieldsOf(tally).failed).toEqual({ other: 3 });
  });

  it("gives back what a node counted", () => {
    const counts = {
      requests: 9,
      refused: { "stock.sold_out": 2 },
      beacons: { visit: 3, product: 2, checkout: 1 },
    };
    expect(nodeCountsOf(tallyOfNode(counts))).toEqual(counts);
  });

  it("makes points that the contract accepts, with requests as a rate over the time that has passed", () => {
    const point = pointOf(new Map([["requests", 30]]), {
      second: 1_800_000_000,
      seconds: 5,
      latencyMs: null,
    });
    expect(LivePoint.parse(point)).toMatchObject({ t: "2027-01-15T08:00:00.000Z", qps: 6, latencyMs: null });
  });
});

import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import { describe, expect, it } from "vitest";
import { coarser, mergeInto, type Point } from "./point.ts";
import { latencyRows, niceCeiling, orderRows, smoothed, thinned } from "./rows.ts";
import { funnelRows, isIll, rankCodes, selling, successRate, totals } from "./transform.ts";

const point = (given: Partial<Point> = {}): Point => ({
  at: 0,
  placed: 0,
  paid: 0,
  delivered: 0,
  refunded: 0,
  failed: {},
  refused: {},
  simulated: { placed: 0, paid: 0, delivered: 0, refunded: 0, failed: 0 },
  qps: 0,
  latencyMs: null,
  funnel: { visit: 0, product: 0, checkout: 0, placed: 0, paid: 0, delivered: 0 },
  ...given,
});
const seconds = (...given: Partial<Point>[]) =>
  given.map((each, index) => point({ at: index * 1_000, ...each }));
const node = (given: Partial<NodeSummary>): NodeSummary => ({
  id: "shop-1",
  pid: 1,
  state: "active",
  qps: 0,
  eventLoop: 0,
  inFlight: 0,
  ageS: 0,
  ...given,
});

describe("the order rate", () => {
  it("is a second's rate whatever the step", () => {
    const [row] = orderRows([point({ placed: 30, paid: 15 })], 15_000, "all");
    expect(row).toMatchObject({ placed: 2, paid: 1, delivered: 0 });
  });

  it("O10: without simulated traffic only buyers' orders are left", () => {
    const simulated = { placed: 8, paid: 7, delivered: 7, refunded: 0, failed: 1 };
    const points = seconds({
      placed: 10,
      paid: 8,
      delivered: 7,
      failed: { "payment.declined": 2 },
      simulated,
    });
    expect(orderRows(points, 1_000, "buyers")[0]).toMatchObject({ placed: 2, paid: 1, delivered: 0 });
    expect(totals(points, "buyers")).toMatchObject({ placed: 2, paid: 1, delivered: 0, failed: 1 });
    expect(totals(points, "all").simulatedShare).toBe(0.8);
  });

  it("breaks where seconds are missing instead of drawing through them", () => {
    const rows = orderRows([point({ at: 0, placed: 1 }), point({ at: 5_000, placed: 1 })], 1_000, "all");
    expect(rows.map(({ at, placed }) => [at, placed])).toEqual([
      [0, 1],
      [1_000, null],
      [4_000, null],
      [5_000, 1],
    ]);
  });

  it("a second that comes a little late is no hole", () => {
    const rows = orderRows([point({ at: 0 }), point({ at: 1_400 }), point({ at: 2_000 })], 1_000, "all");
    expect(rows).toHaveLength(3);
  });

  it("thinned lines keep the newest row, whichever second it is of", () => {
    const row = (at: number) => ({ at, placed: at, paid: 0, delivered: 0 });
    const at = (rows: { at: number }[]) => rows.map((each) => each.at);
    expect(at(thinned([row(0), row(1_000), row(2_000), row(3_000)], 2_000))).toEqual([1_000, 3_000]);
    expect(at(thinned([row(0), row(1_000), row(2_000)], 2_000))).toEqual([1_000, 2_000]);
  });

  it("a mean needs all of its rows, and none from beyond a hole", () => {
    const row = (at: number, placed: number | null) => ({ at, placed, paid: placed, delivered: placed });
    const means = smoothed([row(0, 2), row(1, 4), row(2, null), row(3, 9), row(4, 1)], 2);
    expect(means.map(({ placed }) => placed)).toEqual([null, 3, null, null, 5]);
  });
});

describe("latency", () => {
  it("a second without orders has no latency, not one of zero", () => {
    expect(latencyRows([point()], 1_000)[0]).toMatchObject({ p50: null, p99: null });
  });

  it("seconds put together never show less than the worst of them", () => {
    const step = point({ latencyMs: { p50: 5, p95: 40, p99: 95 } });
    const merged = mergeInto(step, point({ latencyMs: { p50: 9, p95: 20, p99: 90 } }), 2);
    expect(merged.latencyMs).toEqual({ p50: 9, p95: 40, p99: 95 });
    expect(mergeInto(step, point(), 2).latencyMs).toEqual(step.latencyMs);
  });
});

describe("seconds put together", () => {
  it("A5: keep every count, and the mean of requests", () => {
    const steps = [1, 2, 3].map((n) =>
      point({ placed: n, failed: { "payment.declined": n }, qps: n * 10, refused: n === 2 ? { x: 1 } : {} }),
    );
    const [first = point(), ...rest] = steps;
    const sum = rest.reduce((step, second, index) => mergeInto(step, second, index + 2), first);
    expect(sum).toMatchObject({ placed: 6, failed: { "payment.declined": 6 }, refused: { x: 1 }, qps: 20 });
  });
});

describe("coarser steps", () => {
  it("A5: hold what their seconds held, the newest step too while it is short", () => {
    const steps = coarser(seconds({ placed: 1 }, { placed: 2 }, { placed: 4 }), 2_000);
    expect(steps.map(({ at, placed }) => [at, placed])).toEqual([
      [0, 3],
      [2_000, 4],
    ]);
  });
});

describe("the success rate", () => {
  it("is delivered of delivered and failed", () => {
    expect(
      successRate([
        point({ delivered: 97, failed: { "delivery.supplier_failed": 2, "payment.timeout": 1 } }),
      ]),
    ).toBe(0.97);
  });

  it("does not blame the shop for buyers who walk away or are refused by their bank", () => {
    expect(
      successRate([point({ delivered: 5, failed: { "order.expired": 5, "payment.declined": 1 } })]),
    ).toBe(1);
  });

  it("is unknown, not perfect, when nothing came to an end", () => {
    expect(successRate([point()])).toBeNull();
    expect(successRate([point({ failed: { "order.expired": 5 } })])).toBeNull();
  });
});

describe("the funnel", () => {
  const funnel = { visit: 100, product: 60, checkout: 30, placed: 24, paid: 20, delivered: 20 };

  it("each step keeps a share of the one before", () => {
    const rows = funnelRows([point({ funnel })], []);
    expect(rows.map(({ kept }) => kept)).toEqual([null, 0.6, 0.5, 0.8, 20 / 24, 1]);
  });

  it("never keeps more than came, and says nothing where nothing came", () => {
    const rows = funnelRows([point({ funnel: { ...funnel, checkout: 0, placed: 24 } })], []);
    expect(rows[3]?.kept).toBeNull();
    const late = funnelRows([point({ funnel: { ...funnel, paid: 30 } })], []);
    expect(late[4]?.kept).toBe(1);
  });

  it("stands beside the same time last week when there is one", () => {
    const rows = funnelRows([point({ funnel })], [point({ funnel: { ...funnel, product: 80 } })]);
    expect(rows[1]).toMatchObject({ kept: 0.6, normal: 0.8 });
  });
});

describe("reasons", () => {
  it("stand by how often they came, with their course", () => {
    const points = seconds(
      { failed: { a: 1 } },
      { failed: { b: 2 } },
      { failed: { a: 1, b: 1 } },
      { failed: { c: 3 } },
    );
    expect(rankCodes(points, "failed", 2)).toEqual([
      { code: "b", count: 3, share: 3 / 8, course: [2, 1] },
      { code: "c", count: 3, share: 3 / 8, course: [0, 3] },
      { code: "a", count: 2, share: 2 / 8, course: [1, 1] },
    ]);
  });

  it("codes that never came are not listed", () => {
    expect(rankCodes([point({ refused: { x: 0 } })], "refused", 4)).toEqual([]);
  });
});

describe("are we selling", () => {
  const active = [node({})];

  it("yes, when a node accepts and orders came within the minute", () => {
    expect(selling([point({ placed: 1 })], active, true)).toBe("selling");
  });

  it("no, when no node accepts, whatever was sold a moment ago", () => {
    expect(selling([point({ placed: 1 })], [node({ state: "standby" })], true)).toBe("down");
    expect(selling([point({ placed: 1 })], [node({ ageS: 5 })], true)).toBe("down");
  });

  it("nobody knows, when the figures are old", () => {
    expect(selling([point({ placed: 1 })], active, false)).toBe("unknown");
  });

  it("tells a quiet shop from one that refuses everybody", () => {
    expect(selling([point()], active, true)).toBe("quiet");
    expect(selling([point({ refused: { "stock.sold_out": 2 } })], active, true)).toBe("refusing");
  });
});

describe("a payment channel", () => {
  const channel = { method: "alipay", placed: 10, paid: 1, failed: 9, successRate: 0.1 } as const;

  it("is ill when most payments fail, but not for a handful", () => {
    expect(isIll(channel)).toBe(true);
    expect(isIll({ ...channel, paid: 0, failed: 2, successRate: 0 })).toBe(false);
    expect(isIll({ ...channel, paid: 0, failed: 0, successRate: null })).toBe(false);
  });
});

describe("an axis", () => {
  it("ends at a round number above all values", () => {
    expect(niceCeiling(0, 2)).toBe(2);
    expect(niceCeiling(11, 2)).toBe(15);
    expect(niceCeiling(190, 240)).toBe(300);
    expect(niceCeiling(960, 10)).toBe(1_500);
  });
});

import { LiveFrame, type NodeSummary } from "@orderwatch/shared/live/frame.ts";
import { describe, expect, it } from "vitest";
import { capCounts, composeFrame, type FrameParts } from "./frame.ts";
import { add, channelsOf, type Tally } from "./tally.ts";

const node = (index: number, idLength = 0): NodeSummary => ({
  id: `shop-${index}`.padEnd(idLength, "x"),
  pid: 4_000_000 + index,
  state: index === 0 ? "active" : "standby",
  qps: 1_234.5,
  eventLoop: 0.123,
  inFlight: 150,
  ageS: 0,
});

function parts(codes: number, nodes: number, codeLength = 24): FrameParts {
  const tally: Tally = new Map([["requests", 98_765]]);
  for (const name of ["placed", "paid", "delivered", "refunded"])
    for (const prefix of ["", "simulated:", "wechat:", "alipay:"]) add(tally, `${prefix}${name}`, 98_765);
  for (let index = 0; index < codes; index++) {
    const code = `payment.reason_${index}`.padEnd(codeLength, "x");
    add(tally, `failed:${code}`, 10_000 + index);
    add(tally, `refused:${code}`, 10_000 + index);
  }
  return {
    epoch: "0199f0e2-8a3c-7cc0-9d31-0123456789ab",
    seq: 12_345_678,
    second: 1_800_000_000,
    tally,
    latencyMs: { p50: 12.34, p95: 123.45, p99: 1_234.56 },
    channels: channelsOf(tally),
    nodes: Array.from({ length: nodes }, (_, index) => node(index)),
    queue: { due: 12_345, lagMs: 123_456 },
  };
}

const bytes = (frame: LiveFrame) => Buffer.byteLength(JSON.stringify(frame));
const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);

describe("a frame", () => {
  it.each([
    [0, 0, 24],
    [20, 16, 24],
    [200, 200, 24],
    [60, 16, 64],
    [300, 64, 64],
  ])("with %i codes and %i nodes stays within 4 KB and loses no count", (codes, nodes, codeLength) => {
    const made = parts(codes, nodes, codeLength);
    const frame = LiveFrame.parse(composeFrame(made));
    const want = (codes * (20_000 + codes - 1)) / 2;
    expect(bytes(frame)).toBeLessThanOrEqual(4_096);
    expect(total(frame.failed)).toBe(want);
    expect(total(frame.refused)).toBe(want);
    expect(frame.nodes.reduce((sum, one) => sum + one.inFlight, 0)).toBe(nodes * 150);
    if (nodes > 0) expect(frame.nodes[0]?.state).toBe("active");
  });

  it("fits with the longest ids and codes that the contract allows", () => {
    const made = parts(64, 0, 64);
    made.nodes = Array.from({ length: 16 }, (_, index) => node(index, 64));
    expect(bytes(composeFrame(made))).toBeLessThanOrEqual(4_096);
  });

  it("names the most frequent codes, the others are other", () => {
    expect(capCounts({ a: 5, b: 4, other: 3, c: 2, d: 1 }, 3)).toEqual({ a: 5, b: 4, other: 6 });
    expect(capCounts({ a: 5, b: 4 }, 2)).toEqual({ a: 5, b: 4 });
  });

  it("says when its second ended", () => {
    expect(composeFrame(parts(0, 0)).t).toBe("2027-01-15T08:00:00.000Z");
  });
});

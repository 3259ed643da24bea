import type { LiveFrame, LivePoint, LiveSnapshot } from "@orderwatch/shared/live/frame.ts";
import { describe, expect, it } from "vitest";
import { freshnessAt, staleAfterMs } from "./freshness.ts";
import { hourPoints, recentPoints } from "./history.ts";
import { Stream } from "./stream.ts";

const start = Date.UTC(2026, 2, 5, 6, 0, 0);
const counts = {
  placed: 1,
  paid: 1,
  delivered: 1,
  refunded: 0,
  failed: {},
  refused: {},
  simulated: { placed: 0, paid: 0, delivered: 0, refunded: 0, failed: 0 },
  qps: 10,
  latencyMs: null,
  funnel: { visit: 0, product: 0, checkout: 0, placed: 1, paid: 1, delivered: 1 },
};
/** The frame that ends `seq` seconds after the start. */
const frame = (seq: number, epoch = "one"): LiveFrame => ({
  epoch,
  seq,
  t: new Date(start + seq * 1_000).toISOString(),
  ...counts,
  channels: [],
  nodes: [],
  queue: { due: 0, lagMs: 0 },
});
const pointAt = (at: number): LivePoint => ({ t: new Date(at).toISOString(), ...counts });
const snapshot = (seq: number, epoch = "one"): LiveSnapshot => ({
  epoch,
  seq,
  t: new Date(start + seq * 1_000).toISOString(),
  frame: frame(seq, epoch),
  recent: { stepS: 1, points: [pointAt(start + (seq - 1) * 1_000)] },
  hour: { stepS: 15, points: [{ ...pointAt(start), placed: seq }] },
  lastWeek: { stepS: 60, points: [] },
  channels: [],
  stock: [],
  targets: { successRate: 0.95, latencyP99Ms: 200 },
});
const placedIn = (points: readonly { placed: number }[]) =>
  points.reduce((sum, { placed }) => sum + placed, 0);

describe("the stream", () => {
  it("adds the frames that follow its snapshot, once each", () => {
    const stream = new Stream();
    expect(stream.onSnapshot(snapshot(3))).toBe("complete");
    expect(stream.onFrame(frame(4))).toBe("added");
    expect(stream.onFrame(frame(4))).toBe("known");
    expect(stream.onFrame(frame(2))).toBe("known");
    expect(stream.onFrame(frame(5))).toBe("added");
    expect(placedIn(stream.history.recent.toArray())).toBe(3);
    expect(placedIn(stream.history.hour.toArray())).toBe(5);
  });

  it("asks anew after a gap and after a console's restart, and adds nothing to a sum with a hole", () => {
    for (const odd of [frame(6), frame(4, "two")]) {
      const stream = new Stream();
      stream.onSnapshot(snapshot(3));
      expect(stream.onFrame(odd)).toBe("gap");
      expect(stream.history.recent.length).toBe(1);
    }
  });

  it("holds frames that come before the snapshot, and counts those that it lacks", () => {
    const stream = new Stream();
    for (const seq of [3, 4, 5]) expect(stream.onFrame(frame(seq))).toBe("held");
    expect(stream.onSnapshot(snapshot(3))).toBe("complete");
    expect(placedIn(stream.history.recent.toArray())).toBe(3);
    expect(stream.onFrame(frame(6))).toBe("added");
  });

  it("a snapshot that is older than a gap in the held frames is not enough", () => {
    const stream = new Stream();
    stream.onFrame(frame(9));
    expect(stream.onSnapshot(snapshot(3))).toBe("gap");
  });

  it("stays as large as it is, however long it runs", () => {
    const stream = new Stream();
    stream.onSnapshot(snapshot(0));
    for (let seq = 1; seq <= 28_800; seq++) stream.onFrame(frame(seq));
    expect(stream.history.recent.length).toBe(recentPoints);
    expect(stream.history.hour.length).toBe(hourPoints);
    expect(placedIn(stream.history.hour.toArray())).toBe(hourPoints * 15);
  });
});

describe("the freshness badge", () => {
  const seen = { connected: true, receivedAt: 10_000, lateMs: 0 };

  it("is live only while figures are new", () => {
    expect(freshnessAt(seen, 10_000 + staleAfterMs - 1)).toEqual({ kind: "live" });
    expect(freshnessAt(seen, 17_200)).toEqual({ kind: "stale", seconds: 7 });
  });

  it("is stale when punctual frames bring old figures", () => {
    expect(freshnessAt({ ...seen, lateMs: 6_000 }, 10_100)).toEqual({ kind: "stale", seconds: 6 });
  });

  it("is offline as soon as the connection is gone, however new the figures", () => {
    expect(freshnessAt({ ...seen, connected: false }, 10_100)).toEqual({ kind: "offline", seconds: 0 });
    expect(freshnessAt({ connected: false, receivedAt: null, lateMs: 0 }, 5)).toEqual({
      kind: "offline",
      seconds: null,
    });
  });

  it("is not live before the first figures", () => {
    expect(freshnessAt({ connected: true, receivedAt: null, lateMs: 0 }, 5)).toEqual({ kind: "connecting" });
  });
});

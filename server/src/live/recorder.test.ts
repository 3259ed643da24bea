import { NodeFrame } from "@orderwatch/shared/live/telemetry.ts";
import { describe, expect, it } from "vitest";
import { Recorder } from "./recorder.ts";
import { LatencySketch } from "./sketch.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 5, 8, 0, second));
const facts = { state: "active", queue: { due: 2, lagMs: 40 } } as const;
const recorder = () => new Recorder({ id: "shop-1", pid: 7, startedAt: at(0), version: "0.1.0" });

describe("a recorder", () => {
  it("gives each thing that happened to exactly one frame", () => {
    const node = recorder();
    node.requestStarted();
    node.requestStarted();
    node.requestEnded();
    node.orderAnswered(12);
    node.refused("stock.sold_out");
    node.refused("stock.sold_out");
    node.beacon("visit");
    const first = NodeFrame.parse(node.take(at(1), facts));
    expect(first).toMatchObject({
      node: { id: "shop-1", pid: 7, startedAt: "2026-01-05T08:00:00.000Z", version: "0.1.0" },
      seq: 0,
      at: "2026-01-05T08:00:01.000Z",
      state: "active",
      requests: 1,
      inFlight: 1,
      refused: { "stock.sold_out": 2 },
      beacons: { visit: 1, product: 0, checkout: 0 },
      queue: { due: 2, lagMs: 40 },
    });
    expect(LatencySketch.unpack(Buffer.from(first.latency ?? "", "base64")).count).toBe(1);

    node.requestEnded();
    expect(NodeFrame.parse(node.take(at(2), facts))).toMatchObject({
      seq: 1,
      requests: 1,
      inFlight: 0,
      latency: null,
      refused: {},
      beacons: { visit: 0, product: 0, checkout: 0 },
    });
  });

  it("does not change a frame that it has handed out", () => {
    const node = recorder();
    node.beacon("visit");
    const frame = node.take(at(1), facts);
    node.beacon("visit");
    node.refused("risk.rejected");
    expect(frame.beacons.visit).toBe(1);
    expect(frame.refused).toEqual({});
  });

  it("measures the share of the event loop that was busy since the frame before", async () => {
    const node = recorder();
    await new Promise((resolve) => setImmediate(resolve));
    node.take(at(0), facts);
    const until = performance.now() + 20;
    while (performance.now() < until);
    await new Promise((resolve) => setImmediate(resolve));
    expect(node.take(at(1), facts).eventLoop).toBeGreaterThan(0.5);
  });
});

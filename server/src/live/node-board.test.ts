import type { NodeFrame, NodeState } from "@orderwatch/shared/live/telemetry.ts";
import { describe, expect, it } from "vitest";
import { NodeBoard } from "./node-board.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 5, 8, 0, second));

const frame = (
  seq: number,
  fields: Partial<NodeFrame> & { pid?: number; started?: number } = {},
): NodeFrame => {
  const { pid = 7, started = 0, ...rest } = fields;
  return {
    node: { id: "shop-1", pid, startedAt: at(started).toISOString(), version: "0.1.0" },
    seq,
    at: at(seq + started).toISOString(),
    state: "active",
    requests: 40,
    latency: null,
    refused: {},
    beacons: { visit: 0, product: 0, checkout: 0 },
    eventLoop: 0.4,
    inFlight: 3,
    queue: { due: 5, lagMs: 120 },
    ...rest,
  };
};

describe("the board of nodes", () => {
  it("shows a node's own state and figures", () => {
    const board = new NodeBoard();
    board.linked("shop-1", "a", at(0));
    board.heard(frame(1), at(1));
    expect(board.summaries(at(1))).toEqual([
      { id: "shop-1", pid: 7, state: "active", qps: 40, eventLoop: 0.4, inFlight: 3, ageS: 0 },
    ]);
    expect(board.queue(at(1))).toEqual({ due: 5, lagMs: 120 });
  });

  it("shows a node as dead the moment its only link is lost, whatever the supervisor still says", () => {
    const board = new NodeBoard();
    board.supervise([{ id: "shop-1", pid: 7, state: "active" }]);
    board.linked("shop-1", "a", at(0));
    board.heard(frame(1), at(1));
    expect(board.unlinked("shop-1", "a", at(1))).toBe(true);
    expect(board.summaries(at(1))[0]).toMatchObject({ state: "dead", qps: 0, inFlight: 0 });
  });

  it("does not take a restarted node for dead when its old link is given up late", () => {
    const board = new NodeBoard();
    board.linked("shop-1", "old", at(0));
    board.heard(frame(9), at(9));
    board.linked("shop-1", "new", at(10));
    board.heard(frame(0, { pid: 8, started: 10 }), at(10));
    expect(board.unlinked("shop-1", "old", at(11))).toBe(false);
    expect(board.summaries(at(11))[0]).toMatchObject({ pid: 8, state: "active", qps: 40 });
  });

  it("follows the supervisor where it knows better: a new process, a drain, a node that never linked", () => {
    const board = new NodeBoard();
    board.linked("shop-1", "a", at(0));
    board.heard(frame(1), at(1));
    board.unlinked("shop-1", "a", at(2));
    board.supervise([
      { id: "shop-1", pid: 9, state: "starting" },
      { id: "shop-2", pid: null, state: "dead" },
      { id: "shop-3", pid: 11, state: "standby" },
    ]);
    expect(board.summaries(at(3)).map(({ id, pid, state }) => [id, pid, state])).toEqual([
      ["shop-1", 9, "starting"],
      ["shop-2", 0, "dead"],
      ["shop-3", 11, "standby"],
    ]);
  });

  it("notices that a node died from its supervisor alone, who starts it again before its link is lost; once, and no drained one", () => {
    const board = new NodeBoard();
    const list = (first: NodeState, second: NodeState) =>
      board.supervise([
        { id: "shop-1", pid: 7, state: first },
        { id: "shop-2", pid: 8, state: second },
      ]);
    expect(list("starting", "starting")).toEqual([]);
    expect(list("active", "standby")).toEqual([]);
    expect(list("dead", "active")).toEqual(["shop-1"]);
    expect(list("starting", "active")).toEqual([]);
    expect(list("standby", "starting")).toEqual(["shop-2"]);
    expect(list("active", "draining")).toEqual([]);
    expect(list("active", "dead")).toEqual([]);
  });

  it("calls a silent node stale from 3 s on and shows none of its figures, nor its queue", () => {
    const board = new NodeBoard();
    board.linked("shop-1", "a", at(0));
    board.heard(frame(1), at(1));
    expect(board.summaries(at(3))[0]).toMatchObject({ ageS: 2, qps: 40 });
    expect(board.summaries(at(4))[0]).toMatchObject({ ageS: 3, qps: 0, eventLoop: 0, state: "active" });
    expect(board.queue(at(4))).toEqual({ due: 0, lagMs: 0 });
  });

  it("takes no frame twice, and one that spans a stall as a rate over its whole span", () => {
    const board = new NodeBoard();
    board.linked("shop-1", "a", at(0));
    expect(board.heard(frame(1), at(1))).toBe(true);
    expect(board.heard(frame(1), at(1))).toBe(false);
    expect(board.heard(frame(5, { requests: 200 }), at(5))).toBe(true);
    expect(board.summaries(at(5))[0]?.qps).toBe(50);
  });

  it("counts the last words of a process that was replaced without showing them", () => {
    const board = new NodeBoard();
    board.linked("shop-1", "b", at(10));
    board.heard(frame(0, { pid: 8, started: 10 }), at(10));
    expect(board.heard(frame(9, { state: "draining" }), at(10))).toBe(true);
    expect(board.summaries(at(10))[0]).toMatchObject({ pid: 8, state: "active" });
  });

  it("forgets the dead that nobody supervises after 5 minutes", () => {
    const board = new NodeBoard();
    board.linked("shop-1", "a", at(0));
    board.heard(frame(1), at(1));
    board.unlinked("shop-1", "a", at(2));
    expect(board.summaries(at(302))).toHaveLength(1);
    expect(board.summaries(at(303))).toHaveLength(0);
  });

  it("tells that a node's clock is wrong when frame after frame says so, and not of one frame that came late", () => {
    const board = new NodeBoard();
    board.linked("shop-1", "a", at(0));
    const skewAfter = (seq: number, aheadS: number) => {
      const said = new Date(at(seq).getTime() + aheadS * 1_000).toISOString();
      board.heard(frame(seq, { at: said }), at(seq));
      return board.summaries(at(seq))[0]?.skewS;
    };
    for (let seq = 1; seq <= 6; seq += 1) expect(skewAfter(seq, seq === 5 ? -8 : -0.2)).toBeUndefined();
    expect([7, 8, 9].map((seq) => skewAfter(seq, -90))).toEqual([undefined, -8, -90]);
    expect([10, 11, 12].map((seq) => skewAfter(seq, 0)).at(-1)).toBeUndefined();
  });
});

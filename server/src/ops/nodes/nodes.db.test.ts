import { opsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type pg from "pg";
import { io as connect } from "socket.io-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { listenRealtime, silentLog, startHub, testPool } from "../../../test/live.ts";
import { eventually } from "../../../test/poll.ts";
import { announceConsole } from "../../live/consoles-store.ts";
import { proveNode } from "../../live/handshake.ts";
import type { Hub } from "../../live/hub.ts";
import { NodeLink } from "../../live/node-link.ts";
import { Recorder } from "../../live/recorder.ts";
import { systemClock } from "../../platform/clock.ts";
import { createKeys } from "../../platform/crypto.ts";
import { endpoint } from "../../platform/http/endpoint.ts";
import { CommandRefused, type NodeReport, type Supervision } from "../../platform/supervision.ts";
import type { AuditNote, By } from "../audit/actions.ts";
import { createNodes } from "./actions.ts";
import { serveNodes } from "./link.ts";
import { nodesRoutes } from "./routes.ts";
import { createScaler } from "./scaling-actions.ts";

const keys = createKeys("k".repeat(32));
const now = () => systemClock.now();

async function openConsole(pool: pg.Pool, options: { port?: number; hub?: Hub } = {}) {
  const hub = options.hub ?? (await startHub(pool, now()));
  const realtime = await listenRealtime(options.port === undefined ? {} : { port: options.port });
  serveNodes({ io: realtime.io, hub, keys, clock: systemClock, log: silentLog });
  await announceConsole(pool, { url: realtime.url, id: hub.epoch });
  return { hub, realtime };
}

function startNode(pool: pg.Pool, id = "shop-1", pid = 7) {
  const recorder = new Recorder({ id, pid, startedAt: now(), version: "0.1.0" });
  const link = new NodeLink({
    node: id,
    recorder,
    sql: pool,
    keys,
    clock: systemClock,
    log: silentLog,
    state: () => "active",
    queue: async () => ({ due: 4, lagMs: 50 }),
  });
  onTestFinished(() => link.stop());
  return { recorder, link };
}

const stateOf = (hub: Hub, id = "shop-1") => hub.nodes(now()).find((node) => node.id === id)?.state;

describe("the node link", () => {
  it("carries what a node counted to every console that is listed", async () => {
    const pool = await testPool();
    const consoles = [await openConsole(pool), await openConsole(pool)];
    const { recorder } = startNode(pool);
    recorder.refused("stock.sold_out");
    for (const { hub } of consoles) await eventually("the node is there", () => stateOf(hub) === "active");
    const heard = [0, 0];
    await eventually("both consoles count", async () => {
      recorder.requestStarted();
      recorder.requestEnded();
      recorder.orderAnswered(12);
      for (const [index, { hub }] of consoles.entries()) {
        const frame = await hub.tick(now());
        heard[index] = (heard[index] ?? 0) + frame.qps;
        if (frame.qps > 0) expect(frame.latencyMs?.p50).toBeCloseTo(12, 0);
      }
      return heard.every((n) => n > 0);
    });
    await eventually("the queue", async () => (await consoles[0]?.hub.tick(now()))?.queue.due === 4);
  });

  it("shows a node that dies at once, and alive again when it comes back", async () => {
    const pool = await testPool();
    const { hub } = await openConsole(pool);
    const first = startNode(pool);
    await eventually("alive", () => stateOf(hub) === "active");
    await first.link.stop();
    await eventually("dead", () => stateOf(hub) === "dead", 1_000);
    startNode(pool, "shop-1", 8);
    await eventually("alive again", () => stateOf(hub) === "active");
  });

  it("finds a console again that was restarted, and one that was started later", async () => {
    const pool = await testPool();
    const first = await openConsole(pool);
    startNode(pool);
    await eventually("linked", () => stateOf(first.hub) === "active");
    await first.realtime.stop();
    const [again, later] = [await openConsole(pool, { port: first.realtime.port }), await openConsole(pool)];
    await eventually("linked again", () => stateOf(again.hub) === "active");
    await eventually("linked to the new one", () => stateOf(later.hub) === "active");
  });

  it("lets nobody in without the key, and lets a proof be used once", async () => {
    const pool = await testPool();
    const { hub, realtime } = await openConsole(pool);
    const attempt = (auth: object) => {
      const socket = connect(`${realtime.url}/nodes`, {
        transports: ["websocket"],
        forceNew: true,
        reconnection: false,
        auth,
      });
      onTestFinished(() => {
        socket.disconnect();
      });
      return new Promise<string>((resolve) => {
        socket.on("connect", () => resolve("connected"));
        socket.on("connect_error", () => resolve("refused"));
      });
    };
    expect(await attempt({})).toBe("refused");
    expect(await attempt(proveNode(createKeys("x".repeat(32)), "shop-1", now()))).toBe("refused");
    const proof = proveNode(keys, "shop-1", now());
    expect(await attempt(proof)).toBe("connected");
    expect(await attempt(proof)).toBe("refused");
    expect(hub.nodes(now()).map((node) => node.id)).toEqual(["shop-1"]);
  });

  it.each([
    [
      "in another node's name",
      (frame: object) => ({
        ...frame,
        node: { id: "shop-2", pid: 1, startedAt: now().toISOString(), version: "1" },
      }),
    ],
    ["that is none", () => ({ hello: 1 })],
    ["with a sketch that is none", (frame: object) => ({ ...frame, latency: "AAAA" })],
    ["with a negative count", (frame: object) => ({ ...frame, requests: -1 })],
  ])("ends a link that sends a frame %s, and counts nothing of it", async (_what, spoil) => {
    const pool = await testPool();
    const { hub, realtime } = await openConsole(pool);
    const socket = connect(`${realtime.url}/nodes`, {
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      auth: proveNode(keys, "shop-1", now()),
    });
    onTestFinished(() => {
      socket.disconnect();
    });
    const recorder = new Recorder({ id: "shop-1", pid: 7, startedAt: now(), version: "0.1.0" });
    recorder.requestStarted();
    recorder.requestEnded();
    const frame = recorder.take(now(), { state: "active", queue: { due: 0, lagMs: 0 } });
    const ended = new Promise((resolve) => socket.on("disconnect", resolve));
    socket.emit("frame", spoil(frame));
    await ended;
    expect((await hub.tick(now())).qps).toBe(0);
  });
});

describe("the nodes' routes", () => {
  const reports: NodeReport[] = [
    { name: "console-1", role: "console", pid: 1, state: "active" },
    { name: "shop-1", role: "shop", pid: 2, state: "active" },
    { name: "shop-2", role: "shop", pid: 3, state: "standby" },
  ];

  /** The supervisor's end of the line, which is another process. */
  function supervisor(refusal?: string) {
    const asked: string[] = [];
    let show: (nodes: readonly NodeReport[], active: number) => void = () => {};
    const line: Supervision = {
      ready: () => {},
      onGo: () => {},
      onDrain: () => {},
      onStop: () => {},
      leave: () => {},
      onNodes: (handler) => {
        show = handler;
        handler(reports, 1);
      },
      request: async ({ command, node }) => {
        asked.push(`${command} ${node}`);
        if (refusal) throw new CommandRefused(refusal);
      },
      scale: async (active) => {
        asked.push(`scale ${active}`);
        if (refusal) throw new CommandRefused(refusal);
      },
      fault: async () => {
        throw new CommandRefused("no faults here");
      },
      notice: () => {},
      refuse: async () => {},
    };
    return { line, asked, show: (nodes: readonly NodeReport[], active = 1) => show(nodes, active) };
  }

  async function routes(supervision: Supervision | null) {
    const hub = await startHub(await testPool(), now());
    const audit: string[] = [];
    const record = async (by: By, note: AuditNote) => {
      const facts = Object.entries(note.facts ?? {}).map(([name, value]) => `${name}=${value}`);
      audit.push([by.staff?.name ?? "nobody", note.action, note.target.id, ...facts].join(" "));
    };
    const nodes = createNodes({ hub, supervision, clock: systemClock, log: silentLog, record });
    const scaler = createScaler({
      ...{ driver: nodes.driver, isOn: true, bounds: { max: 3, nodeQps: 100 }, log: silentLog },
      nodes: (at) => hub.nodes(at),
      record: (note) => record({ staff: null }, note),
      recorded: async () => [],
    });
    const handlers = nodesRoutes(nodes, scaler);
    const list = endpoint(opsRoutes.listNodes, handlers.listNodes);
    const staff = { id: "1", name: "Ada" };
    const commands = {
      promote: endpoint(opsRoutes.promoteNode, (input) => handlers.promoteNode({ ...input, staff })),
      drain: endpoint(opsRoutes.drainNode, (input) => handlers.drainNode({ ...input, staff })),
      restart: endpoint(opsRoutes.restartNode, (input) => handlers.restartNode({ ...input, staff })),
    };
    const request = (params: Record<string, string>) => ({
      id: "r",
      method: "POST",
      path: "/",
      target: "/",
      params,
      query: new URLSearchParams(),
      headers: {},
      address: "127.0.0.1",
      body: Buffer.alloc(0),
    });
    return {
      ...{ hub, scaler, audit },
      list: async () =>
        opsRoutes.listNodes.reply.parse(JSON.parse(String((await list.handle(request({}))).body))),
      command: (name: keyof typeof commands, id: string) => commands[name].handle(request({ id })),
    };
  }

  it("list the shop nodes that the supervisor runs, as it says", async () => {
    const { line, show } = supervisor();
    const { list } = await routes(line);
    const listed = async () => (await list()).items.map(({ id, pid, state }) => `${id} ${pid} ${state}`);
    expect(await listed()).toEqual(["shop-1 2 active", "shop-2 3 standby"]);
    show([{ name: "shop-2", role: "shop", pid: 3, state: "active" }]);
    expect(await listed()).toEqual(["shop-2 3 active"]);
  });

  it("hand each command to the supervisor, and its audit entry names who gave it", async () => {
    const { line, asked } = supervisor();
    const { command, audit } = await routes(line);
    for (const name of ["promote", "drain", "restart"] as const)
      expect(await command(name, "shop-2")).toEqual({ status: 204, headers: {} });
    expect(asked).toEqual(["promote shop-2", "drain shop-2", "restart shop-2"]);
    expect(audit).toEqual([
      "Ada node.promoted shop-2",
      "Ada node.drained shop-2",
      "Ada node.restarted shop-2",
    ]);
  });

  it("show parts that run as processes of their own, and what they do", async () => {
    const { line, show } = supervisor();
    const { list } = await routes(line);
    show([...reports, { name: "payments-1", role: "payments", pid: 4, state: "active" }]);
    expect((await list()).items.map(({ id, parts }) => [id, parts])).toEqual([
      ["payments-1", ["payments"]],
      ["shop-1", undefined],
      ["shop-2", undefined],
    ]);
  });

  it("have more nodes active when those that are report more than they carry, and tell why", async () => {
    const { line, asked, show } = supervisor();
    const { hub, scaler, audit } = await routes(line);
    hub.nodeLinked("shop-1", "link", now());
    const begun = now();
    const recorder = new Recorder({ id: "shop-1", pid: 2, startedAt: begun, version: "0.1.0" });
    for (let second = 1; second <= 3; second++) {
      const at = new Date(begun.getTime() + second * 1_000);
      for (let request = 0; request < 250; request++) recorder.requestEnded();
      hub.takeNodeFrame(
        { ...recorder.take(at, { state: "active", queue: { due: 0, lagMs: 0 } }), inFlight: 0 },
        at,
      );
      await scaler.tick(at);
    }
    expect(asked).toEqual(["scale 3"]);
    expect(audit).toEqual([
      expect.stringMatching(/^nobody nodes.scaled nodes from=1 to=3 reason=qps qps=250 eventLoop=/),
    ]);
    show(reports, 2);
    expect(await scaler.read()).toMatchObject({ on: true, active: 2, max: 3, nodeQps: 100 });
  });

  it("say why a command cannot be done", async () => {
    const { line } = supervisor("shop-2 is starting");
    const supervised = await routes(line);
    const { audit } = supervised;
    await expect(supervised.command("promote", "shop-2")).rejects.toMatchObject({
      code: "node.unavailable",
      message: "shop-2 is starting",
    });
    await expect(supervised.command("drain", "shop-9")).rejects.toMatchObject({ code: "node.not_found" });
    await expect(supervised.command("drain", "console-1")).rejects.toMatchObject({ code: "node.not_found" });

    expect(audit).toEqual([]);

    const alone = await routes(null);
    alone.hub.nodeLinked("shop-1", "link", now());
    await expect(alone.command("drain", "shop-1")).rejects.toMatchObject({ code: "node.unavailable" });
  });
});

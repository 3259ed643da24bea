import type { LiveFrame, LiveSnapshot } from "@orderwatch/shared/live/frame.ts";
import { LiveSnapshot as Snapshot } from "@orderwatch/shared/live/frame.ts";
import type { Role } from "@orderwatch/shared/ops/roles.ts";
import { io as connect, type Socket } from "socket.io-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { listenRealtime, silentLog, startHub, testPool } from "../../test/live.ts";
import { commitEvents } from "../../test/order-events.ts";
import { eventually } from "../../test/poll.ts";
import type { Hub, HubOptions } from "./hub.ts";
import { serveLive } from "./sockets.ts";

const second = Math.floor(Date.now() / 1_000);
const at = (offset: number) => new Date((second + offset) * 1_000);
const origin = "https://console.example";

/** Sessions by cookie; deleting one revokes it. */
const sessionsOf = (names: readonly string[]) =>
  new Map(names.map((name) => [name, { sessionId: name, userId: name, role: "viewer" as Role }]));

async function startConsole(options: { hub?: Partial<HubOptions>; recheckEveryMs?: number } = {}) {
  const hub = await startHub(await testPool(), at(0), options.hub);
  const sessions = sessionsOf(["ann", "bob"]);
  const realtime = await listenRealtime({
    authenticate: async (headers) => sessions.get(headers.cookie ?? "") ?? null,
    ...(options.recheckEveryMs ? { recheckEveryMs: options.recheckEveryMs } : {}),
  });
  realtime.guard("/live", "live.read");
  serveLive({ io: realtime.io, hub, log: silentLog });
  return { hub, sessions, realtime };
}

function open(url: string, headers: Record<string, string>): Socket {
  const socket = connect(`${url}/live`, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    extraHeaders: headers,
  });
  onTestFinished(() => {
    socket.disconnect();
  });
  return socket;
}

const outcome = (socket: Socket) =>
  new Promise<string>((resolve) => {
    socket.on("connect", () => resolve("connected"));
    socket.on("connect_error", (error: Error & { data?: { code?: string; status?: number } }) =>
      resolve(`${error.data?.status} ${error.data?.code}`),
    );
  });

async function subscriber(url: string, cookie: string) {
  const socket = open(url, { origin, cookie });
  const frames: LiveFrame[] = [];
  socket.on("frame", (frame: LiveFrame) => frames.push(frame));
  const snapshot: LiveSnapshot = await socket.emitWithAck("subscribe", { topic: "overview" });
  return { socket, frames, snapshot: Snapshot.parse(snapshot) };
}

async function tick(hub: Hub, offset: number): Promise<LiveFrame> {
  return hub.tick(at(offset));
}

describe("/live", () => {
  it.each([
    ["no origin", { cookie: "ann" }, "403 request.origin_refused"],
    [
      "another origin",
      { cookie: "ann", origin: "https://console.example.evil" },
      "403 request.origin_refused",
    ],
    ["its origin in other words", { cookie: "ann", origin: `${origin}/` }, "403 request.origin_refused"],
    ["no session", { origin }, "401 session.required"],
    ["a session that is over", { cookie: "zoe", origin }, "401 session.required"],
    ["a session and its origin", { cookie: "ann", origin }, "connected"],
  ])("answers a handshake with %s as it should", async (_what, headers, want) => {
    const { realtime } = await startConsole();
    expect(await outcome(open(realtime.url, headers))).toBe(want);
  });

  it("acknowledges with a snapshot, and every frame after it arrives once, in order", async () => {
    const { hub, realtime } = await startConsole();
    await tick(hub, 1);
    const early = await subscriber(realtime.url, "ann");
    expect(early.snapshot).toMatchObject({ epoch: hub.epoch, seq: 0 });
    await tick(hub, 2);
    await tick(hub, 3);
    const late = await subscriber(realtime.url, "bob");
    expect(late.snapshot.seq).toBe(2);
    const last = await tick(hub, 4);
    await eventually("both have the last frame", () => early.frames.length === 3 && late.frames.length === 1);
    expect(early.frames.map((frame) => frame.seq)).toEqual([1, 2, 3]);
    expect(late.frames).toEqual([last]);
  });

  it("sends no frame to who has not subscribed", async () => {
    const { hub, realtime } = await startConsole();
    const silent = open(realtime.url, { origin, cookie: "bob" });
    const heard: unknown[] = [];
    silent.onAny((...event) => heard.push(event));
    expect(await outcome(silent)).toBe("connected");
    const { frames } = await subscriber(realtime.url, "ann");
    await tick(hub, 1);
    await eventually("the subscriber has its frame", () => frames.length === 1);
    // Both sockets share the server's order of sending: a ping answered after the frame shows what was sent before it.
    await new Promise((resolve) => silent.emit("subscribe", { topic: "overview" }, resolve));
    expect(heard).toEqual([]);
  });

  it.each([[{ topic: "everything" }], [{ topic: "overview", more: 1 }], [null], ["overview"]])(
    "refuses the subscription %j",
    async (topic) => {
      const { realtime } = await startConsole();
      const socket = open(realtime.url, { origin, cookie: "ann" });
      const refused = new Promise((resolve) => socket.on("refused", resolve));
      socket.emit("subscribe", topic, () => {
        throw new Error("acknowledged");
      });
      expect(await refused).toMatchObject({ code: "request.invalid" });
    },
  );

  it("ends a revoked session's sockets, and no other's", async () => {
    const { sessions, realtime } = await startConsole();
    const [ann, bob] = [await subscriber(realtime.url, "ann"), await subscriber(realtime.url, "bob")];
    sessions.delete("ann");
    realtime.disconnectSession("ann");
    await eventually("ann's socket is gone", () => !ann.socket.connected);
    expect(bob.socket.connected).toBe(true);
    expect(await outcome(open(realtime.url, { origin, cookie: "ann" }))).toBe("401 session.required");
  });

  it("ends sockets of a session that was revoked elsewhere, at the next look", async () => {
    const { sessions, realtime } = await startConsole({ recheckEveryMs: 30 });
    const [ann, bob] = [await subscriber(realtime.url, "ann"), await subscriber(realtime.url, "bob")];
    sessions.delete("ann");
    await eventually("ann's socket is gone", () => !ann.socket.connected);
    expect(bob.socket.connected).toBe(true);
  });

  it("tells of stock that is about to run out when the list changes", async () => {
    const list = [{ sku: "game-100", name: "Game 100", available: 3, soldLastHour: 9 }];
    let stock: typeof list = [];
    const { hub, realtime } = await startConsole({ hub: { stock: async () => stock } });
    const { socket, snapshot } = await subscriber(realtime.url, "ann");
    expect(snapshot.stock).toEqual([]);
    const told = new Promise((resolve) => socket.on("stock", resolve));
    stock = list;
    await tick(hub, 10 - (second % 10));
    expect(await told).toEqual(list);
    await tick(hub, 11 - (second % 10));
    expect((await hub.snapshot()).stock).toEqual(list);
  });

  it("tells a transition to every subscriber with the next frame", async () => {
    const pool = await testPool();
    const hub = await startHub(pool, at(0));
    const realtime = await listenRealtime({
      authenticate: async () => ({ sessionId: "s", userId: "u", role: "viewer" }),
    });
    realtime.guard("/live", "live.read");
    serveLive({ io: realtime.io, hub, log: silentLog });
    const { frames } = await subscriber(realtime.url, "ann");
    await commitEvents(pool, [{ at: at(1), type: "delivered" }]);
    await tick(hub, 1);
    const [frame] = await eventually("a frame", () => (frames.length > 0 ? frames : undefined));
    expect(frame?.delivered).toBe(1);
  });
});

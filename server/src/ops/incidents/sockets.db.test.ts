import type { IncidentsSnapshot } from "@orderwatch/shared/ops/incident-sockets.ts";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { io as connect } from "socket.io-client";
import { expect, it, onTestFinished } from "vitest";
import { createTestContext } from "../../../test/context.ts";
import { listenRealtime, silentLog } from "../../../test/live.ts";
import { eventually } from "../../../test/poll.ts";
import { addNote, declare } from "./actions.ts";
import { serveIncidents } from "./sockets.ts";

const by = { staff: { id: "staff-1", name: "Li Na" } };

it("tells a change to whoever listens, and what was missed to whoever comes back with the last cursor", async () => {
  const context = { ...(await createTestContext()), on: {} };
  onTestFinished(() => context.close());
  const realtime = await listenRealtime({
    authenticate: async () => ({ sessionId: "s", userId: "u", role: "viewer" }),
  });
  realtime.guard("/ops", "incidents.read");
  const feed = serveIncidents({ io: realtime.io, context, log: silentLog });
  onTestFinished(() => feed.stop());
  const open = () => {
    const socket = connect(`${realtime.url}/ops`, {
      ...{ transports: ["websocket"], forceNew: true, reconnection: false },
      extraHeaders: { origin: "https://console.example" },
    });
    onTestFinished(() => void socket.disconnect());
    return socket;
  };
  const subscribe = async (socket: ReturnType<typeof open>, since?: string) => {
    const answer: { ok: true; value: IncidentsSnapshot } = await socket.emitWithAck("subscribe", {
      ...{ topic: "incidents", ...(since === undefined ? {} : { since }) },
    });
    return answer.value;
  };

  const first = open();
  const heard: { cursor: string; incident: Incident }[] = [];
  first.on("incident.changed", (change) => heard.push(change));
  expect((await subscribe(first)).incidents).toEqual([]);
  const id = await declare(context, by, { level: 1, title: "nobody can buy" });
  const change = await eventually("the change is told", () => heard.at(-1));
  expect(change.incident).toMatchObject({ id, level: 1, state: "detected" });
  first.disconnect();

  await addNote(context, by, id, { text: "it is the network" });
  const back = await subscribe(open(), change.cursor);
  expect(back.incidents.at(-1)?.revision).toBe(change.incident.revision + 1);
  const refused = await open().emitWithAck("subscribe", { topic: "orders" });
  expect(refused).toMatchObject({ ok: false, code: "request.invalid" });
});

it("reads an incident in full once for each of its changes, however often it looks", async () => {
  const context = { ...(await createTestContext()), on: {} };
  onTestFinished(() => context.close());
  const realtime = await listenRealtime({
    authenticate: async () => ({ sessionId: "s", userId: "u", role: "viewer" }),
  });
  const asked: string[] = [];
  const { sql } = context.db;
  const query = (...args: Parameters<typeof sql.query>) => {
    asked.push(String(args[0]));
    return sql.query(...args);
  };
  const watched = { ...context, db: { ...context.db, sql: { query: query as typeof sql.query } } };
  const count = (part: string) => asked.filter((text) => text.includes(part)).length;
  const feed = serveIncidents({ io: realtime.io, context: watched, log: silentLog });
  onTestFinished(() => feed.stop());
  const id = await declare(context, by, { level: 1, title: "nobody can buy" });
  await eventually("it was read", () => count("from incident_orders") > 0);
  const looks = count("where changed_at >=");
  await eventually("it was looked at five times more", () => {
    feed.poke();
    return count("where changed_at >=") >= looks + 5;
  });
  expect(count("from incident_orders")).toBe(1);
  await addNote(context, by, id, { text: "it is the network" });
  await eventually("the change was read", () => count("from incident_orders") === 2);
});

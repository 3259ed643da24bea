import type { Role } from "@orderwatch/shared/ops/roles.ts";
import type { TicketsSnapshot } from "@orderwatch/shared/ops/ticket-sockets.ts";
import type { TicketRow } from "@orderwatch/shared/ops/tickets.ts";
import { io as connect } from "socket.io-client";
import { expect, it, onTestFinished } from "vitest";
import { listenRealtime, silentLog } from "../../../test/live.ts";
import { eventually } from "../../../test/poll.ts";
import { openTestTickets } from "../../../test/tickets.ts";
import { serveIncidents } from "../incidents/sockets.ts";
import { addNote, openDue, reply } from "./actions.ts";
import { serveTickets } from "./sockets.ts";

it("tells rows to whoever may see tickets, and what was missed to whoever comes back; O7: of notes and answers nothing", async () => {
  const desk = await openTestTickets();
  onTestFinished(() => desk.close());
  let role: Role = "support";
  const realtime = await listenRealtime({
    authenticate: async () => ({ sessionId: "s", userId: "u", role }),
  });
  realtime.guard("/ops", "incidents.read");
  const incidents = serveIncidents({
    io: realtime.io,
    context: { ...desk.context, on: {} },
    log: silentLog,
  });
  const feed = serveTickets({ io: realtime.io, context: desk.context, log: silentLog });
  onTestFinished(async () => {
    await feed.stop();
    await incidents.stop();
  });
  const heard: string[] = [];
  const open = () => {
    const socket = connect(`${realtime.url}/ops`, {
      ...{ transports: ["websocket"], forceNew: true, reconnection: false },
      extraHeaders: { origin: "https://console.example" },
    });
    socket.onAny((...all: unknown[]) => void heard.push(JSON.stringify(all)));
    onTestFinished(() => void socket.disconnect());
    return socket;
  };
  const subscribe = async (socket: ReturnType<typeof open>, since?: string) =>
    (await socket.emitWithAck("subscribe", {
      ...{ topic: "tickets", ...(since === undefined ? {} : { since }) },
    })) as { ok: true; value: TicketsSnapshot } | { ok: false; code: string };

  const first = open();
  const changes: { cursor: string; ticket: TicketRow }[] = [];
  first.on("ticket.changed", (change) => changes.push(change));
  expect(await subscribe(first)).toMatchObject({ ok: true, value: { tickets: [] } });
  await desk.failed({ phone: "13912345678" });
  await openDue(desk.context);
  const [id = ""] = await desk.ids();
  const opened = await eventually("the ticket is told", () => changes.at(-1));
  expect(opened.ticket).toMatchObject({ id, state: "new", code: "delivery.supplier_failed" });

  const li = await desk.hire("Li");
  await addNote(desk.context, li, id, "canary-of-a-note");
  await reply(desk.context, li, id, { text: "canary-of-an-answer", thenState: "waiting_buyer" });
  feed.poke();
  await eventually("both are told", () => changes.at(-1)?.ticket.state === "waiting_buyer");
  first.disconnect();
  const back = await subscribe(open(), opened.cursor);
  expect(back).toMatchObject({ ok: true, value: { isPartial: false, tickets: [{ id, unanswered: false }] } });
  const all = heard.join() + JSON.stringify(back);
  for (const canary of ["canary-of-a-note", "canary-of-an-answer", "13912345678"])
    expect(all).not.toContain(canary);

  role = "viewer";
  expect(await subscribe(open())).toMatchObject({ ok: false, code: "session.forbidden" });
});

import { may } from "@orderwatch/shared/ops/roles.ts";
import {
  SubscribeTickets,
  type TicketClientEvents,
  type TicketServerEvents,
  type TicketsSnapshot,
} from "@orderwatch/shared/ops/ticket-sockets.ts";
import type { Namespace, Server } from "socket.io";
import type { Logger } from "../../platform/log.ts";
import { type Loop, startLoop } from "../../platform/loop.ts";
import { sessionOf } from "../../platform/realtime.ts";
import { listChanged, readRows, type TicketContext } from "./actions.ts";

const room = "tickets";
const lookEveryMs = 500;
/** Longer than a transaction can be open: what was written before the cursor and committed after it is still seen. */
const overlapMs = 60_000;
const readAtOnce = 500;
const lookedAtOnce = 10_000;

type Context = Pick<TicketContext, "db" | "keys" | "clock">;

/** Tells the sockets of this console what changed, each version of a ticket once. */
export interface TicketFeed {
  /** Looks now; for whoever has just changed something. */
  poke(): void;
  stop(): Promise<void>;
}

/** Namespace `/ops`, topic `tickets`. Changes are read from the rows, so those that other consoles made are seen as well. */
export function serveTickets(options: { io: Server; context: Context; log: Logger }): TicketFeed {
  const { context, log } = options;
  const namespace: Namespace<TicketClientEvents, TicketServerEvents> = options.io.of("/ops");
  const told = new Map<string, { revision: number; changedAt: Date }>();
  let cursor = context.clock.now();

  namespace.on("connection", (socket) => {
    socket.on("subscribe", (topic, acknowledge) => {
      const parsed = SubscribeTickets.safeParse(topic);
      // Other topics of this namespace have answers of their own.
      if (!parsed.success || typeof acknowledge !== "function") return;
      const role = sessionOf(socket)?.role;
      if (role === undefined || !may(role, "tickets.read")) {
        acknowledge({ ok: false, code: "session.forbidden", detail: "Your role may not do this" });
        return;
      }
      // In the room before it is read: what changes meanwhile comes twice rather than never.
      void socket.join(room);
      snapshot(context, parsed.data.since).then(
        (value) => acknowledge({ ok: true, value }),
        (error: unknown) => {
          log.error({ err: error }, "a subscriber got no tickets");
          acknowledge({ ok: false, code: "server.failed", detail: "Please try again" });
        },
      );
    });
  });

  const tell = async (ids: readonly string[]): Promise<void> => {
    for (const ticket of await readRows(context, ids)) {
      told.set(ticket.id, { revision: ticket.revision, changedAt: new Date(ticket.changedAt) });
      namespace.local.to(room).emit("ticket.changed", { cursor: ticket.changedAt, ticket });
    }
  };

  const loop: Loop = startLoop({
    name: "tell-tickets",
    everyMs: lookEveryMs,
    log,
    work: async () => {
      // Only what is new is read in full: in a storm a minute's changes are many, and a look comes twice a second.
      const changed = await listChanged(context, new Date(cursor.getTime() - overlapMs), lookedAtOnce);
      const news = changed.filter(({ id, revision }) => (told.get(id)?.revision ?? 0) < revision);
      for (let at = 0; at < news.length; at += readAtOnce)
        await tell(news.slice(at, at + readAtOnce).map(({ id }) => id));
      const last = changed.at(-1)?.changedAt ?? cursor;
      const isFull = changed.length === lookedAtOnce;
      // More than fits into a look: the next one goes on behind it, and gives up what may still be written before.
      cursor = new Date(Math.max(cursor.getTime(), last.getTime() + (isFull ? overlapMs : 0)));
      const old = cursor.getTime() - overlapMs;
      for (const [id, { changedAt }] of told) if (changedAt.getTime() < old) told.delete(id);
      return { more: isFull };
    },
  });
  return { poke: () => void loop.poke(), stop: () => loop.stop() };
}

async function snapshot(context: Context, since: string | undefined): Promise<TicketsSnapshot> {
  const cursor = context.clock.now().toISOString();
  if (since === undefined) return { cursor, tickets: [], isPartial: false };
  const changed = await listChanged(context, new Date(Date.parse(since) - overlapMs), readAtOnce);
  const tickets = await readRows(
    context,
    changed.map(({ id }) => id),
  );
  return { cursor, tickets, isPartial: changed.length === readAtOnce };
}

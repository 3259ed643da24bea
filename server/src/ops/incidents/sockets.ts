import { SubscribeDrills } from "@orderwatch/shared/ops/drill-sockets.ts";
import {
  type IncidentsSnapshot,
  type OpsClientEvents,
  type OpsServerEvents,
  SubscribeIncidents,
} from "@orderwatch/shared/ops/incident-sockets.ts";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { SubscribeTickets } from "@orderwatch/shared/ops/ticket-sockets.ts";
import type { Namespace, Server } from "socket.io";
import type { Logger } from "../../platform/log.ts";
import { type Loop, startLoop } from "../../platform/loop.ts";
import { type IncidentContext, listChanged, listIncidents, listOpen } from "./actions.ts";
import { toViews } from "./views-actions.ts";

const room = "incidents";
const lookEveryMs = 400;
/** Longer than a transaction can be open: what was written before the cursor and committed after it is still seen. */
const overlapMs = 60_000;
const readAtOnce = 500;
const endedAtFirst = 50;

/** Tells the sockets of this console what changed, each version of an incident once. */
export interface IncidentFeed {
  /** Looks now; for whoever has just changed something. */
  poke(): void;
  stop(): Promise<void>;
}

/**
 * Namespace `/ops`. Changes are read from the rows, so those that other consoles made are seen as well, and whoever comes
 * back with the last cursor gets what they missed.
 */
export function serveIncidents(options: { io: Server; context: IncidentContext; log: Logger }): IncidentFeed {
  const { context, log } = options;
  const namespace: Namespace<OpsClientEvents, OpsServerEvents> = options.io.of("/ops");
  const told = new Map<string, { revision: number; changedAt: Date }>();
  let cursor = context.clock.now();

  namespace.on("connection", (socket) => {
    socket.on("subscribe", (topic, acknowledge) => {
      if (typeof acknowledge !== "function") return;
      // Tickets and drills have answers of their own.
      if (SubscribeTickets.safeParse(topic).success || SubscribeDrills.safeParse(topic).success) return;
      const parsed = SubscribeIncidents.safeParse(topic);
      if (!parsed.success) {
        acknowledge({
          ok: false,
          code: "request.invalid",
          detail: "subscribe takes { topic: 'incidents', since? }",
        });
        return;
      }
      // In the room before it is read: what changes meanwhile comes twice rather than never.
      void socket.join(room);
      snapshot(context, parsed.data.since).then(
        (value) => acknowledge({ ok: true, value }),
        (error: unknown) => {
          log.error({ err: error }, "a subscriber got no incidents");
          acknowledge({ ok: false, code: "server.failed", detail: "Please try again" });
        },
      );
    });
  });

  const tell = (incident: Incident): void => {
    told.set(incident.id, { revision: incident.revision, changedAt: new Date(incident.changedAt) });
    namespace.local.to(room).emit("incident.changed", { cursor: incident.changedAt, incident });
  };

  const loop: Loop = startLoop({
    name: "tell-incidents",
    everyMs: lookEveryMs,
    log,
    work: async () => {
      // Only what is new is read in full: counting what an incident affects takes long in the very hour when many change.
      const changed = await listChanged(context, new Date(cursor.getTime() - overlapMs), readAtOnce);
      const news = changed.filter(({ id, revision }) => (told.get(id)?.revision ?? 0) < revision);
      for (const incident of await toViews(context.db.sql, news)) tell(incident);
      const last = changed.at(-1)?.changedAt ?? cursor;
      const isFull = changed.length === readAtOnce;
      cursor = new Date(Math.max(cursor.getTime(), last.getTime() + (isFull ? overlapMs : 0)));
      const old = cursor.getTime() - overlapMs;
      for (const [id, { changedAt }] of told) if (changedAt.getTime() < old) told.delete(id);
      return { more: isFull };
    },
  });
  return { poke: () => void loop.poke(), stop: () => loop.stop() };
}

async function snapshot(context: IncidentContext, since: string | undefined): Promise<IncidentsSnapshot> {
  const now = context.clock.now().toISOString();
  if (since === undefined) {
    const ended = await listIncidents(context, { state: "ended", limit: endedAtFirst });
    return { cursor: now, incidents: [...(await listOpen(context)), ...ended.items] };
  }
  const from = new Date(Date.parse(since) - overlapMs);
  const changed = await listChanged(context, from, readAtOnce);
  const incidents = await toViews(context.db.sql, changed);
  // More than fit: the cursor is where it stopped, and whoever subscribes with it again gets the rest.
  const isFull = changed.length === readAtOnce;
  return { cursor: isFull ? (incidents.at(-1)?.changedAt ?? now) : now, incidents };
}

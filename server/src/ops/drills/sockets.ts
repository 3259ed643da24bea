import {
  type DrillClientEvents,
  type DrillServerEvents,
  type DrillsSnapshot,
  SubscribeDrills,
} from "@orderwatch/shared/ops/drill-sockets.ts";
import { may } from "@orderwatch/shared/ops/roles.ts";
import type { Namespace, Server } from "socket.io";
import { type Loop, startLoop } from "../../platform/loop.ts";
import { sessionOf } from "../../platform/realtime.ts";
import type { DrillContext } from "./context.ts";
import * as known from "./known-store.ts";
import * as store from "./store.ts";
import { readRunning, readStop, toRun } from "./views-actions.ts";

const room = "drills";
const lookEveryMs = 500;
/** Longer than a transaction can be open: what was written before the cursor and committed after it is still seen. */
const overlapMs = 60_000;
const readAtOnce = 100;

/** Undefined for a socket whose role may not read drills. */
function viewerOf(socket: Parameters<typeof sessionOf>[0]): known.Viewer | undefined {
  const session = sessionOf(socket);
  if (!session || !may(session.role, "drills.read")) return undefined;
  return { id: session.userId, mayApprove: may(session.role, "drills.run") };
}

/** Tells the sockets of this console what changed, each version of a run once. */
export interface DrillFeed {
  /** Looks now; for whoever has just changed something. */
  poke(): void;
  stop(): Promise<void>;
}

/** Namespace `/ops`, topic `drills`. Changes are read from the rows, so those that other consoles made are seen as well. */
export function serveDrills(io: Server, context: DrillContext): DrillFeed {
  const { db, clock, log } = context;
  const namespace: Namespace<DrillClientEvents, DrillServerEvents> = io.of("/ops");
  const told = new Map<string, { revision: number; changedAt: Date }>();
  let cursor = clock.now();
  let toldStop = "";

  namespace.on("connection", (socket) => {
    socket.on("subscribe", (topic, acknowledge) => {
      // Other topics of this namespace have answers of their own.
      if (!SubscribeDrills.safeParse(topic).success || typeof acknowledge !== "function") return;
      const viewer = viewerOf(socket);
      if (!viewer) {
        acknowledge({ ok: false, code: "session.forbidden", detail: "Your role may not do this" });
        return;
      }
      // In the room before it is read: what changes meanwhile comes twice rather than never.
      void socket.join(room);
      snapshot(viewer).then(
        (value) => acknowledge({ ok: true, value }),
        (error: unknown) => {
          log.error({ err: error }, "a subscriber got no drills");
          acknowledge({ ok: false, code: "server.failed", detail: "Please try again" });
        },
      );
    });
  });

  const snapshot = async (viewer: known.Viewer): Promise<DrillsSnapshot> => ({
    stop: await readStop(context),
    running: await readRunning(context, viewer),
  });

  const tell = async (row: store.RunRow): Promise<void> => {
    const run = await toRun(db.sql, row);
    if (row.mode !== "surprise" || row.endedAt !== null) {
      namespace.local.to(room).emit("drill.changed", run);
      return;
    }
    for (const socket of namespace.sockets.values()) {
      const viewer = socket.rooms.has(room) ? viewerOf(socket) : undefined;
      if (viewer && (await known.listKnown(db.sql, viewer, [row.id])).has(row.id))
        socket.emit("drill.changed", run);
    }
  };

  const tellRuns = async (): Promise<boolean> => {
    const since = new Date(cursor.getTime() - overlapMs);
    const changed = await store.listChanged(db.sql, since, readAtOnce);
    for (const row of changed) {
      if ((told.get(row.id)?.revision ?? 0) >= row.revision) continue;
      told.set(row.id, { revision: row.revision, changedAt: row.changedAt });
      await tell(row);
    }
    const last = changed.at(-1);
    const isFull = changed.length === readAtOnce;
    if (last)
      cursor = new Date(Math.max(cursor.getTime(), last.changedAt.getTime() + (isFull ? overlapMs : 0)));
    for (const [id, { changedAt }] of told)
      if (changedAt.getTime() < cursor.getTime() - overlapMs) told.delete(id);
    return isFull;
  };

  const loop: Loop = startLoop({
    name: "tell-drills",
    everyMs: lookEveryMs,
    log,
    work: async () => {
      const stop = await readStop(context);
      const now = JSON.stringify(stop);
      if (toldStop !== "" && toldStop !== now) namespace.local.to(room).emit("drills.stop", stop);
      toldStop = now;
      return { more: await tellRuns() };
    },
  });
  return { poke: () => void loop.poke(), stop: () => loop.stop() };
}

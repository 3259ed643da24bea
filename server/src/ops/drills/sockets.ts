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
import * as store from "./store.ts";
import { readStop, toRun, toSummary } from "./views-actions.ts";

const room = "drills";
const lookEveryMs = 500;
/** Longer than a transaction can be open: what was written before the cursor and committed after it is still seen. */
const overlapMs = 60_000;
const readAtOnce = 100;

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
      const role = sessionOf(socket)?.role;
      if (role === undefined || !may(role, "drills.read")) {
        acknowledge({ ok: false, code: "session.forbidden", detail: "Your role may not do this" });
        return;
      }
      // In the room before it is read: what changes meanwhile comes twice rather than never.
      void socket.join(room);
      snapshot().then(
        (value) => acknowledge({ ok: true, value }),
        (error: unknown) => {
          log.error({ err: error }, "a subscriber got no drills");
          acknowledge({ ok: false, code: "server.failed", detail: "Please try again" });
        },
      );
    });
  });

  const snapshot = async (): Promise<DrillsSnapshot> => {
    const run = await store.runUnderWay(db.sql);
    return { stop: await readStop(context), running: run ? [toSummary(run)] : [] };
  };

  const tellRuns = async (): Promise<boolean> => {
    const since = new Date(cursor.getTime() - overlapMs);
    const changed = await store.listChanged(db.sql, since, readAtOnce);
    for (const row of changed) {
      if ((told.get(row.id)?.revision ?? 0) >= row.revision) continue;
      told.set(row.id, { revision: row.revision, changedAt: row.changedAt });
      namespace.local.to(room).emit("drill.changed", await toRun(db.sql, row));
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

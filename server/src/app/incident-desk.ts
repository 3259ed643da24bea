import type { Alert } from "@orderwatch/shared/ops/detection.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Server } from "socket.io";
import { Alone } from "../live/alone.ts";
import type { Hub } from "../live/hub.ts";
import { keyOf } from "../ops/detection/domain.ts";
import { DetectionEngine } from "../ops/detection/engine.ts";
import { alertIntake, detectionRoutes } from "../ops/detection/routes.ts";
import {
  alertHooks,
  type IncidentContext,
  type IncidentHooks,
  type IncidentRow,
  note,
  readIncident,
  sweep,
} from "../ops/incidents/actions.ts";
import { incidentRoutes } from "../ops/incidents/routes.ts";
import { type IncidentFeed, serveIncidents } from "../ops/incidents/sockets.ts";
import type { Nodes } from "../ops/nodes/actions.ts";
import type { Notify } from "../ops/notify/actions.ts";
import type { OnCallContext } from "../ops/oncall/actions.ts";
import { handOver } from "../ops/oncall/duty-actions.ts";
import { createEmergency, type Emergency } from "../ops/oncall/emergency-actions.ts";
import {
  acknowledged,
  advanceDue,
  changeLevel,
  findStalled,
  startEscalation,
  stopEscalation,
} from "../ops/oncall/escalation-actions.ts";
import { createFirst } from "../ops/oncall/policy-actions.ts";
import { onCallRoutes } from "../ops/oncall/routes.ts";
import type { RepairContext } from "../ops/orders/actions.ts";
import type { Sql } from "../platform/db.ts";
import type { Settings } from "../platform/env.ts";
import type { Faults } from "../platform/faults/leases.ts";
import type { Endpoint } from "../platform/http/endpoint.ts";
import { type Loop, startLoop } from "../platform/loop.ts";
import type { StockContext } from "../shop/stock/actions.ts";
import { openBuyerDesk } from "./buyer-desk.ts";
import type { DrillDoor } from "./drill-door.ts";
import { openProbes } from "./merchants.ts";
import type { Paging } from "./paging.ts";
import { openRunbookDesk } from "./runbook-desk.ts";

/** Deadlines and healing are looked at so often; after a restart, what is overdue is found at once. */
const sweepEveryMs = 1_000;
/** How old at most is what is known of duties and addresses when the database goes away, in seconds. */
const standbyEveryS = 10;
/** States in which nothing was done yet but seeing it; an acknowledgement lapses in no other. */
const untouched = ["detected", "acknowledged"];

type RunbookDesk = Awaited<ReturnType<typeof openRunbookDesk>>;

/** Everything between something going wrong and somebody knowing of it. */
export interface IncidentDesk {
  /** Handlers of its routes, by their names in the contract. */
  handlers: ReturnType<typeof incidentRoutes> &
    ReturnType<typeof detectionRoutes> &
    ReturnType<typeof onCallRoutes> &
    RunbookDesk["handlers"] &
    ReturnType<typeof openBuyerDesk>["handlers"];
  /** What other systems call, without a session. */
  endpoints: Endpoint[];
  /** Namespaces of its sockets. */
  serve(io: Server): void;
  /** To be awaited before the hub's first tick. */
  start(now: Date): Promise<void>;
  /** One second. */
  tick(now: Date): void;
  /** What others need of incidents. */
  incidents: IncidentContext;
  onCall: OnCallContext;
  close(): Promise<void>;
}

/** The parts of incident response, wired to each other: each knows only the hooks that it is given here. */
export async function openIncidentDesk(
  settings: Settings,
  context: StockContext & { hub: Hub; nodes: Nodes; paging: Paging; faults: Faults } & Pick<
      RepairContext,
      "providers" | "supplier"
    >,
  drills: DrillDoor,
): Promise<IncidentDesk> {
  const repairs: RepairContext = context;
  const on = pagingHooks(
    () => onCall,
    () => emergency,
    drills,
  );
  const incidents: IncidentContext & { repairs: RepairContext } = { ...context, repairs, on };
  const hooks = alertHooks(incidents);
  const alerts = {
    ...context,
    incidents: {
      ...hooks,
      async alertFired(sql: Sql, alert: Alert) {
        const id = await hooks.alertFired(sql, alert, { run: await drills.runOf(sql, alert) });
        await emergency.record(sql, { key: alert.key, since: new Date(alert.conditionSince) }, id);
        return id;
      },
    },
  };
  const probes = await openProbes(settings, context.newId, context.faults);
  const engine = new DetectionEngine({
    ...{ ...alerts, probes },
    onUnwritten: (outage) => emergency.raise(outage),
  });
  const buyers = openBuyerDesk(
    { ...context, notify: context.paging.notify, shopUrl: settings.shop.url },
    incidents,
  );
  const runbooks = await openRunbookDesk(context, incidents, buyers.door);
  const onCall: OnCallContext = {
    ...{ ...context, pager: context.paging.notify },
    timeline: (sql, id, entry) => note(incidents, sql, id, { ...entry, by: null }),
    isWorkedOn: async (_, id) => !untouched.includes((await readIncident(context, id)).state),
  };
  await createFirst(onCall);
  const { notify, direct } = context.paging;
  const emergency = createEmergency({ ...onCall, notify, direct });
  const aside = new Alone(context.log);
  context.paging.check((now) => findStalled(onCall, now));
  let pager: Loop | undefined;
  let feed: IncidentFeed | undefined;
  let sweeper: Loop | undefined;
  return {
    handlers: {
      ...incidentRoutes(incidents, () => feed?.poke()),
      ...detectionRoutes(context),
      ...runbooks.handlers,
      ...onCallRoutes(onCall),
      ...buyers.handlers,
    },
    endpoints: [alertIntake({ ...alerts, alertsToken: settings.alertsToken })],
    ...{ incidents, onCall },
    serve(io) {
      feed = serveIncidents({ io, context: incidents, log: context.log });
    },
    async start(now) {
      await emergency.refresh();
      await engine.start(now);
      sweeper = startLoop({
        name: "sweep-incidents",
        everyMs: sweepEveryMs,
        log: context.log,
        work: () => sweep(incidents),
      });
      void sweeper.poke();
      pager = startLoop({
        name: "page-people",
        everyMs: sweepEveryMs,
        log: context.log,
        work: async () => {
          await advanceDue(onCall, context.clock.now());
          await handOver(onCall, context.clock.now());
          return { more: false };
        },
      });
      void pager.poke();
      buyers.start();
    },
    tick(now) {
      void engine.tick(now);
      runbooks.tick(now);
      emergency.tick();
      if (Math.floor(now.getTime() / 1_000) % standbyEveryS === 0)
        void aside.run("reading who is on duty", () => emergency.refresh());
    },
    async close() {
      await engine.stop();
      await direct.settled();
      await aside.settled();
      await runbooks.close();
      await buyers.close();
      await pager?.stop();
      await sweeper?.stop();
      await feed?.stop();
    },
  };
}

/** So that whoever is woken by it knows. */
const asDrill = (title: Words): Words => ({
  "zh-CN": `【演练】${title["zh-CN"]}`,
  en: `[DRILL] ${title.en}`,
});

/** An incident's paging begins, pauses and ends in the transaction in which the incident does. */
function pagingHooks(
  onCall: () => OnCallContext,
  emergency: () => Emergency,
  drills: DrillDoor,
): Required<IncidentHooks> {
  const factsOf = async (sql: Sql, { id, level, title, drill }: IncidentRow) => ({
    ...{ incidentId: id, level, at: onCall().clock.now() },
    title: drill && (await drills.isTold(sql, id)) ? asDrill(title) : title,
  });
  return {
    async opened(sql, incident, run) {
      await drills.opened(sql, incident, run);
      const { rule, labels, startedAt } = incident;
      const { pager } = onCall();
      // Who was called while there was no database is not called for the same thing again.
      const page: Notify["page"] = async (sql, page) =>
        (rule === null
          ? null
          : await emergency().page(sql, page, { key: keyOf(rule, labels), since: startedAt })) ??
        (await pager.page(sql, page));
      const facts = await factsOf(sql, incident);
      return await startEscalation({ ...onCall(), pager: { ...pager, page } }, sql, facts);
    },
    levelChanged: async (sql, incident) => await changeLevel(onCall(), sql, await factsOf(sql, incident)),
    acknowledged: (sql, incident, by) => acknowledged(onCall(), sql, incident.id, by),
    ended: (sql, incident) => stopEscalation(sql, incident.id),
  };
}

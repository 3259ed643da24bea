import type { Scorecard } from "@orderwatch/shared/ops/drills.ts";
import type { Server } from "socket.io";
import { Alone } from "../live/alone.ts";
import type { Hub } from "../live/hub.ts";
import { shippedRules } from "../ops/detection/shipped-rules.ts";
import {
  advance,
  type DrillContext,
  DrillFigures,
  type FaultTargets,
  incidentsOf,
  planDue,
  type RunRow,
  readDrills,
  reapOrphans,
  revertKey,
} from "../ops/drills/actions.ts";
import { drillRoutes } from "../ops/drills/routes.ts";
import { type DrillFeed, serveDrills } from "../ops/drills/sockets.ts";
import {
  countOpen,
  declareBySystem,
  type IncidentContext,
  note,
  openAmong,
} from "../ops/incidents/actions.ts";
import type { OnCallContext } from "../ops/oncall/actions.ts";
import { namesOnDuty, pageDuty } from "../ops/oncall/duty-actions.ts";
import { readRunbooks } from "../ops/runbooks/actions.ts";
import type { Sql } from "../platform/db.ts";
import type { StockContext } from "../shop/stock/actions.ts";
import { createDrillDoor, type DrillDoor } from "./drill-door.ts";

/** Whatever was left behind is looked for at the start, and then so often, in seconds. */
const reapEveryS = 10;
const hourMs = 3_600_000;

/** Drills as a console runs them. */
export interface DrillDesk {
  handlers: ReturnType<typeof drillRoutes>;
  /** What incidents ask. */
  door: DrillDoor;
  serve(io: Server): void;
  /** What drills need of incidents and of who is on call, which themselves need the door. */
  connect(others: { incidents: IncidentContext; onCall: OnCallContext }): void;
  /** One second. */
  tick(now: Date): void;
  close(): Promise<void>;
}

export async function openDrillDesk(
  context: StockContext & {
    hub: Hub;
    targets: FaultTargets;
    isDemo: boolean;
    score: (run: RunRow) => Promise<Scorecard | null>;
    /** Shipped drills unless a test brings its own. */
    folder?: string | undefined;
  },
): Promise<DrillDesk> {
  const { clock, hub, log } = context;
  const figures = new DrillFigures();
  hub.onFrame((frame) => figures.take(frame));
  const runbooks = await readRunbooks();
  const rules = new Map(shippedRules.map(({ slug, level, runbook }) => [slug, { level, runbook }]));
  const library = await readDrills({ rules, runbooks: new Set(runbooks.keys()) }, context.folder);
  let others: { incidents: IncidentContext; onCall: OnCallContext } | undefined;
  const connected = () => {
    if (!others) throw new Error("drills are not connected yet");
    return others;
  };
  const drills: DrillContext = {
    ...context,
    ...{ figures, library },
    hooks: {
      countOpenIncidents: countOpen,
      openOf: openAmong,
      async lastHour(now) {
        const { points } = await hub.series(new Date(now.getTime() - hourMs), now);
        return points;
      },
      onDuty: () => namesOnDuty(connected().onCall),
      declareRevertFailed: (sql, run, title) =>
        declareBySystem(connected().incidents, sql, {
          ...{ key: revertKey(run.id), level: 1, title, runbook: null },
        }),
      announced: (sql, run, what) => announce(connected().onCall, sql, run, what),
      score: context.score,
    },
  };
  const alone = new Alone(log);
  let feed: DrillFeed | undefined;
  return {
    handlers: drillRoutes(drills, () => feed?.poke()),
    door: createDrillDoor(drills, tell),
    serve(io) {
      feed = serveDrills(io, drills);
    },
    connect(given) {
      others = given;
    },
    tick(now) {
      void alone.run("drills", async () => {
        await planDue(drills);
        await advance(drills);
        if (Math.floor(now.getTime() / 1_000) % reapEveryS === 0) await reapOrphans(drills);
      });
    },
    async close() {
      await alone.settled();
      await feed?.stop();
    },
  };

  /** Their timelines say what caused them, and whoever shows them looks anew. */
  async function tell(sql: Sql, run: RunRow, incidentIds: readonly string[]): Promise<void> {
    const { title } = run.document;
    const text = {
      "zh-CN": `这是演练「${title["zh-CN"]}」（第 ${run.number} 次）引起的`,
      en: `A drill caused this: ${title.en} (run ${run.number})`,
    };
    const entry = { type: "drill.told", text, facts: { run: run.id } };
    for (const id of incidentIds) await note(connected().incidents, sql, id, { ...entry, by: null });
  }

  /** Whoever is on duty hears of it; of a surprise only when it is over. */
  async function announce(
    onCall: OnCallContext,
    sql: Sql,
    run: RunRow,
    what: "begun" | "ended",
  ): Promise<void> {
    if (run.mode === "surprise" && what === "begun") return;
    if (run.mode === "surprise") await tell(sql, run, await incidentsOf(sql, run.id));
    const { title } = run.document;
    const words =
      what === "begun"
        ? {
            title: { "zh-CN": `演练开始：${title["zh-CN"]}`, en: `A drill begins: ${title.en}` },
            text: { "zh-CN": "请像真的一样处理。", en: "Please respond as if it were real." },
          }
        : {
            title: { "zh-CN": `演练结束：${title["zh-CN"]}`, en: `A drill is over: ${title.en}` },
            text: { "zh-CN": "打开评分卡看看哪里可以更快。", en: "Its scorecard says what could be faster." },
          };
    await pageDuty({ ...onCall, clock }, sql, {
      ...{ kind: "notice", ...words },
      ...{ link: `/drills/runs/${run.id}`, key: `drill:${run.id}:${what}` },
    });
  }
}

import type { Scorecard } from "@orderwatch/shared/ops/drills.ts";
import { may, roles } from "@orderwatch/shared/ops/roles.ts";
import type { Server } from "socket.io";
import { Alone } from "../live/alone.ts";
import type { Hub } from "../live/hub.ts";
import { shippedRules } from "../ops/detection/shipped-rules.ts";
import {
  type DrillContext,
  DrillFigures,
  type FaultTargets,
  incidentsOf,
  type RunRow,
  readDrills,
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
import { namesOnDuty, pageDuty, tellRoles } from "../ops/oncall/duty-actions.ts";
import { readRunbooks } from "../ops/runbooks/actions.ts";
import type { Sql } from "../platform/db.ts";
import { withdrawWithheld } from "../shop/status/update-actions.ts";
import type { StockContext } from "../shop/stock/actions.ts";
import { createDrillDoor, type DrillDoor } from "./drill-door.ts";
import { openDrillRounds } from "./drill-rounds.ts";

const hourMs = 3_600_000;
const mayApprove = roles.filter((role) => may(role, "drills.run"));

/** Drills as a console runs them. */
export interface DrillDesk {
  handlers: ReturnType<typeof drillRoutes>;
  /** What incidents ask. */
  door: DrillDoor;
  serve(io: Server): void;
  /** What drills need of incidents and of who is on call, which themselves need the door. */
  connect(others: { incidents: IncidentContext; onCall: OnCallContext }): void;
  /** One second. */
  tick(): void;
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
  const rules = new Map(shippedRules.map((rule) => [rule.slug, rule]));
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
  const rounds = openDrillRounds(drills);
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
    tick() {
      void alone.run("drills", () => rounds.second());
    },
    async close() {
      await alone.settled();
      await alone.run("leaving the drills to others", () => rounds.leave());
      await feed?.stop();
    },
  };

  /** Their timelines say what caused them, and whoever shows them looks anew. */
  async function tell(sql: Sql, run: RunRow, incidentIds: readonly string[]): Promise<void> {
    const { title } = run.document;
    // Of a surprise this is said when it is over.
    const isSurprise = run.mode === "surprise";
    const text = {
      "zh-CN": `这是演练「${title["zh-CN"]}」（第 ${run.number} 次）引起的${isSurprise ? "；期间对买家和公众说的话均未发出" : ""}`,
      en: `A drill caused this: ${title.en} (run ${run.number})${isSurprise ? "; nothing that was said to buyers or the public has left" : ""}`,
    };
    const entry = { type: "drill.told", text, facts: { run: run.id } };
    for (const id of incidentIds) await note(connected().incidents, sql, id, { ...entry, by: null });
  }

  /** Whoever is on duty hears of it; of a surprise only when it is over. */
  async function announce(
    onCall: OnCallContext,
    sql: Sql,
    run: RunRow,
    what: "awaited" | "begun" | "ended",
  ): Promise<void> {
    if (what === "awaited") return await askToApprove(onCall, sql, run);
    if (run.mode === "surprise" && what === "begun") return;
    if (run.mode === "surprise") {
      const ids = await incidentsOf(sql, run.id);
      await tell(sql, run, ids);
      for (const id of new Set(await withdrawWithheld(sql, ids)))
        await note(connected().incidents, sql, id, {
          ...{ type: "update.withdrawn", by: null },
          text: {
            "zh-CN": "这是演练，公众没有看到任何公告",
            en: "This was a drill: the public saw no update",
          },
        });
    }
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

  /** A schedule has planned what nobody may begin alone: whoever may approve it hears of it, wherever they are. */
  async function askToApprove(onCall: OnCallContext, sql: Sql, run: RunRow): Promise<void> {
    const { title } = run.document;
    const at = `${run.plannedFor.toISOString().slice(0, 16).replace("T", " ")} UTC`;
    await tellRoles(onCall, sql, mayApprove, {
      title: {
        "zh-CN": `演练待批准：${title["zh-CN"]}`,
        en: `A drill wants to be approved: ${title.en}`,
      },
      text: {
        "zh-CN": `按日程将于 ${at} 开始，需要 ${run.approvalsNeeded} 人批准，否则跳过。`,
        en: `Its schedule begins it at ${at}, if ${run.approvalsNeeded} people approve it; else it is skipped.`,
      },
      ...{ link: `/drills/runs/${run.id}`, key: `drill:${run.id}:awaited` },
    });
  }
}

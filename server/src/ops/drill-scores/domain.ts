import type { AlertLevel } from "@orderwatch/shared/ops/detection.ts";
import type { Expectations, Scorecard, ScoreLine, ScoreLineName } from "@orderwatch/shared/ops/drills.ts";
import type { Words } from "@orderwatch/shared/words.ts";

/** What is known of a run once it is over; times in seconds since the moment of injection, null when it never was. */
export interface ScoreFacts {
  expect: Expectations;
  /** The run's incidents, the first to open first. */
  incidents: readonly {
    rule: string | null;
    level: AlertLevel;
    openedS: number;
    acknowledgedS: number | null;
    firstStepS: number | null;
    mitigatedS: number | null;
    /** Runbooks of which a step was executed. */
    runbooks: readonly string[];
  }[];
  pages: { sent: number; delivered: number; firstDeliveredS: number | null };
  buyers: { touched: number; allowed: number; failed: number };
  /** Null when the rows could not be looked through. */
  violations: readonly { invariant: string; what: string; count: number }[] | null;
  /** Orders of the run's time whose delivery failed, and those of them with a ticket. */
  failedOrders: { count: number; withTicket: number };
  reverted: { faults: number; verified: number; hypothesisHolds: boolean };
  /** Codes of failure that moved while nobody noticed, the most frequent first. */
  moved: readonly string[];
}

/** What each line weighs when it applies; together 100. */
const weights: Record<ScoreLineName, number> = {
  detected: 20,
  right_rule: 8,
  right_level: 7,
  page_delivered: 10,
  acknowledged: 10,
  first_step: 10,
  right_runbook: 5,
  mitigated: 10,
  buyers_unaffected: 5,
  invariants: 10,
  ticket_handoff: 2,
  reverted: 3,
};

/** Full marks within the time, then less and less: none at three times as long. */
function inTime(tookS: number | null, withinS: number): number {
  if (tookS === null) return 0;
  if (tookS <= withinS) return 1;
  return Math.max(0, 1 - (tookS - withinS) / (2 * withinS));
}

const shown = (seconds: number) => Math.round(seconds * 10) / 10;

function timed(line: ScoreLineName, tookS: number | null, withinS: number): ScoreLine {
  const share = inTime(tookS, withinS);
  const took = tookS === null ? null : shown(tookS);
  const reason: Words =
    took === null
      ? { "zh-CN": `要求 ${withinS} 秒内，没有发生`, en: `Wanted within ${withinS} s; it never happened` }
      : {
          "zh-CN": `用时 ${took} 秒，要求 ${withinS} 秒内`,
          en: `Took ${took} s, wanted within ${withinS} s`,
        };
  return lineOf(line, share, { tookS: took, withinS }, reason);
}

function lineOf(line: ScoreLineName, share: number, facts: ScoreLine["facts"], reason: Words): ScoreLine {
  const ofPoints = weights[line];
  return { line, points: ofPoints * Math.min(1, Math.max(0, share)), ofPoints, facts, reason };
}

/** A line that says nothing of this run. */
const without = (line: ScoreLineName, reason: Words): ScoreLine => ({
  ...{ line, points: 0, ofPoints: 0, facts: {}, reason },
});

const first = <T>(values: readonly (T | null)[], least: (a: T, b: T) => T): T | null =>
  values.reduce<T | null>((best, value) => {
    if (value === null) return best;
    return best === null ? value : least(best, value);
  }, null);
const soonest = (values: readonly (number | null)[]) => first(values, Math.min);

/** Pure: the same facts make the same card. Never below 0 or above 100; a miss never makes it better. */
export function scorecardOf(facts: ScoreFacts): Scorecard {
  const { incidents, expect } = facts;
  const expected = incidents.find(({ rule }) => rule === expect.rule);
  const lines = [...machineLines(facts, expected), ...peopleLines(facts), ...harmLines(facts)];
  const of = lines.reduce((all, { ofPoints }) => all + ofPoints, 0);
  const points = lines.reduce((all, line) => all + line.points, 0);
  return {
    score: of === 0 ? 0 : Math.min(100, Math.max(0, (100 * points) / of)),
    lines,
    proposals: proposalsOf(facts, lines),
  };
}

/** What the machine did: notice, name, and reach somebody. */
function machineLines(facts: ScoreFacts, expected: ScoreFacts["incidents"][number] | undefined): ScoreLine[] {
  const { incidents, expect, pages } = facts;
  const rules = incidents.map(({ rule }) => rule ?? "-").join(", ");
  const level = expected?.level ?? incidents[0]?.level ?? null;
  return [
    timed("detected", soonest(incidents.map(({ openedS }) => openedS)), expect.detectedWithinS),
    lineOf(
      "right_rule",
      expected ? 1 : 0,
      { rule: expect.rule, found: rules || null },
      expected
        ? { "zh-CN": `${expect.rule} 发现了它`, en: `${expect.rule} saw it` }
        : {
            "zh-CN": `应由 ${expect.rule} 发现，实际：${rules || "没有"}`,
            en: `Wanted ${expect.rule}, found ${rules || "nothing"}`,
          },
    ),
    lineOf(
      "right_level",
      level === expect.level ? 1 : 0,
      { level, expected: expect.level },
      {
        "zh-CN": level === null ? "没有事故" : `${level} 级，应为 ${expect.level} 级`,
        en: level === null ? "No incident" : `Level ${level}, wanted level ${expect.level}`,
      },
    ),
    lineOf(
      "page_delivered",
      pages.sent === 0 ? 0 : pages.delivered > 0 ? 1 : 0,
      { sent: pages.sent, delivered: pages.delivered, firstDeliveredS: pages.firstDeliveredS },
      pages.delivered > 0
        ? {
            "zh-CN": `${pages.sent} 次呼叫，${pages.delivered} 次送达`,
            en: `${pages.delivered} of ${pages.sent} pages reached their person`,
          }
        : { "zh-CN": "没有一次呼叫送达", en: "No page reached anybody" },
    ),
  ];
}

/** What people did with it. */
function peopleLines({ incidents, expect }: ScoreFacts): ScoreLine[] {
  const acknowledgedS = soonest(incidents.map((incident) => incident.acknowledgedS));
  const firstStepS = soonest(incidents.map((incident) => incident.firstStepS));
  const used = [...new Set(incidents.flatMap(({ runbooks }) => runbooks))];
  const right = used.includes(expect.runbook);
  // Only when all of them are mitigated is it over.
  const mitigated = incidents.map(({ mitigatedS }) => mitigatedS);
  const mitigatedS =
    mitigated.length === 0 || mitigated.includes(null)
      ? null
      : Math.max(...mitigated.map((each) => each ?? 0));
  return [
    timed("acknowledged", acknowledgedS, expect.acknowledgedWithinS),
    timed("first_step", firstStepS, expect.mitigatedWithinS),
    lineOf(
      "right_runbook",
      right ? 1 : 0,
      { wanted: expect.runbook, used: used.join(", ") || null },
      right
        ? { "zh-CN": `执行了 ${expect.runbook}`, en: `${expect.runbook} was executed` }
        : {
            "zh-CN": `应执行 ${expect.runbook}，实际：${used.join("、") || "没有"}`,
            en: `Wanted ${expect.runbook}, executed: ${used.join(", ") || "none"}`,
          },
    ),
    timed("mitigated", mitigatedS, expect.mitigatedWithinS),
  ];
}

/** What it did to buyers and rows, and whether it is gone. */
function harmLines({ buyers, violations, failedOrders, reverted, expect }: ScoreFacts): ScoreLine[] {
  const beyond = Math.max(0, buyers.touched - buyers.allowed) + buyers.failed;
  const wrong = violations?.reduce((all, { count }) => all + count, 0) ?? null;
  const named = violations?.map(({ invariant }) => invariant).join(", ") ?? "";
  const isWhole = reverted.verified === reverted.faults && reverted.hypothesisHolds;
  return [
    lineOf(
      "buyers_unaffected",
      beyond === 0 ? 1 : 0,
      { ...buyers },
      beyond === 0
        ? { "zh-CN": "真实买家未受影响", en: "No real buyer was affected" }
        : {
            "zh-CN": `真实买家：触及 ${buyers.touched}（允许 ${buyers.allowed}），失败 ${buyers.failed}`,
            en: `Real buyers: ${buyers.touched} touched of ${buyers.allowed} allowed, ${buyers.failed} failed`,
          },
    ),
    lineOf(
      "invariants",
      wrong === 0 ? 1 : 0,
      { violations: wrong, invariants: named || null },
      wrong === 0
        ? { "zh-CN": "库存、资金、卡密全部一致", en: "Stock, money and codes all add up" }
        : wrong === null
          ? { "zh-CN": "无法检查", en: "They could not be looked through" }
          : { "zh-CN": `${wrong} 处不一致：${named}`, en: `${wrong} violations: ${named}` },
    ),
    expect.tickets && failedOrders.count > 0
      ? lineOf(
          "ticket_handoff",
          failedOrders.withTicket / failedOrders.count,
          { ...failedOrders },
          {
            "zh-CN": `${failedOrders.count} 个失败订单，${failedOrders.withTicket} 个有工单`,
            en: `${failedOrders.withTicket} of ${failedOrders.count} failed orders have their ticket`,
          },
        )
      : without("ticket_handoff", {
          "zh-CN": expect.tickets ? "没有失败的订单" : "本演练不涉及工单",
          en: expect.tickets ? "No order failed" : "This drill expects no tickets",
        }),
    lineOf(
      "reverted",
      isWhole ? 1 : 0,
      { ...reverted },
      isWhole
        ? { "zh-CN": "故障已恢复，假设重新成立", en: "Every fault is gone, and what is believed holds again" }
        : {
            "zh-CN": `${reverted.faults} 个故障中 ${reverted.verified} 个核实恢复`,
            en: `${reverted.verified} of ${reverted.faults} faults are verified as gone${reverted.hypothesisHolds ? "" : ", and what is believed does not hold"}`,
          },
    ),
  ];
}

function proposalsOf(facts: ScoreFacts, lines: readonly ScoreLine[]): Scorecard["proposals"] {
  const { expect, incidents, moved, pages } = facts;
  const full = (name: ScoreLineName) =>
    lines.some(({ line, points, ofPoints }) => line === name && points >= ofPoints);
  const proposals: Scorecard["proposals"] = [];
  if (incidents.length === 0) {
    const which = moved.slice(0, 3).join(", ");
    proposals.push({
      kind: "rule",
      text:
        which === ""
          ? {
              "zh-CN": `没有任何规则发现它，也没有失败计数变化：${expect.rule} 缺少可用的信号`,
              en: `No rule saw it, and no count of failures moved: ${expect.rule} lacks a signal`,
            }
          : {
              "zh-CN": `没有任何规则发现它，但这些计数变化了：${which}。请据此增加规则或降低 ${expect.rule} 的阈值`,
              en: `No rule saw it, yet these counts moved: ${which}. Add a rule on them, or lower ${expect.rule}`,
            },
    });
  } else if (!full("right_rule"))
    proposals.push({
      kind: "rule",
      text: {
        "zh-CN": `${expect.rule} 没有触发；检查它的窗口和阈值`,
        en: `${expect.rule} did not fire; look at its window and threshold`,
      },
    });
  else if (!full("detected"))
    proposals.push({
      kind: "rule",
      text: {
        "zh-CN": `${expect.rule} 触发太晚；缩短它的窗口`,
        en: `${expect.rule} fires too late; shorten its window`,
      },
    });
  if (pages.sent > 0 && pages.delivered === 0)
    proposals.push({
      kind: "people",
      text: {
        "zh-CN": "值班的人没有可送达的联系方式；请在“信箱”中验证",
        en: "Whoever is on duty could not be reached; have a way to reach them verified under Mailbox",
      },
    });
  if (incidents.length > 0 && !full("first_step"))
    proposals.push({
      kind: "runbook",
      text: {
        "zh-CN": `没有人及时执行手册的第一步；让 ${expect.runbook} 的第一步更短、更明确`,
        en: `Nobody executed a first step in time; make the first step of ${expect.runbook} shorter and clearer`,
      },
    });
  else if (incidents.length > 0 && !full("right_runbook"))
    proposals.push({
      kind: "runbook",
      text: {
        "zh-CN": `事故没有引向 ${expect.runbook}；把它写进规则`,
        en: `The incident did not lead to ${expect.runbook}; name it in the rule`,
      },
    });
  for (const violation of facts.violations ?? [])
    proposals.push({
      kind: "fix",
      text: {
        "zh-CN": `${violation.invariant} 被破坏 ${violation.count} 次：${violation.what}`,
        en: `${violation.invariant} was broken ${violation.count} times: ${violation.what}`,
      },
    });
  return proposals;
}

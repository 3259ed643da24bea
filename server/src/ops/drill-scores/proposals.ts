import type { Scorecard, ScoreLine, ScoreLineName } from "@orderwatch/shared/ops/drills.ts";
import type { ScoreFacts } from "./facts.ts";
import { mitigationOf } from "./mitigation.ts";

/** What was missing, one proposal for each miss. */
export function proposalsOf(facts: ScoreFacts, lines: readonly ScoreLine[]): Scorecard["proposals"] {
  const { expect, incidents, moved, pages, failedOrders } = facts;
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
  if (incidents.length > 0 && !full("acknowledged"))
    proposals.push({
      kind: "people",
      text: incidents.every(({ acknowledgedS }) => acknowledgedS === null)
        ? {
            "zh-CN": "没有人确认事故；检查值班表和升级策略",
            en: "Nobody acknowledged it; look at who was on duty and to whom it escalates",
          }
        : {
            "zh-CN": `确认得太晚（要求 ${expect.acknowledgedWithinS} 秒内）；让升级策略更早叫下一个人`,
            en: `It was acknowledged too late, wanted within ${expect.acknowledgedWithinS} s; have the next person called sooner`,
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
  if (incidents.length > 0 && !full("mitigated")) proposals.push(mitigationMissing(facts));
  if (expect.tickets && failedOrders.withTicket < failedOrders.count)
    proposals.push({
      kind: "fix",
      text: {
        "zh-CN": `${failedOrders.count - failedOrders.withTicket} 个失败订单没有工单`,
        en: `${failedOrders.count - failedOrders.withTicket} failed orders have no ticket`,
      },
    });
  if (expect.tickets && failedOrders.withTicket > 0 && failedOrders.taken === 0)
    proposals.push({
      kind: "people",
      text: {
        "zh-CN": "失败订单的工单没有人接手；检查客服当时谁在岗",
        en: "Nobody took over a ticket of the failed orders; look at who worked in support then",
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

function mitigationMissing(facts: ScoreFacts): Scorecard["proposals"][number] {
  const { runbook, mitigatedWithinS } = facts.expect;
  const { by } = mitigationOf(facts);
  if (by === "itself")
    return {
      kind: "runbook",
      text: {
        "zh-CN": `没有人做过能解除它的操作；在 ${runbook} 中写明该做哪一步`,
        en: `Nobody did what would have ended it; say in ${runbook} which step does`,
      },
    };
  return {
    kind: "runbook",
    text:
      by === "nobody"
        ? {
            "zh-CN": `${runbook} 没有解除它；补上能解除它的步骤`,
            en: `${runbook} did not end it; add the step that does`,
          }
        : {
            "zh-CN": `解除得太晚（要求 ${mitigatedWithinS} 秒内）；把 ${runbook} 中见效的步骤提前`,
            en: `It was mitigated too late, wanted within ${mitigatedWithinS} s; move the step of ${runbook} that works further up`,
          },
  };
}

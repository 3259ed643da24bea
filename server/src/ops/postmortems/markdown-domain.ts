/** A postmortem as Markdown: what people or rows put into it can be read, and never acts as markup. */
import type { DeadlineKind } from "@orderwatch/shared/ops/incidents.ts";
import type { Postmortem } from "@orderwatch/shared/ops/postmortems.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";

interface Labels {
  heading: (number: number) => string;
  level: string;
  states: Record<Postmortem["state"], string>;
  happened: string;
  impact: string;
  impactLine: (impact: Postmortem["impact"], money: (fen: number) => string) => string;
  times: string;
  rows: Record<"started" | "detected" | "acknowledged" | "mitigated" | "resolved", string>;
  took: string;
  targets: string;
  deadlines: Record<DeadlineKind, string>;
  met: string;
  missed: string;
  open: string;
  timeline: string;
  factors: string;
  actions: string;
  action: readonly [string, string, string, string];
  none: string;
}

const labels: Record<Language, Labels> = {
  en: {
    heading: (number) => `Postmortem of incident ${number}`,
    level: "Level",
    states: { draft: "draft", published: "published" },
    happened: "What happened",
    impact: "Impact",
    impactLine: ({ orders, amountFen, delivered, refunded, refundedFen, waived }, money) =>
      `${orders} orders of buyers, ${money(amountFen)} in all: ${delivered} delivered, ${refunded} refunded (${money(refundedFen)}), ${waived} waived.`,
    times: "Detection and response",
    rows: {
      started: "Began",
      detected: "Detected",
      acknowledged: "Acknowledged",
      mitigated: "Mitigated",
      resolved: "Resolved",
    },
    took: "took",
    targets: "Targets",
    deadlines: {
      plan_started: "Plan started",
      third_party_engaged: "Third party engaged",
      repaired: "Repaired",
      hotfix_live: "Hotfix live",
    },
    met: "met",
    missed: "missed",
    open: "open",
    timeline: "Timeline",
    factors: "Contributing factors",
    actions: "Actions",
    action: ["What", "Owner", "Due", "Done"],
    none: "None written yet.",
  },
  "zh-CN": {
    heading: (number) => `事故 ${number} 复盘`,
    level: "级别",
    states: { draft: "草稿", published: "已发布" },
    happened: "发生了什么",
    impact: "影响",
    impactLine: ({ orders, amountFen, delivered, refunded, refundedFen, waived }, money) =>
      `影响买家订单 ${orders} 笔，共 ${money(amountFen)}：已发货 ${delivered} 笔，已退款 ${refunded} 笔（${money(refundedFen)}），免处理 ${waived} 笔。`,
    times: "发现与响应",
    rows: { started: "开始", detected: "发现", acknowledged: "确认", mitigated: "缓解", resolved: "解决" },
    took: "用时",
    targets: "目标",
    deadlines: {
      plan_started: "启动预案",
      third_party_engaged: "联系第三方",
      repaired: "修复",
      hotfix_live: "热修复上线",
    },
    met: "达成",
    missed: "超时",
    open: "未完成",
    timeline: "时间线",
    factors: "促成因素",
    actions: "改进措施",
    action: ["事项", "负责人", "期限", "完成"],
    none: "尚未填写。",
  },
};

/** Control and markup characters of Markdown and HTML; a line break would end a list item or a table row. */
const asText = (text: string): string =>
  text.replace(/[\\`*_{}[\]<>#|~!]/g, "\\$&").replace(/\s*\r?\n\s*/g, " ");

const moneyOf = (fen: number): string =>
  `¥${Math.trunc(fen / 100)}.${String(Math.abs(fen % 100)).padStart(2, "0")}`;

/** `1 h 02 min 03 s`, without the parts that lead with nothing. */
export function durationOf(ms: number): string {
  const s = Math.round(ms / 1_000);
  const [hours, minutes, seconds] = [Math.floor(s / 3_600), Math.floor((s % 3_600) / 60), s % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  if (hours > 0) return `${hours} h ${two(minutes)} min ${two(seconds)} s`;
  return minutes > 0 ? `${minutes} min ${two(seconds)} s` : `${seconds} s`;
}

/** The whole document. Times are ISO 8601 in UTC. */
export function toMarkdown(postmortem: Omit<Postmortem, "markdown">, language: Language): string {
  const words = labels[language];
  const { times, deadlines, factors, actions, timeline } = postmortem;
  const said = (text: Words | string | null) =>
    text === null ? "" : asText(typeof text === "string" ? text : text[language]);
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const moment = (name: keyof Labels["rows"], at: string | null, ms: number | null) =>
    row([words.rows[name], at ?? "–", ms === null ? "–" : durationOf(ms)]);
  const orNone = (lines: string[]) => (lines.length > 0 ? lines : [words.none]);
  const fate = ({ metAt, missed }: (typeof deadlines)[number]) => {
    if (missed) return words.missed;
    return metAt === null ? words.open : words.met;
  };
  return [
    `# ${words.heading(postmortem.number)}: ${asText(postmortem.title[language])}`,
    "",
    `${words.level} ${postmortem.level} · ${words.states[postmortem.state]}`,
    "",
    `## ${words.happened}`,
    "",
    postmortem.summary === "" ? words.none : postmortem.summary.split(/\r?\n/).map(asText).join("\n"),
    "",
    `## ${words.impact}`,
    "",
    words.impactLine(postmortem.impact, moneyOf),
    "",
    `## ${words.times}`,
    "",
    row(["", "UTC", words.took]),
    row(["---", "---", "---"]),
    moment("started", times.startedAt, null),
    moment("detected", times.detectedAt, times.detectMs),
    moment("acknowledged", times.acknowledgedAt, times.acknowledgeMs),
    moment("mitigated", times.mitigatedAt, times.mitigateMs),
    moment("resolved", times.resolvedAt, times.resolveMs),
    "",
    `## ${words.targets}`,
    "",
    ...orNone(deadlines.map((each) => `- ${words.deadlines[each.kind]} (${each.dueAt}): ${fate(each)}`)),
    "",
    `## ${words.timeline}`,
    "",
    ...orNone(
      timeline.map(
        ({ at, type, by, text }) =>
          `- ${at} ${[by && `**${asText(by.name)}**`, `\`${type.replaceAll("`", "")}\``, said(text)].filter(Boolean).join(" ")}`,
      ),
    ),
    "",
    `## ${words.factors}`,
    "",
    ...orNone(factors.map((factor) => `- ${asText(factor)}`)),
    "",
    `## ${words.actions}`,
    "",
    ...(actions.length === 0
      ? [words.none]
      : [
          row(words.action),
          row(["---", "---", "---", "---"]),
          ...actions.map(({ what, owner, dueOn, done }) =>
            row([asText(what), asText(owner), dueOn, done ? "✓" : ""]),
          ),
        ]),
    "",
  ].join("\n");
}

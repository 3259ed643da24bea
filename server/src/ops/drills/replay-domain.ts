import type { Labels } from "@orderwatch/shared/ops/detection.ts";
import type { DrillFault } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Drill } from "@orderwatch/shared/ops/drills.ts";
import type { Words } from "@orderwatch/shared/words.ts";

/** An incident as it was measured. */
export interface PastIncident {
  number: number;
  title: Words;
  rule: string | null;
  labels: Labels;
  runbook: string | null;
  lastedS: number;
  /** Orders that failed, of those within its scope: 0 to 1; 0 also where nothing was counted. */
  failedShare: number;
  /** Orders of each minute of it that had any, counted from its start. */
  minutes: readonly { minute: number; placed: number }[];
  /** Orders a minute in the hour before it. */
  usualPerMinute: number;
  /** What was played, when it was a drill's own. */
  played: Drill | null;
}

const mostS = 600;
const leastS = 30;

/** Of rules that no drill expects: the drill whose fault fires them as well, or looks the same to whoever is called. */
const lookalikes: Readonly<Record<string, string>> = {
  "database-down": "database-lost-to-node",
  "orders-stopped": "all-nodes-killed",
  "orders-failing": "page-broken",
  "success-rate-burn": "page-broken",
  "success-rate-slow-burn": "page-broken",
  "latency-burn": "database-slow",
  "order-rate-drop": "order-rate-drop",
  "queue-lag": "queue-stuck",
  "paid-without-code": "queue-stuck",
  "ticket-burst": "supplier-down",
  "code-delivered-twice": "stock-mismatch",
};

/**
 * A past incident as a drill: the shipped drill whose fault brings such an incident about, with all that this drill knows
 * of companion alerts and of what can be expected, as long and as strong as the incident was measured, and with its crowd
 * minute by minute. Null when no shipped drill brings such an incident about.
 */
export function replayOf(incident: PastIncident, library: ReadonlyMap<string, Drill>): Drill | null {
  const model = incident.played ?? modelOf(incident, library);
  if (!model) return null;
  const { schedule: _, ...kept } = model;
  const surge = model.faults.some(({ kind }) => kind === "surge") ? null : surgeOf(incident);
  const isFull = model.faults.length >= 5;
  const { number, title } = incident;
  // No shorter than it takes to be noticed, or nobody could.
  const durationS = Math.max(leastS, model.expect.detectedWithinS, Math.round(incident.lastedS));
  const faults = model.faults.map((fault) => (incident.played ? fault : asMeasured(fault, incident)));
  return {
    ...kept,
    slug: `replay-${number}`,
    title: {
      "zh-CN": `重演事故 ${number}：${title["zh-CN"]}`,
      en: `Incident ${number} again: ${title.en}`,
    },
    belief: {
      "zh-CN": "同样的故障再来一次，会更快被发现、被处理。",
      en: "The same failure is seen and handled sooner than it was.",
    },
    faults: surge && !isFull ? [...faults, surge] : faults,
    targets: surge && !isFull ? withCrowd(model.targets, library) : model.targets,
    durationS: Math.min(mostS, durationS),
    afterS: Math.max(model.afterS, 600),
  };
}

/** The drill that expects this rule to notice it, else its lookalike. */
function modelOf({ rule, labels }: PastIncident, library: ReadonlyMap<string, Drill>): Drill | null {
  if (rule === null) return null;
  const expecting = [...library.values()].filter(({ expect }) => expect.rule === rule);
  const channel = labels.channel;
  const ofChannel = (drill: Drill) =>
    drill.faults.some((fault) => fault.kind === "payment" && fault.channel === channel);
  return (
    expecting.find(ofChannel) ??
    (channel === undefined ? expecting[0] : expecting.map((drill) => onChannel(drill, channel))[0]) ??
    library.get(lookalikes[rule] ?? "") ??
    null
  );
}

/** The same trouble of another payment company. */
function onChannel(drill: Drill, channel: string): Drill {
  if (channel !== "wechat" && channel !== "alipay") return drill;
  const faults = drill.faults.map(
    (fault): DrillFault => (fault.kind === "payment" ? { ...fault, channel } : fault),
  );
  const { rules, labels } = drill.targets;
  return { ...drill, faults, targets: { rules, labels: { ...labels, channel: [channel] } } };
}

/** A share as a fault can have it: never nothing, in steps of a twentieth. */
const rateOf = (share: number) => Math.min(1, Math.max(0.05, Math.round(share * 20) / 20));

/** As many fail as failed then, where that was counted. */
function asMeasured(fault: DrillFault, { failedShare }: PastIncident): DrillFault {
  if (failedShare === 0) return fault;
  if (fault.kind === "payment" || fault.kind === "supplier")
    return fault.errorRate === undefined ? fault : { ...fault, errorRate: rateOf(failedShare) };
  return fault;
}

/** A crowd of a fifth more is not worth mentioning; beyond twenty times nobody is helped. */
function surgeOf({
  minutes,
  usualPerMinute,
  lastedS,
}: PastIncident): Extract<DrillFault, { kind: "surge" }> | null {
  if (usualPerMinute <= 0) return null;
  const length = Math.max(1, Math.ceil(Math.min(lastedS, mostS) / 60));
  const byMinute = Array.from({ length }, (_, minute) => {
    const placed = minutes.find((each) => each.minute === minute)?.placed ?? 0;
    return Math.min(20, Math.max(1, Math.round((placed / usualPerMinute) * 10) / 10));
  });
  const factor = Math.max(...byMinute);
  return factor < 1.2 ? null : { kind: "surge", factor, byMinute };
}

/** What a crowd may set off beside it, as the shipped drill of a crowd has it. */
function withCrowd(targets: Drill["targets"], library: ReadonlyMap<string, Drill>): Drill["targets"] {
  const crowd = library.get("traffic-surge")?.targets ?? { rules: [], labels: {} };
  const names = new Set([...Object.keys(targets.labels), ...Object.keys(crowd.labels)]);
  const labels = [...names].map((name) => [
    name,
    [...new Set([...(targets.labels[name] ?? []), ...(crowd.labels[name] ?? [])])],
  ]);
  return { rules: [...new Set([...targets.rules, ...crowd.rules])], labels: Object.fromEntries(labels) };
}

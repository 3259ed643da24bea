import type { AlertLevel, Labels } from "@orderwatch/shared/ops/detection.ts";
import type { DrillFault } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Drill } from "@orderwatch/shared/ops/drills.ts";
import type { Words } from "@orderwatch/shared/words.ts";

/** An incident as it was measured. */
export interface PastIncident {
  number: number;
  title: Words;
  rule: string | null;
  labels: Labels;
  level: AlertLevel;
  runbook: string | null;
  lastedS: number;
  /** Orders that failed, of those within its scope: 0 to 1. */
  failedShare: number;
  /** Orders a second at its busiest minute, and in the hour before it. */
  peakRate: number;
  usualRate: number;
  /** When it was a drill's own, what that broke. */
  faults: readonly DrillFault[] | null;
}

/** A share as a fault can have it: never nothing, in steps of a twentieth. */
const rateOf = (share: number) => Math.min(1, Math.max(0.05, Math.round(share * 20) / 20));

/** What brings about such an incident; null where no fault of ours does. */
function faultOf({ rule, labels, failedShare }: PastIncident): DrillFault | null {
  const errorRate = rateOf(failedShare);
  const { channel } = labels;
  switch (rule) {
    case "payment-channel-failing":
      return channel === "wechat" || channel === "alipay" ? { kind: "payment", channel, errorRate } : null;
    case "supplier-failing":
    case "ticket-burst":
      return { kind: "supplier", errorRate };
    case "no-active-node":
    case "node-dead":
    case "orders-stopped":
      return { kind: "kill", node: "active" };
    case "orders-failing":
    case "success-rate-burn":
      return { kind: "full_queue", rate: errorRate };
    case "database-down":
      return { kind: "database", node: "active", errorRate: 1 };
    case "latency-burn":
      return { kind: "database", node: "active", latencyMs: { p50: 100, p99: 400 } };
    case "queue-lag":
    case "paid-without-code":
      return { kind: "queue", node: "any", dropRate: 1, latencyMs: { p50: 2_000, p99: 8_000 } };
    default:
      return null;
  }
}

/** A crowd of a fifth more is not worth mentioning; beyond twenty times nobody is helped. */
function surgeOf({ peakRate, usualRate }: PastIncident): DrillFault | null {
  if (usualRate <= 0) return null;
  const factor = Math.round((peakRate / usualRate) * 10) / 10;
  return factor < 1.2 ? null : { kind: "surge", factor: Math.min(20, factor) };
}

/** A past incident's faults and the height of its traffic as a drill; null when no fault of ours makes such an incident. */
export function replayOf(incident: PastIncident): Drill | null {
  const { rule, runbook, level, number, title, labels } = incident;
  if (rule === null || runbook === null) return null;
  const main = faultOf(incident);
  const faults = incident.faults ?? (main ? [main] : []);
  if (faults.length === 0) return null;
  const surge = faults.some(({ kind }) => kind === "surge") ? null : surgeOf(incident);
  const durationS = Math.min(600, Math.max(30, Math.round(incident.lastedS)));
  const values = Object.entries(labels).map(([name, value]) => [name, [name === "node" ? "$node" : value]]);
  return {
    slug: `replay-${number}`,
    title: {
      "zh-CN": `重演事故 ${number}：${title["zh-CN"]}`,
      en: `Incident ${number} again: ${title.en}`,
    },
    belief: {
      "zh-CN": "同样的故障再来一次，会更快被发现、被处理。",
      en: "The same failure is seen and handled sooner than it was.",
    },
    hypothesis: [
      { figure: "success_rate", atLeast: 0.95 },
      { figure: "active_nodes", atLeast: 1 },
    ],
    faults: [...faults, ...(surge ? [surge] : [])],
    radius: { traffic: "synthetic", percent: 100, orders: 20_000, buyers: 0 },
    targets: { rules: [rule], labels: Object.fromEntries(values) },
    stop: [
      { figure: "active_nodes", below: 1, forS: 30 },
      { figure: "buyers_failed", above: 20, forS: 0 },
    ],
    durationS,
    afterS: 600,
    expect: {
      ...{ rule, level, runbook, tickets: false },
      ...{ detectedWithinS: Math.min(30, durationS), acknowledgedWithinS: 120, mitigatedWithinS: 480 },
    },
  };
}

import type { AlertLevel, Labels } from "@orderwatch/shared/ops/detection.ts";
import type { DeadlineKind, IncidentState, OrderOutcome } from "@orderwatch/shared/ops/incidents.ts";
import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";

/** An incident moves along these arrows only, and ends once: an ended one is never open again. */
export const transitions = {
  detected: ["acknowledged", "mitigating", "monitoring", "resolved", "false_alarm", "merged"],
  acknowledged: ["mitigating", "monitoring", "resolved", "false_alarm", "merged"],
  mitigating: ["monitoring", "resolved", "false_alarm", "merged"],
  monitoring: ["mitigating", "resolved", "false_alarm", "merged"],
  resolved: ["reviewed"],
  reviewed: [],
  merged: [],
  false_alarm: [],
} as const satisfies Record<IncidentState, readonly IncidentState[]>;

export function canMove(from: IncidentState, to: IncidentState): boolean {
  return (transitions[from] as readonly IncidentState[]).includes(to);
}

export const openStates = ["detected", "acknowledged", "mitigating", "monitoring"] as const;

export function isOpen(state: IncidentState): boolean {
  return (openStates as readonly IncidentState[]).includes(state);
}

/** Where a person may move it; merging has a door of its own. */
export function movesOf(state: IncidentState): IncidentState[] {
  return transitions[state].filter((to) => to !== "merged");
}

/** Moves after which nobody looks at it any more, refused while money is unaccounted for. */
export function closes(to: IncidentState): boolean {
  return to === "resolved" || to === "reviewed" || to === "false_alarm";
}

const minuteMs = 60_000;

/** What each level has to have done, and how soon. */
export const deadlineRules: Record<AlertLevel, readonly { kind: DeadlineKind; withinMs: number }[]> = {
  1: [{ kind: "plan_started", withinMs: 10 * minuteMs }],
  2: [
    { kind: "third_party_engaged", withinMs: 30 * minuteMs },
    { kind: "repaired", withinMs: 30 * minuteMs },
  ],
  3: [{ kind: "hotfix_live", withinMs: 120 * minuteMs }],
};

export interface LevelChange {
  at: Date;
  level: AlertLevel;
}

export interface DueDeadline {
  kind: DeadlineKind;
  level: AlertLevel;
  dueAt: Date;
  /** False for a level that it no longer has. */
  active: boolean;
}

/**
 * The clocks of an incident with this history of levels, oldest first. A level's clock starts when the incident first has
 * that level, so changing there and back wins no time.
 */
export function deadlinesOf(history: readonly LevelChange[]): DueDeadline[] {
  const current = history.at(-1)?.level;
  const first = new Map<AlertLevel, Date>();
  for (const { at, level } of history) if (!first.has(level)) first.set(level, at);
  return [...first].flatMap(([level, since]) =>
    deadlineRules[level].map(({ kind, withinMs }) => ({
      kind,
      level,
      dueAt: new Date(since.getTime() + withinMs),
      active: level === current,
    })),
  );
}

/** What has happened to an incident, as far as deadlines ask for it. */
export interface Milestones {
  planStartedAt: Date | null;
  thirdPartyEngagedAt: Date | null;
  mitigatedAt: Date | null;
  resolvedAt: Date | null;
}

/** When a deadline was met; null while it was not. What ended without it has met it: there is nothing left to do. */
export function metAt(kind: DeadlineKind, incident: Milestones): Date | null {
  const repaired = incident.mitigatedAt ?? incident.resolvedAt;
  switch (kind) {
    case "plan_started":
      return incident.planStartedAt ?? incident.resolvedAt;
    case "third_party_engaged":
      return incident.thirdPartyEngagedAt ?? repaired;
    case "repaired":
    case "hotfix_live":
      return repaired;
  }
}

/**
 * Which orders an incident affects: events of its time with these failure codes (as prefixes), and orders that were paid
 * then and waited longer than `stuckAfterS` for delivery; that is ten seconds or more, as the index of late orders has it.
 */
export interface Scope {
  failures: string[];
  stuckAfterS: number | null;
  channel?: string;
  sku?: string;
}

const everything: Scope = { failures: ["payment.", "delivery."], stuckAfterS: 60 };
const scopes: Record<string, Scope> = {
  "payment-channel-failing": { failures: ["payment."], stuckAfterS: null },
  "supplier-failing": { failures: ["delivery."], stuckAfterS: 60 },
  "queue-lag": { failures: [], stuckAfterS: 60 },
  "paid-without-code": { failures: ["delivery."], stuckAfterS: 60 },
  "stock-mismatch": { failures: ["delivery."], stuckAfterS: 60 },
  "code-delivered-twice": { failures: ["delivery."], stuckAfterS: 60 },
  "page-errors": { failures: [], stuckAfterS: null },
  attack: { failures: [], stuckAfterS: null },
};

/** The scope of a rule's incident; one that nobody has thought of counts all that failed. */
export function scopeOf(rule: string | null, labels: Labels): Scope {
  const { channel, sku } = labels;
  return {
    ...((rule !== null && scopes[rule]) || everything),
    ...(channel === undefined ? {} : { channel }),
    ...(sku === undefined ? {} : { sku }),
  };
}

/** Labels that tell one machine of many: the same trouble on another of them is the same incident. */
const anyOf = new Set(["node", "instance", "pod", "replica", "sku", "job", "severity", "level"]);

/**
 * What keeps incidents apart: the rule, labels other than which of many equals it struck, and the drill's run that caused
 * it, if one did: what is real would vanish in a drill's incident.
 */
export function groupKey(rule: string, labels: Labels, run: string | null): string {
  const apart = Object.entries(labels)
    .filter(([name]) => !anyOf.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([rule, ...apart, ...(run === null ? [] : [{ run }])]);
}

/** An incident whose alerts have all ended stays open for so long: what comes back within is the same. */
export const healQuietMs = 15_000;

/** What becomes of an incident whose last alert has ended. Only one that nobody has touched resolves by itself. */
export function afterHealing(
  incident: { state: IncidentState; healedAt: Date | null; unsettled: number },
  now: Date,
): "resolve" | "monitor" | "wait" {
  if (incident.healedAt === null) return "wait";
  if (incident.state === "acknowledged" || incident.state === "mitigating") return "monitor";
  const quiet = now.getTime() - incident.healedAt.getTime() >= healQuietMs;
  return incident.state === "detected" && quiet && incident.unsettled === 0 ? "resolve" : "wait";
}

/** What became of an affected order. Money that has come and is not settled is unreconciled, however busy the shop is with it. */
export function outcomeOf(status: OrderStatus, waived: boolean): OrderOutcome {
  switch (status) {
    case "delivered":
    case "refunded":
      return status;
    case "cancelled":
    case "expired":
      return "unpaid";
    case "awaiting_payment":
      return waived ? "waived" : "waiting";
    case "refunding":
    case "delivering":
    case "paid":
    case "under_review":
    case "delivery_failed":
      return waived ? "waived" : "unreconciled";
  }
}

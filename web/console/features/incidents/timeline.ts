import type { TimelineEntry } from "@orderwatch/shared/ops/incidents.ts";
import type { Level } from "../../../ui/status.tsx";

/** What the timeline can be narrowed to. */
export const timelineKinds = ["state", "people", "actions", "signals", "notes"] as const;
export type TimelineKind = (typeof timelineKinds)[number];

/** Beginnings of entries' types, by what they are to a reader; what none claims is part of the course. */
const beginnings: Readonly<Record<Exclude<TimelineKind, "state">, readonly string[]>> = {
  people: ["page", "pages", "role", "escalation", "oncall", "notification"],
  actions: ["runbook", "step", "plan", "order", "orders", "lever", "buyers", "update", "status"],
  signals: ["alert", "deadline", "figures"],
  notes: ["note", "correction"],
};

const nounOf = (type: string): string => type.split(".")[0] ?? type;

export function kindOf({ type }: Pick<TimelineEntry, "type">): TimelineKind {
  const noun = nounOf(type);
  for (const kind of ["people", "actions", "signals", "notes"] as const)
    if (beginnings[kind].includes(noun)) return kind;
  return "state";
}

/** The shape and colour beside an entry: what went wrong stands out, what went well is calm. */
export function levelOfEntry({ type, facts }: Pick<TimelineEntry, "type" | "facts">): Level {
  if (type === "state.changed") return facts.to === "false_alarm" ? "quiet" : "ok";
  if (/(missed|exhausted|failed|opened|declared|unacknowledged|fired|unreached)$/.test(type)) return "bad";
  if (/(reverted|level.changed|joined|worse|waived)$/.test(type)) return "warn";
  if (/(resolved|confirmed|acknowledged|delivered|started|met|healed|reviewed)$/.test(type)) return "ok";
  return kindOf({ type }) === "notes" ? "quiet" : "info";
}

export interface ShownEntry {
  entry: TimelineEntry;
  /** The newest correction of this entry; both stay readable. */
  correction: TimelineEntry | null;
}

/** Newest first, narrowed to one kind; an entry knows what was corrected about it, and a correction stands by itself too. */
export function shownEntries(timeline: readonly TimelineEntry[], kind: TimelineKind | "all"): ShownEntry[] {
  const corrections = new Map<string, TimelineEntry>();
  for (const entry of timeline) if (entry.corrects !== null) corrections.set(entry.corrects, entry);
  return timeline
    .filter((entry) => kind === "all" || kindOf(entry) === kind)
    .map((entry) => ({ entry, correction: corrections.get(entry.id) ?? null }))
    .reverse();
}

/** How many entries of each kind there are. */
export function countKinds(timeline: readonly TimelineEntry[]): Record<TimelineKind | "all", number> {
  const counts = { all: timeline.length, state: 0, people: 0, actions: 0, signals: 0, notes: 0 };
  for (const entry of timeline) counts[kindOf(entry)] += 1;
  return counts;
}

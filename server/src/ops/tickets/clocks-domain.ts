import type { PolicySnapshot, SupportTargets } from "@orderwatch/shared/ops/ticket-team.ts";
import {
  type TicketClockKind,
  type TicketPriority,
  type TicketState,
  ticketClockKinds,
} from "@orderwatch/shared/ops/tickets.ts";
import { addWorkingTime, workingTimeBetween } from "./calendar.ts";

/** From when to when a ticket was in a state, and whether somebody waited for an answer; null: until now. */
export interface Interval {
  since: Date;
  until: Date | null;
  state: TicketState;
  unanswered: boolean;
}

export interface TicketDeadline {
  kind: TicketClockKind;
  /** Null while it pauses with time left. */
  dueAt: Date | null;
  /** Working time that is left while it pauses, in ms. */
  leftMs: number | null;
  metAt: Date | null;
}

/**
 * In which states each clock runs. Answers are owed whenever somebody waits for one, whoever works on it; solving it is
 * not held against us while it is the buyer's turn.
 */
export const runsIn = {
  first_response: ["new", "open", "waiting_engineering"],
  next_response: ["new", "open", "waiting_engineering"],
  resolution: ["new", "open", "waiting_engineering"],
} as const satisfies Record<TicketClockKind, readonly TicketState[]>;

const runs = (kind: TicketClockKind, { state, unanswered }: Interval): boolean =>
  (runsIn[kind] as readonly TicketState[]).includes(state) && (kind === "resolution" || unanswered);

const targetOf: Record<TicketClockKind, (targets: SupportTargets) => number> = {
  first_response: ({ firstResponseMin }) => firstResponseMin * 60_000,
  next_response: ({ nextResponseMin }) => nextResponseMin * 60_000,
  resolution: ({ resolutionMin }) => resolutionMin * 60_000,
};

interface Stretch {
  since: Date;
  until: Date | null;
}

/** Intervals in which a clock ran; those that follow each other are one stretch, however short what lies between others is. */
function stretchesOf(kind: TicketClockKind, intervals: readonly Interval[]): Stretch[] {
  const stretches: Stretch[] = [];
  let ran = false;
  for (const interval of intervals) {
    const last = stretches.at(-1);
    const running = runs(kind, interval);
    if (running && ran && last) last.until = interval.until;
    else if (running) stretches.push({ since: interval.since, until: interval.until });
    ran = running;
  }
  return stretches;
}

/** What each clock goes by: the stretches in which it ran, and when it was met. Null before it has begun. */
function measured(
  kind: TicketClockKind,
  intervals: readonly Interval[],
): { stretches: Stretch[]; metAt: Date | null } | null {
  const stretches = stretchesOf(kind, intervals);
  if (kind === "resolution") return { stretches, metAt: endedSince(intervals) };
  // The first wait is the first response's; of all that came after, the latest is the next response's.
  const wait = kind === "first_response" ? stretches[0] : stretches.slice(1).at(-1);
  return wait ? { stretches: [wait], metAt: wait.until } : null;
}

/** Since when it is resolved or closed; null while it is not. */
function endedSince(intervals: readonly Interval[]): Date | null {
  const isEnded = ({ state }: Interval) => state === "resolved" || state === "closed";
  const first = intervals.findLastIndex((interval) => !isEnded(interval)) + 1;
  return intervals[first]?.since ?? null;
}

/**
 * A ticket's deadlines: a pure function of its policy, priority and history, oldest interval first. Only working time of
 * the policy's calendar counts, and only while the clock runs. A clock that was met shows what it would have been due at.
 */
export function deadlinesOf(
  policy: Pick<PolicySnapshot, "targets" | "calendar">,
  priority: TicketPriority,
  intervals: readonly Interval[],
): TicketDeadline[] {
  const targets = policy.targets[priority - 1];
  if (!targets) throw new Error(`a policy without targets for priority ${priority}`);
  return ticketClockKinds.flatMap((kind) => {
    const history = measured(kind, intervals);
    if (!history) return [];
    const { stretches, metAt } = history;
    const due = dueIn(policy, stretches, targetOf[kind](targets), metAt !== null);
    return [{ kind, ...due, metAt }];
  });
}

function dueIn(
  { calendar }: Pick<PolicySnapshot, "calendar">,
  stretches: readonly Stretch[],
  targetMs: number,
  isMet: boolean,
): { dueAt: Date | null; leftMs: number | null } {
  let leftMs = targetMs;
  for (const [index, { since, until }] of stretches.entries()) {
    const due = addWorkingTime(calendar, since.getTime(), leftMs);
    const isOpen = until === null || (isMet && index === stretches.length - 1);
    if (due !== null && (isOpen || due <= until.getTime())) return { dueAt: new Date(due), leftMs: null };
    if (until !== null) leftMs -= workingTimeBetween(calendar, since.getTime(), until.getTime());
  }
  return { dueAt: null, leftMs };
}

/** Of two tickets at one moment, what the merged one was: the state that is further from an end. */
const liveliest = ["open", "waiting_engineering", "new", "waiting_buyer", "resolved", "closed"] as const;

/**
 * The history of two tickets that become one: at each moment whoever still waited, waited. So what was merged is due no
 * later than either was, and no answer to the one counts for the other.
 */
export function mergeHistories(one: readonly Interval[], other: readonly Interval[]): Interval[] {
  const at = (moment: number) => (interval: Interval) =>
    interval.since.getTime() <= moment && (interval.until === null || moment < interval.until.getTime());
  const moments = [...one, ...other].flatMap(({ since, until }) => [since, ...(until ? [until] : [])]);
  const bounds = [...new Set(moments.map((moment) => moment.getTime()))].sort((a, b) => a - b);
  return bounds.flatMap((bound, index) => {
    const both = [one.find(at(bound)), other.find(at(bound))].filter((found) => found !== undefined);
    const state = liveliest.find((name) => both.some((found) => found.state === name));
    const next = bounds[index + 1];
    if (state === undefined) return [];
    return [
      {
        ...{ since: new Date(bound), until: next === undefined ? null : new Date(next) },
        ...{ state, unanswered: both.some((found) => found.unanswered) },
      },
    ];
  });
}

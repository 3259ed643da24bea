import { unboundedFaults } from "@orderwatch/shared/ops/drill-fault-kinds.ts";
import type { Level } from "../../../ui/status.tsx";
import type { DrillItem, Fault, Run, RunSummary } from "./queries.ts";

/** The steps of a run as a person follows them. */
export const steps = [
  "checking",
  "injecting",
  "running",
  "reverting",
  "verifying",
  "settling",
  "scored",
] as const;

export type StepLook = "done" | "now" | "open" | "left";

/** How each step stands: one that ended early leaves out what it never came to. */
export function stepLooks({
  state,
  ending,
  injectedAt,
}: Pick<Run, "state" | "ending" | "injectedAt">): StepLook[] {
  const at = (steps as readonly string[]).indexOf(state);
  if (state === "scored") return steps.map(() => "done");
  if (at >= 0)
    return steps.map((_, index) => {
      if (index < at) return ending !== null && index === 2 && injectedAt === null ? "left" : "done";
      if (index === at) return "now";
      return ending !== null && index > 4 ? "left" : "open";
    });
  return steps.map(() => (state === "aborted" || state === "skipped" ? "left" : "open"));
}

/** Whether a run goes on still. */
export const isUnderWay = ({ state }: Pick<RunSummary, "state">): boolean =>
  steps.some((step) => step === state && step !== "scored");

export function levelOf({ state, ending }: Pick<RunSummary, "state" | "ending">): Level {
  if (state === "scored") return "ok";
  if (ending?.kind === "revert_failed") return "bad";
  if (state === "aborted" || state === "reverting") return "warn";
  if (state === "skipped") return "quiet";
  return "info";
}

/** How good a score is: enough, to be worked on, or poor. */
export const scoreLevel = (score: number): Level => (score >= 90 ? "ok" : score >= 70 ? "warn" : "bad");

export const touchesEverybody = (faults: readonly Fault[]): boolean =>
  faults.some(({ kind }) => (unboundedFaults as readonly string[]).includes(kind));

/** Days of the coming weeks with what is planned on each, Monday first; `today` is the local day. */
export function calendarOf(
  items: readonly DrillItem[],
  today: Date,
  weeks: number,
): { day: Date; planned: DrillItem[] }[] {
  const first = new Date(today);
  first.setHours(0, 0, 0, 0);
  first.setDate(first.getDate() - ((first.getDay() + 6) % 7));
  return Array.from({ length: weeks * 7 }, (_, index) => {
    const day = new Date(first);
    day.setDate(first.getDate() + index);
    const end = new Date(day);
    end.setDate(day.getDate() + 1);
    return {
      day,
      planned: items.filter(
        ({ scheduled, upcoming }) =>
          scheduled &&
          upcoming.some((at) => Date.parse(at) >= day.getTime() && Date.parse(at) < end.getTime()),
      ),
    };
  });
}

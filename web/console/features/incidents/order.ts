import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { nextDeadline } from "./countdown.ts";

const dueOf = ({ deadlines }: Pick<Incident, "deadlines">): number => {
  const next = nextDeadline(deadlines);
  return next === null ? Number.POSITIVE_INFINITY : Date.parse(next.dueAt);
};

/** Open incidents, the one to look at first: by level, then nobody on it, then the deadline due first. */
export function byUrgency<Each extends Pick<Incident, "level" | "state" | "deadlines" | "openedAt">>(
  incidents: readonly Each[],
): Each[] {
  const waits = ({ state }: Each) => (state === "detected" ? 0 : 1);
  return [...incidents].sort(
    (a, b) =>
      a.level - b.level ||
      waits(a) - waits(b) ||
      // Two without a deadline: infinity minus infinity is not a number.
      (dueOf(a) === dueOf(b) ? 0 : dueOf(a) - dueOf(b)) ||
      Date.parse(b.openedAt) - Date.parse(a.openedAt),
  );
}

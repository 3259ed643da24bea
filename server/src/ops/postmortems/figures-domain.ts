/**
 * Response figures are functions of incidents' moments alone: who corrects a moment corrects the figures. Drills, duplicates,
 * false alarms and trouble that no buyer met are left out. After "Site Reliability Engineering" (O'Reilly), chapter 3.
 */
import type { AlertLevel } from "@orderwatch/shared/ops/detection.ts";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import type { LevelFigures, PostmortemTimes, ResponseFigure } from "@orderwatch/shared/ops/postmortems.ts";

type Moments = Pick<Incident, "startedAt" | "detectedAt" | "acknowledgedAt" | "mitigatedAt" | "resolvedAt">;

export type FigureIncident = Moments &
  Pick<Incident, "level" | "state" | "drill" | "deadlines"> & {
    affected: Pick<Incident["affected"], "total" | "simulated">;
  };

const levels: readonly AlertLevel[] = [1, 2, 3];

/** Whether an incident says something about how buyers were served. */
export function counts({ drill, state, affected }: FigureIncident): boolean {
  if (drill || state === "merged" || state === "false_alarm") return false;
  return affected.total > 0 || affected.simulated === 0;
}

/** Durations in ms; null while one of the two moments is missing. A moment before its beginning counts as 0. */
export function timesOf(incident: Moments): PostmortemTimes {
  const { startedAt, detectedAt, acknowledgedAt, mitigatedAt, resolvedAt } = incident;
  const since = (from: string, to: string | null) =>
    to === null ? null : Math.max(0, Date.parse(to) - Date.parse(from));
  return {
    ...{ startedAt, detectedAt, acknowledgedAt, mitigatedAt, resolvedAt },
    detectMs: since(startedAt, detectedAt) ?? 0,
    acknowledgeMs: since(detectedAt, acknowledgedAt),
    mitigateMs: since(detectedAt, mitigatedAt ?? resolvedAt),
    resolveMs: since(detectedAt, resolvedAt),
  };
}

/** Per level, of the incidents that count; `excluded` is how many did not. */
export function figuresOf(incidents: readonly FigureIncident[]): {
  levels: LevelFigures[];
  excluded: number;
} {
  const counted = incidents.filter(counts);
  return {
    excluded: incidents.length - counted.length,
    levels: levels.map((level) => {
      const ofLevel = counted.filter((incident) => incident.level === level);
      const times = ofLevel.map(timesOf);
      const deadlines = ofLevel.flatMap((incident) => incident.deadlines);
      return {
        level,
        incidents: ofLevel.length,
        mttd: figureOf(times.map(({ detectMs }) => detectMs)),
        mtta: figureOf(times.map(({ acknowledgeMs }) => acknowledgeMs)),
        mttm: figureOf(times.map(({ mitigateMs }) => mitigateMs)),
        mttr: figureOf(times.map(({ resolveMs }) => resolveMs)),
        deadlines: {
          met: deadlines.filter(({ metAt, missed }) => metAt !== null && !missed).length,
          missed: deadlines.filter(({ missed }) => missed).length,
        },
      };
    }),
  };
}

function figureOf(durations: readonly (number | null)[]): ResponseFigure {
  const known = durations.filter((ms) => ms !== null).toSorted((a, b) => a - b);
  const middle = known.slice(Math.floor((known.length - 1) / 2), Math.floor(known.length / 2) + 1);
  return { count: known.length, meanMs: meanOf(known), medianMs: meanOf(middle) };
}

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

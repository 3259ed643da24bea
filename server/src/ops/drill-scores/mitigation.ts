import type { IncidentFacts, ScoreFacts } from "./facts.ts";

/** By whom or what a run's incidents were mitigated, and when; all of them, or it is not over. */
export type Mitigation =
  | { by: "machines" | "people"; atS: number }
  /** They healed because the fault was taken back, which no real failure does for anybody. */
  | { by: "itself"; atS: number }
  | { by: "nobody" };

/**
 * What is over while its fault is still out was mitigated, by machines if not by people. What is over only afterwards was
 * mitigated if a person had acted on the shop before, for any of the run's incidents, or said so before its alerts ended.
 */
export function mitigationOf({
  incidents,
  revertedS,
}: Pick<ScoreFacts, "incidents" | "revertedS">): Mitigation {
  const over = incidents.flatMap((incident) =>
    incident.mitigatedS === null ? [] : [{ ...incident, mitigatedS: incident.mitigatedS }],
  );
  if (over.length === 0 || over.length < incidents.length) return { by: "nobody" };
  const actedS = Math.min(...incidents.map((incident) => incident.actedS ?? Number.POSITIVE_INFINITY));
  const isLate = (atS: number) => revertedS !== null && atS >= revertedS;
  const hasPeople = ({ mitigatedS, saidS }: IncidentFacts) =>
    mitigatedS !== null && (actedS <= mitigatedS || (saidS !== null && saidS <= mitigatedS));
  // One that opened with the fault gone leaves nothing to do; unless it is all that there was to see of it.
  const early = over.filter(({ openedS }) => !isLate(openedS));
  const judged = early.length > 0 ? early : over;
  const atS = Math.max(...over.map(({ mitigatedS }) => mitigatedS));
  if (judged.some((incident) => isLate(incident.mitigatedS) && !hasPeople(incident)))
    return { by: "itself", atS };
  return { by: judged.some(hasPeople) ? "people" : "machines", atS };
}

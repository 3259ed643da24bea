import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { ReplyOf } from "@orderwatch/shared/route.ts";
import type { Words } from "@orderwatch/shared/words.ts";

type Incident = Pick<
  ReplyOf<OpsRoutes["listIncidents"]>["items"][number],
  "id" | "number" | "title" | "drill" | "openedAt"
>;
type Run = Pick<
  ReplyOf<OpsRoutes["listDrillRuns"]>["items"][number],
  "id" | "title" | "mode" | "startedAt" | "endedAt"
>;

/** Something that happened, on a chart's time axis. */
export interface Mark {
  key: string;
  kind: "incident" | "drill";
  /** ms since 1970. */
  at: number;
  title: Words;
  /** An incident's. */
  number: number | null;
}

/**
 * When incidents opened and drills began, oldest first. An incident that a drill caused is no mark of its own, and a surprise
 * shows only once it is over.
 */
export function marksOf(incidents: readonly Incident[], runs: readonly Run[]): Mark[] {
  const marks: Mark[] = [];
  for (const { id, number, title, drill, openedAt } of incidents)
    if (!drill) marks.push({ key: id, kind: "incident", at: Date.parse(openedAt), title, number });
  for (const { id, title, mode, startedAt, endedAt } of runs)
    if (startedAt !== null && (mode !== "surprise" || endedAt !== null))
      marks.push({ key: id, kind: "drill", at: Date.parse(startedAt), title, number: null });
  return marks.sort((a, b) => a.at - b.at);
}

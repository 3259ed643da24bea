import { memoryS } from "../ops/detection/conditions-domain.ts";
import { readRules } from "../ops/detection/rules-actions.ts";
import { type DrillContext, incidentOpened, type RunRow, runOfAlert } from "../ops/drills/actions.ts";
import { type IncidentRow, passesForReal } from "../ops/incidents/actions.ts";
import type { Sql } from "../platform/db.ts";

interface Fired {
  rule: string;
  labels: Record<string, string>;
}

/** What incidents ask drills, in the transaction in which it happens. */
export interface DrillDoor {
  /** The run that caused an alert on purpose; null for a real one. */
  runOf(sql: Sql, alert: Fired): Promise<string | null>;
  opened(sql: Sql, incident: IncidentRow, run: string | null): Promise<void>;
  /** Whether pages of a drill's incident say so. */
  isTold(sql: Sql, incidentId: string): Promise<boolean>;
}

/** `tell` says in timelines what caused them. */
export function createDrillDoor(
  context: Pick<DrillContext, "clock" | "hooks">,
  tell: (sql: Sql, run: RunRow, incidentIds: readonly string[]) => Promise<void>,
): DrillDoor {
  return {
    async runOf(sql, { rule: slug, labels }) {
      const rule = (await readRules(sql)).find((each) => each.slug === slug);
      // What another system raised has no rule here, and no memory that is known.
      const alert = { rule: slug, labels, memoryS: rule ? memoryS(rule) : 0 };
      return (await runOfAlert(context, sql, alert))?.id ?? null;
    },
    async opened(sql, { id, number, title, groupKey }, ownRun) {
      const run = await incidentOpened(context, sql, { id, number, what: title.en, key: groupKey }, ownRun);
      if (run && run.mode !== "surprise") await tell(sql, run, [id]);
    },
    isTold: async (sql, incidentId) => !(await passesForReal(sql, incidentId)),
  };
}

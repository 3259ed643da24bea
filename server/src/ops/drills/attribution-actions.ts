import type { Labels } from "@orderwatch/shared/ops/detection.ts";
import type { Sql } from "../../platform/db.ts";
import type { DrillContext } from "./context.ts";
import { attributing, belongs, nodesOf } from "./domain.ts";
import { endEarly } from "./run-actions.ts";
import * as store from "./store.ts";

const isAttributing = (run: store.RunRow) => (attributing as readonly string[]).includes(run.state);

/**
 * Whether an alert that fires is a drill's own, in the transaction that writes it: the run, or null for a real one.
 * A drill that begins at the same moment waits, and sees what this transaction opens.
 */
export async function runOfAlert(
  sql: Sql,
  alert: { rule: string; labels: Labels },
): Promise<{ id: string; number: number; isSurprise: boolean } | null> {
  await store.beginLock.shared(sql);
  const run = await store.runUnderWay(sql);
  if (!run || !isAttributing(run)) return null;
  const nodes = nodesOf((await store.faultsOf(sql, run.id)).map(({ fault }) => fault));
  if (!belongs(run.document, nodes, alert)) return null;
  return { id: run.id, number: run.number, isSurprise: run.mode === "surprise" };
}

/**
 * An incident has opened. One of the run's own is noted with it; any other is a real one and ends the run at once.
 */
export async function incidentOpened(
  context: Pick<DrillContext, "clock">,
  sql: Sql,
  incident: { id: string; number: number; isDrill: boolean; what: string },
): Promise<void> {
  await store.beginLock.shared(sql);
  const run = await store.runUnderWay(sql, true);
  if (!run) return;
  const now = context.clock.now();
  if (incident.isDrill) {
    if (await store.addIncident(sql, run.id, incident.id))
      await store.note(sql, run.id, now, "incident.opened", {
        incident: incident.id,
        number: incident.number,
      });
    return;
  }
  await store.note(sql, run.id, now, "incident.foreign", { incident: incident.id, what: incident.what });
  // What is being taken back already goes on being taken back.
  await endEarly(context, sql, run, "foreign_alert", `incident ${incident.number}: ${incident.what}`);
}

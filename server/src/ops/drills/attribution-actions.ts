import type { Labels } from "@orderwatch/shared/ops/detection.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Sql } from "../../platform/db.ts";
import type { DrillContext } from "./context.ts";
import { attributing, belongs, nodesOf, revertKey, rules } from "./domain.ts";
import { endEarly } from "./run-actions.ts";
import * as store from "./store.ts";

/** An alert as far as drills look at it; `memoryS`: for how long its rule remembers what has been, in seconds. */
export interface Attributable {
  rule: string;
  labels: Labels;
  memoryS: number;
}

const isAttributing = (run: store.RunRow) => (attributing as readonly string[]).includes(run.state);

/**
 * Whether an alert that fires is a drill's own, in the transaction that writes it: the run, or undefined for a real one.
 * It is one's that is under way, or one's whose fault is over and that the alert's rule still remembers. A drill that
 * begins at the same moment waits, and sees what this transaction opens.
 */
export async function runOfAlert(
  { clock }: { clock: Clock },
  sql: Sql,
  alert: Attributable,
): Promise<store.RunRow | undefined> {
  await store.beginLock.shared(sql);
  const run = await store.runUnderWay(sql);
  if (run && isAttributing(run) && (await isOwnOf(sql, run, alert))) return run;
  const rememberedMs = Math.min(alert.memoryS * 1_000, rules.rememberedMs);
  const since = new Date(clock.now().getTime() - rememberedMs);
  for (const over of await store.revertedSince(sql, since)) if (await isOwnOf(sql, over, alert)) return over;
  return undefined;
}

async function isOwnOf(sql: Sql, run: store.RunRow, alert: Attributable): Promise<boolean> {
  const nodes = nodesOf((await store.faultsOf(sql, run.id)).map(({ fault }) => fault));
  return belongs(run.document, nodes, alert);
}

/**
 * An incident has opened. A drill's own is noted with the run that caused it; any other is a real one and ends the run
 * under way at once.
 */
export async function incidentOpened(
  context: Pick<DrillContext, "clock" | "hooks">,
  sql: Sql,
  incident: { id: string; number: number; what: string; key: string | null },
  ownRun: string | null,
): Promise<store.RunRow | undefined> {
  await store.beginLock.shared(sql);
  const now = context.clock.now();
  if (ownRun !== null) {
    // Whoever moves it on waits, so that its journal's entries have an order.
    const run = await store.lockRun(sql, ownRun);
    if (run && (await store.addIncident(sql, run.id, incident.id)))
      await store.note(sql, run.id, now, "incident.opened", {
        incident: incident.id,
        number: incident.number,
      });
    return run;
  }
  const run = await store.runUnderWay(sql, true);
  // That its own fault is still out is no other trouble: the run goes on taking it back, and is called what it is.
  if (!run || incident.key === revertKey(run.id)) return undefined;
  await store.note(sql, run.id, now, "incident.foreign", { incident: incident.id, what: incident.what });
  await endEarly(context, sql, run, "foreign_alert", `incident ${incident.number}: ${incident.what}`);
  return undefined;
}

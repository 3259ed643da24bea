import type { Scorecard } from "@orderwatch/shared/ops/drills.ts";
import { countBuyersRefused } from "../../live/measures-store.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import type { Logger } from "../../platform/log.ts";
import { checkOrders } from "../../shop/invariants/actions.ts";
import { faultsOf, incidentsOf, isMomentary, type RunRow } from "../drills/actions.ts";
import { scorecardOf } from "./domain.ts";
import type { ScoreFacts } from "./facts.ts";
import * as store from "./store.ts";

export interface ScoreContext {
  db: Database;
  clock: Clock;
  log: Logger;
}

/** What was due this long ago has been done, if all is well; each row says itself when it was due. */
const settledAfterMs = 60_000;
/** A hold with its prolongation: who ordered that long before a fault may still have paid during it. */
const underWayMs = 15 * 60_000;

/** Scores a run that has settled, by what the rows say of it. Reads alone. */
export async function scoreRun(context: ScoreContext, run: RunRow): Promise<Scorecard> {
  const { db, clock } = context;
  const now = clock.now();
  const began = run.injectedAt ?? run.startedAt ?? now;
  const since = (at: Date | null) =>
    at === null ? null : Math.max(0, (at.getTime() - began.getTime()) / 1_000);
  const ids = await incidentsOf(db.sql, run.id);
  const incidents = await store.readIncidents(db.sql, ids);
  const pages = await store.readPages(db.sql, ids);
  const faults = await faultsOf(db.sql, run.id);
  const touched = faults.reduce((all, { report }) => all + (report?.touched.buyers ?? 0), 0);
  const facts: ScoreFacts = {
    expect: run.document.expect,
    incidents: incidents.map(({ rule, level, runbooks, ...at }) => ({
      ...{ rule, level, runbooks },
      openedS: since(at.openedAt) ?? 0,
      acknowledgedS: since(at.acknowledgedAt),
      firstStepS: since(at.planStartedAt),
      mitigatedS: since(at.mitigatedAt ?? at.resolvedAt),
      actedS: since(at.actedAt),
      saidS: since(at.saidAt),
    })),
    // What was killed is not taken back: whatever healed it did so by itself.
    revertedS: faults.every(({ fault }) => isMomentary(fault)) ? null : since(run.revertedAt),
    pages: {
      sent: pages.sent,
      delivered: pages.delivered,
      firstDeliveredS: since(pages.firstDeliveredAt),
    },
    buyers: {
      touched,
      allowed: run.document.radius.buyers,
      failed: await store.countBuyersFailed(db.sql, began, now),
      refused: await countBuyersRefused(db.sql, began, now),
    },
    violations: await violations(context, began, now),
    failedOrders: await store.countFailedOrders(db.sql, began, now),
    reverted: {
      faults: faults.length,
      verified: faults.filter(({ verifiedAt }) => verifiedAt !== null).length,
      hypothesisHolds: run.after.every(({ holds }) => holds),
    },
    moved: await store.listMoved(db.sql, began, now),
  };
  return scorecardOf(facts);
}

/** Of the orders that the run may have met, and of the stock at this moment. Null when the rows could not be read. */
async function violations(
  { db, log }: ScoreContext,
  from: Date,
  until: Date,
): Promise<ScoreFacts["violations"]> {
  try {
    const settledBy = new Date(until.getTime() - settledAfterMs);
    const met = new Date(from.getTime() - underWayMs);
    const found = await checkOrders(db.sql, { from: met, until, settledBy });
    return found.map(({ invariant, what, count }) => ({ invariant, what, count }));
  } catch (error) {
    log.error({ err: error }, "a drill's rows could not be looked through");
    return null;
  }
}

import { Id } from "@orderwatch/shared/ids.ts";
import type {
  DifferenceAction,
  ReconciliationDifference,
  ReconciliationRun,
} from "@orderwatch/shared/ops/reconciliation.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import { isAskable } from "./day-domain.ts";
import * as store from "./difference-store.ts";
import { actionsFor } from "./domain.ts";
import * as runs from "./run-store.ts";

export { overdueDay } from "./day-domain.ts";
export { addDueRuns, reconcileDue } from "./run-actions.ts";

export interface ReconciliationContext {
  db: Database;
  clock: Clock;
  newId: NewId;
}

/**
 * Has a day's bill compared, for the first time or anew; a shop node does it. Throws `reconciliation.running`, and
 * `request.invalid` for a day whose bill nobody has.
 */
export async function startRun(
  context: ReconciliationContext,
  wanted: { provider: PaymentMethod; day: string; requestedBy: string },
): Promise<ReconciliationRun> {
  const now = context.clock.now();
  if (!isAskable(wanted.day, now)) throw invalid("day", "today or one of the last 90 days");
  const id = await runs.requestRun(context.db.sql, { ...wanted, id: context.newId(), now });
  if (id === null) throw new DomainError("reconciliation.running", "This day is being compared now");
  return await readRun(context, id);
}

/** Throws `reconciliation.not_found`. */
export async function readRun(context: ReconciliationContext, id: string): Promise<ReconciliationRun> {
  const row = await runs.readRun(context.db.sql, id);
  if (!row) throw notFound();
  return toRun(row);
}

export async function listRuns(
  context: ReconciliationContext,
  page: { cursor?: string | undefined; limit: number },
): Promise<{ items: ReconciliationRun[]; nextCursor: string | null }> {
  const [day, provider] = (page.cursor ?? "").split("/");
  if (page.cursor !== undefined && !(day && /^\d{4}-\d{2}-\d{2}$/.test(day) && provider))
    throw invalid("cursor", "not one of ours");
  const found = await runs.listRuns(context.db.sql, {
    before: day && provider ? { day, provider } : null,
    limit: page.limit + 1,
  });
  const items = found.slice(0, page.limit);
  const last = items.at(-1);
  return {
    items: items.map(toRun),
    nextCursor: found.length > page.limit && last ? `${last.day}/${last.provider}` : null,
  };
}

/** Throws `reconciliation.not_found` for a run that does not exist. */
export async function listDifferences(
  context: ReconciliationContext,
  runId: string,
  page: { cursor?: string | undefined; limit: number; state: "open" | "all" },
): Promise<{ items: ReconciliationDifference[]; nextCursor: string | null }> {
  if (page.cursor !== undefined && !Id.safeParse(page.cursor).success)
    throw invalid("cursor", "not one of ours");
  if (!(await runs.readRun(context.db.sql, runId))) throw notFound();
  const found = await store.listDifferences(context.db.sql, {
    runId,
    onlyOpen: page.state === "open",
    after: page.cursor ?? null,
    limit: page.limit + 1,
  });
  const items = found.slice(0, page.limit);
  return {
    items: items.map(toDifference),
    nextCursor: found.length > page.limit ? (items.at(-1)?.id ?? null) : null,
  };
}

/**
 * Begins an action about a difference. Accepting ends it at once; whatever needs the payment company is done by a shop
 * node, which alone holds the merchant's keys. Throws `reconciliation.not_found`, and `reconciliation.conflict` when the
 * difference has ended, is being acted on, or allows other actions only.
 */
export async function resolveDifference(
  context: ReconciliationContext,
  id: string,
  given: { action: DifferenceAction; reason: string; by: { id: string; name: string } },
): Promise<ReconciliationDifference> {
  const known = await store.readDifference(context.db.sql, id);
  if (!known) throw notFound();
  const row = actionsFor(known).includes(given.action)
    ? await store.beginAction(context.db.sql, {
        ...given,
        id,
        state: given.action === "accept" ? "accepted" : "acting",
        now: context.clock.now(),
      })
    : null;
  if (!row) throw new DomainError("reconciliation.conflict", `A ${known.kind} that is ${known.state}`);
  return toDifference(row);
}

const notFound = () => new DomainError("reconciliation.not_found", "No such comparison or difference");
const invalid = (path: string, message: string) =>
  new DomainError("request.invalid", `${path}: ${message}`, { errors: [{ path, message }] });

function toRun(row: runs.RunRow): ReconciliationRun {
  return {
    ...row,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

function toDifference(row: store.DifferenceRow): ReconciliationDifference {
  return {
    ...row,
    firstSeenAt: row.firstSeenAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    actions: [...actionsFor(row)],
  };
}

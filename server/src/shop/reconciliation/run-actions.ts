import { isStorable } from "@orderwatch/shared/text.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import { isValueError } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import {
  type Bill,
  type BillEntry,
  BillError,
  idOfTradeNumber,
  listProviders,
  ProviderError,
  type Providers,
} from "../payments/actions.ts";
import * as bills from "./bill-store.ts";
import { askAgainAt, boundsOf, dayAt, daysDue, readyAt, refundMarginMs, settlingMs } from "./day-domain.ts";
import { closeVanished, recordDifferences } from "./difference-store.ts";
import { type BillRow, compare } from "./domain.ts";
import * as runs from "./run-store.ts";

export interface ReconcilerContext {
  db: Database;
  clock: Clock;
  newId: NewId;
  log: Logger;
  providers: Providers;
}

/** A process that has been silent for so long has died; what it worked on starts from its beginning. */
const leaseMs = 60_000;
const heartbeatMs = 10_000;
/** A bill that is late, and a company that is not to be reached, are asked again after so long. */
const askAgainMs = 10 * 60_000;
/** A bill that cannot be used, or is refused, may be another time. */
const flawedMs = 60 * 60_000;
const readRows = 2_000;
/** Payments compared at a time: bounds memory, whatever a day brings. */
const partSize = 5_000;
const firstId = "00000000-0000-0000-0000-000000000000";
const billsKeptMs = 40 * 24 * 3_600_000;
/** What the column of an amount holds. */
const mostFen = 2 ** 31 - 1;

/**
 * Adds the run of every day whose bill is ready and that has none, as far back as companies keep bills, and asks for those
 * again that were looked at before they were over. Whoever calls it and however often: each provider's day has one run.
 */
export async function addDueRuns(context: ReconcilerContext): Promise<void> {
  const now = context.clock.now();
  const first = await runs.readFirstPaymentAt(context.db.sql);
  if (!first) return;
  const providers = listProviders(context.providers).map(({ method }) => method);
  const due = daysDue(now, dayAt(first)).flatMap((day) =>
    providers.map((provider) => ({ id: context.newId(), provider, day, readyAt: readyAt(day) })),
  );
  if (due.length === 0 || (await runs.insertDueRuns(context.db.sql, due, now)) === 0) return;
  const oldest = dayAt(new Date(now.getTime() - billsKeptMs));
  await bills.forgetOldBills(context.db.sql, providers, oldest);
}

/** Compares one day whose bill is due, if there is any. */
export async function reconcileDue(context: ReconcilerContext): Promise<{ more: boolean }> {
  const run = await claim(context);
  if (!run) return { more: false };
  const heartbeat = setInterval(() => {
    runs.keepRun(context.db.sql, run, { leaseUntil: leaseOf(context) }).catch((error: unknown) => {
      context.log.warn({ err: error, runId: run.id }, "a comparison could not keep its lease");
    });
  }, heartbeatMs);
  try {
    await reconcile(context, run);
  } catch (error) {
    if (!(error instanceof LostRun)) throw error;
    context.log.warn({ runId: run.id }, "another process has taken this comparison over");
  } finally {
    clearInterval(heartbeat);
  }
  return { more: true };
}

/** Another process has the run: whatever this one still writes about it counts for nothing. */
class LostRun extends Error {}

const leaseOf = ({ clock }: ReconcilerContext): Date => new Date(clock.now().getTime() + leaseMs);

async function claim(context: ReconcilerContext): Promise<runs.ClaimedRun | null> {
  const token = context.newId();
  try {
    return await runs.claimRun(context.db.sql, {
      token,
      now: context.clock.now(),
      leaseUntil: leaseOf(context),
    });
  } catch (error) {
    // Two processes took two days of one provider at the same moment; the loser's day waits for its turn.
    if (isValueError(error)) return null;
    throw error;
  }
}

async function reconcile(context: ReconcilerContext, run: runs.ClaimedRun): Promise<void> {
  const askedAt = context.clock.now();
  try {
    const provider = context.providers[run.provider];
    if (!provider) return await giveUp(context, run, "no_merchant", null);
    const bill = await provider.bill(run.day);
    if (bill === "being_made") return await giveUp(context, run, "not_ready", later(context, askAgainMs));
    if (!bill && !(await isEmptyDay(context, run))) return;
    await stage(context, run, bill);
    await compareAll(context, run, new Date(askedAt.getTime() - settlingMs));
  } catch (error) {
    if (error instanceof BillError) {
      context.log.error({ err: error, ...aboutRun(run) }, "a bill cannot be used; nothing was compared");
      return await giveUp(context, run, error.flaw, askAgainAt(run.day, context.clock.now(), flawedMs));
    }
    if (!(error instanceof ProviderError)) throw error;
    context.log.warn({ err: error, ...aboutRun(run) }, "a bill could not be fetched");
    if (error.kind === "refused")
      return await giveUp(context, run, "refused", askAgainAt(run.day, context.clock.now(), flawedMs));
    await giveUp(context, run, "unreachable", later(context, askAgainMs));
  }
}

const aboutRun = ({ id, provider, day }: runs.ClaimedRun) => ({ runId: id, provider, day });

const later = ({ clock }: ReconcilerContext, ms: number): Date => new Date(clock.now().getTime() + ms);

async function giveUp(
  { db, clock }: ReconcilerContext,
  run: runs.ClaimedRun,
  failure: Parameters<typeof runs.giveUpRun>[2]["failure"],
  nextAttemptAt: Date | null,
): Promise<void> {
  await runs.giveUpRun(db.sql, run, { failure, nextAttemptAt, now: clock.now() });
}

/** Without a bill: whether it is late (asked for again), lost (failed), or of a day on which nothing moved (true). */
async function isEmptyDay(context: ReconcilerContext, run: runs.ClaimedRun): Promise<boolean> {
  const again = askAgainAt(run.day, context.clock.now(), askAgainMs);
  if (again) {
    await giveUp(context, run, "not_ready", again);
    return false;
  }
  const { provider, day } = run;
  if (!(await runs.hasMoneyOf(context.db.sql, { provider, day, ...boundsOf(day) }))) return true;
  await giveUp(context, run, "missing", null);
  return false;
}

async function stage(context: ReconcilerContext, run: runs.ClaimedRun, bill: Bill | null): Promise<void> {
  await keep(context, run, { stage: "reading" });
  await bills.forgetBill(context.db.sql, run);
  if (!bill) return;
  let read = 0;
  let batch: BillRow[] = [];
  const flush = async () => {
    await bills.insertBillRows(context.db.sql, run, read, batch);
    read += batch.length;
    batch = [];
    await keep(context, run, { rowsRead: read });
  };
  for await (const entry of bill.entries()) {
    batch.push(toRow(entry));
    if (batch.length === readRows) await flush();
  }
  await flush();
}

function toRow(entry: BillEntry): BillRow {
  const { outTradeNo, tradeNo, outRefundNo } = entry;
  const texts = [outTradeNo, tradeNo, outRefundNo ?? ""];
  if (entry.amountFen > mostFen || texts.some((text) => text.length > 128 || !isStorable(text)))
    throw new BillError("unreadable", "a row that no payment of ours can be");
  return {
    ...entry,
    paymentId: idOfTradeNumber(outTradeNo) ?? null,
    refundId: outRefundNo === null ? null : (idOfTradeNumber(outRefundNo) ?? null),
  };
}

async function compareAll(
  context: ReconcilerContext,
  run: runs.ClaimedRun,
  judgedUntil: Date,
): Promise<void> {
  const { sql } = context.db;
  const { from, to } = boundsOf(run.day);
  const paid = { from, to: earlier(to, judgedUntil) };
  const done = { from: shifted(from), to: earlier(shifted(to), judgedUntil) };
  let compared = 0;
  const judge = async (part: Pick<Parameters<typeof compare>[0], "bill" | "payments" | "refunds">) => {
    const found = compare({ provider: run.provider, judgedUntil, ...part });
    const named = found.map((difference) => ({ ...difference, id: context.newId() }));
    if (named.length > 0) await recordDifferences(sql, run, named, context.clock.now());
    compared += part.bill.length;
    await keep(context, run, { rowsCompared: compared });
  };
  await keep(context, run, { stage: "comparing" });
  for (let after: string | null = firstId; after !== null; ) {
    const part: { rows: BillRow[]; upTo: string | null } = await bills.readBillPart(
      sql,
      run,
      after,
      partSize,
    );
    const ours = {
      ...{ provider: run.provider, day: run.day, after, upTo: part.upTo },
      paymentIds: present(part.rows.map(({ paymentId }) => paymentId)),
      refundIds: present(part.rows.map(({ refundId }) => refundId)),
    };
    const payments = await bills.readOurPayments(sql, ours, paid);
    await judge({ bill: part.rows, payments, refunds: await bills.readOurRefunds(sql, ours, done) });
    after = part.upTo;
  }
  for (let after: string | null = ""; after !== null; ) {
    const part: { rows: BillRow[]; upTo: string | null } = await bills.readForeignPart(
      ...([sql, run, after, partSize] as const),
    );
    await judge({ bill: part.rows, payments: [], refunds: [] });
    after = part.upTo;
  }
  await closeVanished(sql, run, context.clock.now());
  if (!(await runs.finishRun(sql, run, { from, to, now: context.clock.now() }))) throw new LostRun();
  context.log.info({ ...aboutRun(run), rows: compared }, "a bill was compared");
}

async function keep(
  context: ReconcilerContext,
  run: runs.ClaimedRun,
  progress: Omit<Parameters<typeof runs.keepRun>[2], "leaseUntil">,
): Promise<void> {
  if (!(await runs.keepRun(context.db.sql, run, { leaseUntil: leaseOf(context), ...progress })))
    throw new LostRun();
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
const shifted = (at: Date): Date => new Date(at.getTime() - refundMarginMs);
const present = (ids: (string | null)[]): string[] => [...new Set(ids.filter((id) => id !== null))];

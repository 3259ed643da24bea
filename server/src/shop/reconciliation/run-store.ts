import type { ReconciliationRun, RunFailure } from "@orderwatch/shared/ops/reconciliation.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";
import { sentByUs } from "./bill-store.ts";

/** A run that this process works on, for as long as it keeps its lease. */
export interface ClaimedRun {
  id: string;
  provider: PaymentMethod;
  day: string;
  pass: number;
  token: string;
}

/** When the first payment was made; null in a shop without any. Ids are ordered by time. */
export async function readFirstPaymentAt(sql: Sql): Promise<Date | null> {
  const { rows } = await sql.query<{ at: Date }>("select created_at as at from payments order by id limit 1");
  return rows[0]?.at ?? null;
}

/**
 * Adds the runs that are not there yet, and has those begin anew that began before their day's bill was ready. Whoever else
 * adds them too, each is there once. How many were added.
 */
export async function insertDueRuns(
  sql: Sql,
  runs: readonly { id: string; provider: PaymentMethod; day: string; readyAt: Date }[],
  now: Date,
): Promise<number> {
  const { rowCount } = await sql.query(
    `with due as (
        select * from unnest($1::uuid[], $2::text[], $3::date[], $4::timestamptz[]) d(id, provider, day, ready_at)
      ), early as (
        update reconciliation_runs r set state = 'waiting', failure = null, next_attempt_at = $5
        from due d where r.provider = d.provider and r.day = d.day and r.state in ('done', 'failed')
          and r.started_at < d.ready_at
      )
      insert into reconciliation_runs (id, provider, day, state, next_attempt_at, created_at)
      select id, provider, day, 'waiting', $5, $5 from due
      on conflict (provider, day) do nothing`,
    [
      ...[runs.map(({ id }) => id), runs.map(({ provider }) => provider), runs.map(({ day }) => day)],
      ...[runs.map((run) => run.readyAt), now],
    ],
  );
  return rowCount ?? 0;
}

/** Lets a run begin now, for the first time or anew. Null while it is running. */
export async function requestRun(
  sql: Sql,
  run: { id: string; provider: PaymentMethod; day: string; requestedBy: string; now: Date },
): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>(
    `insert into reconciliation_runs as r (id, provider, day, state, next_attempt_at, created_at, requested_by)
      values ($1, $2, $3, 'waiting', $5, $5, $4)
      on conflict (provider, day) do update
        set state = 'waiting', next_attempt_at = excluded.next_attempt_at, requested_by = excluded.requested_by,
          failure = null
        where r.state <> 'running'
      returning id`,
    [run.id, run.provider, run.day, run.requestedBy, run.now],
  );
  return rows[0]?.id ?? null;
}

/**
 * Takes a run that is due, or one whose process fell silent; it starts from its beginning. At most one run of a provider
 * is under way at a time, whichever process asks: an index says so, and the loser's error (SQLSTATE 23505) is no fault.
 */
export async function claimRun(
  sql: Sql,
  claim: { token: string; now: Date; leaseUntil: Date },
): Promise<ClaimedRun | null> {
  const { rows } = await sql.query<Omit<ClaimedRun, "token">>(
    `with due as (
        select id from reconciliation_runs r
        where (state = 'waiting' and next_attempt_at <= $2
            and not exists (select from reconciliation_runs o where o.provider = r.provider and o.state = 'running'))
          or (state = 'running' and lease_until <= $2)
        order by state, day limit 1 for update skip locked
      )
      update reconciliation_runs r set state = 'running', stage = 'asking', pass = r.pass + 1, lease_token = $1,
        lease_until = $3, started_at = $2, finished_at = null, failure = null, next_attempt_at = null, rows_read = 0,
        rows_compared = 0
      from due where r.id = due.id
      returning r.id, r.provider, r.day::text as day, r.pass`,
    [claim.token, claim.now, claim.leaseUntil],
  );
  return rows[0] ? { ...rows[0], token: claim.token } : null;
}

/** Notes how far a run has come and keeps it for this process. False when another process has it by now. */
export async function keepRun(
  sql: Sql,
  run: ClaimedRun,
  progress: {
    leaseUntil: Date;
    stage?: NonNullable<ReconciliationRun["stage"]>;
    rowsRead?: number;
    rowsCompared?: number;
  },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update reconciliation_runs set lease_until = $3, stage = coalesce($4, stage), rows_read = coalesce($5, rows_read),
        rows_compared = coalesce($6, rows_compared)
      where id = $1 and lease_token = $2 and state = 'running'`,
    [
      run.id,
      run.token,
      progress.leaseUntil,
      progress.stage ?? null,
      progress.rowsRead ?? null,
      progress.rowsCompared ?? null,
    ],
  );
  return rowCount === 1;
}

/** Ends a pass without a comparison: to be tried again at `nextAttemptAt`, or, where that is null, not by itself. */
export async function giveUpRun(
  sql: Sql,
  run: ClaimedRun,
  end: { failure: RunFailure; nextAttemptAt: Date | null; now: Date },
): Promise<void> {
  await sql.query(
    `update reconciliation_runs set state = case when $4::timestamptz is null then 'failed' else 'waiting' end, stage = null,
        failure = $3, next_attempt_at = $4, finished_at = $5, lease_token = null, lease_until = null
      where id = $1 and lease_token = $2 and state = 'running'`,
    [run.id, run.token, end.failure, end.nextAttemptAt, end.now],
  );
}

/** Both sides' sums over the day, and the end of the run. False when another process has it by now. */
export async function finishRun(
  sql: Sql,
  run: ClaimedRun,
  day: { from: Date; to: Date; now: Date },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `with bill as (
        select count(*) filter (where kind = 'payment') payments, count(*) filter (where kind = 'refund') refunds,
          coalesce(sum(amount_fen) filter (where kind = 'payment'), 0) paid_fen,
          coalesce(sum(amount_fen) filter (where kind = 'refund'), 0) refunded_fen
        from bill_rows where provider = $3 and day = $4
      ), paid as (
        select count(*) n, coalesce(sum(amount_fen), 0) fen from payments
        where method = $3 and status = 'paid' and paid_at >= $5 and paid_at < $6
      ), given as (
        select count(*) n, coalesce(sum(r.amount_fen), 0) fen from refunds r join payments p on p.id = r.payment_id
        where p.method = $3 and r.status = 'done' and r.done_at >= $5 and r.done_at < $6 and ${sentByUs("r")}
      )
      update reconciliation_runs r set state = 'done', stage = null, finished_at = $7, lease_token = null, lease_until = null,
        bill_payments = bill.payments, bill_paid_fen = bill.paid_fen, bill_refunds = bill.refunds,
        bill_refunded_fen = bill.refunded_fen, our_payments = paid.n, our_paid_fen = paid.fen, our_refunds = given.n,
        our_refunded_fen = given.fen
      from bill, paid, given where r.id = $1 and r.lease_token = $2 and r.state = 'running'`,
    [run.id, run.token, run.provider, run.day, day.from, day.to, day.now],
  );
  return rowCount === 1;
}

/** Whether anything of a day is known here, by our rows or by a bill that was read before, so that a bill of it must exist. */
export async function hasMoneyOf(
  sql: Sql,
  day: { provider: PaymentMethod; day: string; from: Date; to: Date },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `select from payments where method = $1 and status = 'paid' and paid_at >= $2 and paid_at < $3
      union all select from refunds r join payments p on p.id = r.payment_id
        where p.method = $1 and r.status = 'done' and r.done_at >= $2 and r.done_at < $3 and ${sentByUs("r")}
      union all select from reconciliation_runs where provider = $1 and day = $4 and bill_payments + bill_refunds > 0 limit 1`,
    [day.provider, day.from, day.to, day.day],
  );
  return (rowCount ?? 0) > 0;
}

export type RunRow = Omit<ReconciliationRun, "nextAttemptAt" | "startedAt" | "finishedAt"> & {
  nextAttemptAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
};

const side = (name: "bill" | "our") => `case when ${name}_payments is null then null else json_build_object(
    'payments', ${name}_payments, 'paidFen', ${name}_paid_fen, 'refunds', ${name}_refunds,
    'refundedFen', ${name}_refunded_fen) end`;

const columns = `r.id, r.provider, r.day::text as day, r.state, r.stage, r.rows_read as "rowsRead",
  r.rows_compared as "rowsCompared", r.failure, r.next_attempt_at as "nextAttemptAt", r.started_at as "startedAt",
  r.finished_at as "finishedAt", ${side("bill")} as bill, ${side("our")} as ours, r.requested_by as "requestedBy",
  coalesce((select json_agg(json_build_object('kind', kind, 'all', n, 'open', open) order by kind) from (
      select kind, count(*) filter (where state <> 'vanished') n, count(*) filter (where state in ('open', 'acting')) open
      from reconciliation_differences d where d.run_id = r.id group by kind
    ) k where n > 0), '[]') as differences`;

/** Newest day first; `before` is the last of the page before. */
export async function listRuns(
  sql: Sql,
  page: { before: { day: string; provider: string } | null; limit: number },
): Promise<RunRow[]> {
  const { rows } = await sql.query<RunRow>(
    `select ${columns} from reconciliation_runs r
      where $1::date is null or r.day < $1 or (r.day = $1 and r.provider > $2)
      order by r.day desc, r.provider limit $3`,
    [page.before?.day ?? null, page.before?.provider ?? null, page.limit],
  );
  return rows;
}

export async function readRun(sql: Sql, id: string): Promise<RunRow | null> {
  const { rows } = await sql.query<RunRow>(`select ${columns} from reconciliation_runs r where r.id = $1`, [
    id,
  ]);
  return rows[0] ?? null;
}

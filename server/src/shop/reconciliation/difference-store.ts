import type { DifferenceAction, ReconciliationDifference } from "@orderwatch/shared/ops/reconciliation.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";
import type { Difference } from "./domain.ts";
import type { ClaimedRun } from "./run-store.ts";

/**
 * Writes what a pass found. A difference that is known stays as it is, whatever was done about it; one that had vanished
 * is open again. Nothing is written when another process has the run by now.
 */
export async function recordDifferences(
  sql: Sql,
  run: ClaimedRun,
  found: readonly (Difference & { id: string })[],
  now: Date,
): Promise<void> {
  const pick = <T>(field: (difference: Difference & { id: string }) => T): T[] => found.map(field);
  await sql.query({
    name: "record-differences",
    text: `insert into reconciliation_differences as d (run_id, provider, day, pass, state, first_seen_at, id, key, kind, order_id,
        payment_id, refund_id, out_trade_no, trade_no, out_refund_no, bill_fen, our_fen)
      select r.id, r.provider, r.day, r.pass, 'open', $3, f.*
      from reconciliation_runs r, unnest($4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[],
        $11::text[], $12::text[], $13::int[], $14::int[]) f
      where r.id = $1 and r.lease_token = $2
      on conflict (provider, day, key) do update set pass = excluded.pass, bill_fen = excluded.bill_fen,
        our_fen = excluded.our_fen, order_id = excluded.order_id,
        state = case when d.state = 'vanished' then 'open' else d.state end,
        open_again_at = case when d.state = 'vanished' then $3 else d.open_again_at end,
        ended_at = case when d.state = 'vanished' then null else d.ended_at end`,
    values: [
      run.id,
      run.token,
      now,
      pick(({ id }) => id),
      pick(({ key }) => key),
      pick(({ kind }) => kind),
      pick(({ orderId }) => orderId),
      pick(({ paymentId }) => paymentId),
      pick(({ refundId }) => refundId),
      pick(({ outTradeNo }) => outTradeNo),
      pick(({ tradeNo }) => tradeNo),
      pick(({ outRefundNo }) => outRefundNo),
      pick(({ billFen }) => billFen),
      pick(({ ourFen }) => ourFen),
    ],
  });
}

/** Ends the open differences that the run's pass did not find any more. */
export async function closeVanished(sql: Sql, run: ClaimedRun, now: Date): Promise<void> {
  await sql.query(
    `update reconciliation_differences d set state = 'vanished', ended_at = $3 from reconciliation_runs r
      where r.id = $1 and r.lease_token = $2 and d.run_id = r.id and d.pass < r.pass and d.state = 'open'`,
    [run.id, run.token, now],
  );
}

export type DifferenceRow = Omit<ReconciliationDifference, "firstSeenAt" | "endedAt" | "actions"> & {
  firstSeenAt: Date;
  endedAt: Date | null;
};

const columns = `d.id, d.run_id as "runId", d.provider, d.day::text as day, d.kind, d.state, d.order_id as "orderId",
  d.payment_id as "paymentId", d.refund_id as "refundId", d.out_trade_no as "outTradeNo", d.trade_no as "tradeNo",
  d.out_refund_no as "outRefundNo", d.bill_fen as "billFen", d.our_fen as "ourFen", d.first_seen_at as "firstSeenAt",
  d.ended_at as "endedAt", d.action, d.acted_by as "actedBy", d.reason, d.outcome`;

/** Those of a run in the order that they were found, after `after`; the vanished ones only where all are wanted. */
export async function listDifferences(
  sql: Sql,
  page: { runId: string; onlyOpen: boolean; after: string | null; limit: number },
): Promise<DifferenceRow[]> {
  const { rows } = await sql.query<DifferenceRow>(
    `select ${columns} from reconciliation_differences d
      where d.run_id = $1 and ($2::uuid is null or d.id > $2) and (not $3::boolean or d.state in ('open', 'acting'))
      order by d.id limit $4`,
    [page.runId, page.after, page.onlyOpen, page.limit],
  );
  return rows;
}

export async function readDifference(sql: Sql, id: string): Promise<DifferenceRow | null> {
  const { rows } = await sql.query<DifferenceRow>(
    `select ${columns} from reconciliation_differences d where d.id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/** Moves an open difference, once, whoever else tries: `acting` waits for the process that does it. */
export async function beginAction(
  sql: Sql,
  begin: {
    id: string;
    state: "acting" | "accepted";
    action: DifferenceAction;
    by: { id: string; name: string };
    reason: string;
    now: Date;
  },
): Promise<DifferenceRow | null> {
  const { rows } = await sql.query<DifferenceRow>(
    `update reconciliation_differences d set state = $2, action = $3, acted_by = $4, acted_by_id = $7, reason = $5,
        outcome = null, lease_until = $6, ended_at = case when $2 = 'accepted' then $6::timestamptz end
      where d.id = $1 and d.state = 'open' returning ${columns}`,
    [begin.id, begin.state, begin.action, begin.by.name, begin.reason, begin.now, begin.by.id],
  );
  return rows[0] ?? null;
}

export interface DueAction {
  id: string;
  provider: PaymentMethod;
  kind: Difference["kind"];
  action: DifferenceAction;
  orderId: string | null;
  paymentId: string | null;
  refundId: string | null;
  tradeNo: string | null;
  billFen: number | null;
  ourFen: number | null;
  reason: string;
  by: { id: string; name: string };
}

/** Takes actions that wait to be done, or whose process fell silent. */
export async function claimActions(
  sql: Sql,
  claim: { now: Date; leaseUntil: Date; limit: number },
): Promise<DueAction[]> {
  const { rows } = await sql.query<DueAction>(
    `with due as (
        select id from reconciliation_differences where state = 'acting' and lease_until <= $1
        order by lease_until limit $3 for update skip locked
      )
      update reconciliation_differences d set lease_until = $2 from due where d.id = due.id
      returning d.id, d.provider, d.kind, d.action, d.order_id as "orderId", d.payment_id as "paymentId",
        d.refund_id as "refundId", d.trade_no as "tradeNo", d.bill_fen as "billFen",
        d.our_fen as "ourFen", d.reason,
        json_build_object('id', d.acted_by_id, 'name', d.acted_by) as by`,
    [claim.now, claim.leaseUntil, claim.limit],
  );
  return rows;
}

/** What came of an action: the difference has ended, or is open again with the reason why not. */
export async function endAction(
  sql: Sql,
  end: { id: string; state: "resolved" | "open"; outcome: string; now: Date },
): Promise<void> {
  await sql.query(
    `update reconciliation_differences set state = $2, outcome = $3, lease_until = null,
        ended_at = case when $2 = 'resolved' then $4::timestamptz end,
        open_again_at = case when $2 = 'open' then $4::timestamptz else open_again_at end
      where id = $1 and state = 'acting'`,
    [end.id, end.state, end.outcome, end.now],
  );
}

import type { OrderStatus, Tender } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";

export interface ConfirmableOrder {
  status: OrderStatus;
  /** Newest first. */
  payments: { id: string; method: Tender; status: string; amountFen: number }[];
}

export async function readConfirmable(sql: Sql, orderId: string): Promise<ConfirmableOrder | null> {
  const { rows } = await sql.query<ConfirmableOrder>(
    `select o.status, (select json_agg(json_build_object('id', p.id, 'method', p.method, 'status', p.status,
        'amountFen', p.amount_fen) order by p.id desc) from payments p where p.order_id = o.id) as payments
      from orders o where o.id = $1`,
    [orderId],
  );
  const [order] = rows;
  return order ? { ...order, payments: order.payments ?? [] } : null;
}

/** By whose word a payment is on record as paid; null where it is not. */
export async function readWord(sql: Sql, paymentId: string): Promise<"provider" | "staff" | null> {
  const { rows } = await sql.query<{ word: "provider" | "staff" }>(
    `select case when exists (
        select from payment_notices n where n.payment_id = p.id and n.notice_id = 'staff:' || p.id and n.verdict <> 'refused'
      ) then 'staff' else 'provider' end as word
      from payments p where p.id = $1 and p.status = 'paid'`,
    [paymentId],
  );
  return rows[0]?.word ?? null;
}

/** Whether another payment has this transaction; holds until the transaction ends, so that two cannot take it at once. */
export async function isTradeUsed(
  sql: Sql,
  trade: { tradeNo: string; method: Tender; paymentId: string },
): Promise<boolean> {
  await sql.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `trade:${trade.method}:${trade.tradeNo}`,
  ]);
  const { rowCount } = await sql.query(
    "select from payments where trade_no = $1 and method = $2 and id <> $3 limit 1",
    [trade.tradeNo, trade.method, trade.paymentId],
  );
  return rowCount !== 0;
}

/** The id of the notice that is now pending and locked; null when the same one is on record already. */
export async function enterNotice(
  sql: Sql,
  notice: {
    id: string;
    provider: Tender;
    noticeId: string;
    paymentId: string;
    tradeNo: string;
    amountFen: number;
    paidAt: Date;
    confirmedBy: string | null;
    note: string | null;
    now: Date;
  },
): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>(
    `insert into payment_notices (id, provider, notice_id, payment_id, trade_no, amount_fen, paid_at, confirmed_by, note,
        verdict, received_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10)
      on conflict (provider, notice_id) where verdict <> 'refused' do nothing returning id`,
    [
      notice.id,
      notice.provider,
      notice.noticeId,
      notice.paymentId,
      notice.tradeNo,
      notice.amountFen,
      notice.paidAt,
      notice.confirmedBy,
      notice.note,
      notice.now,
    ],
  );
  return rows[0]?.id ?? null;
}

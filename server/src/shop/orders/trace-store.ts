import { firstIdAt, timeOfId } from "@orderwatch/shared/ids.ts";
import type { Sql } from "../../platform/db.ts";
import type { EventRow, NoticeRow, PaymentRow, RefundRow } from "./trace-domain.ts";

/** Clocks of nodes and database differ; events this much older than their order are still looked for. */
const clockSlackMs = 24 * 3_600_000;

/** All that is known of one order besides its own row. */
export interface TraceSources {
  events: EventRow[];
  payments: PaymentRow[];
  notices: NoticeRow[];
  refunds: RefundRow[];
  codesHeld: number;
  codesSold: number;
}

export async function readTraceSources(sql: Sql, orderId: string): Promise<TraceSources> {
  const [events, payments, notices, refunds, codes] = await Promise.all([
    sql.query<EventRow>(
      `select type, status, at, code, facts from order_events
       where order_id = $1 and id >= $2 order by at, id`,
      [orderId, firstIdAt(timeOfId(orderId) - clockSlackMs)],
    ),
    sql.query<PaymentRow>(
      `select id, method, status, amount_fen as "amountFen", trade_no as "tradeNo", failure_code as "failureCode",
         created_at as "createdAt", opened_at as "openedAt", paid_at as "paidAt", asked_at as "askedAt"
       from payments where order_id = $1 order by id`,
      [orderId],
    ),
    sql.query<NoticeRow>(
      `select n.provider, n.payment_id as "paymentId", n.refund_id as "refundId", n.confirmed_by as "confirmedBy",
         n.verdict, n.reason, n.received_at as "receivedAt", n.settled_at as "settledAt"
       from payment_notices n where n.payment_id = any (select id from payments where order_id = $1)
       order by n.received_at limit 500`,
      [orderId],
    ),
    sql.query<RefundRow>(
      `select id, payment_id as "paymentId", amount_fen as "amountFen", code, reason, status, asked_by as "by", detail,
         created_at as "createdAt", done_at as "doneAt"
       from refunds where order_id = $1 order by id`,
      [orderId],
    ),
    sql.query<{ held: number; sold: number }>(
      `select count(*) filter (where status = 'held')::int as held, count(*) filter (where status = 'sold')::int as sold
       from codes where order_id = $1`,
      [orderId],
    ),
  ]);
  return {
    events: events.rows,
    payments: payments.rows,
    notices: notices.rows,
    refunds: refunds.rows,
    codesHeld: codes.rows[0]?.held ?? 0,
    codesSold: codes.rows[0]?.sold ?? 0,
  };
}

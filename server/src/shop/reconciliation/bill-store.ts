import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";
import type { BillRow, OurPayment, OurRefund } from "./domain.ts";

export interface ProviderDay {
  provider: PaymentMethod;
  day: string;
}

/** Takes a day's bill away, so that it can be read anew. */
export async function forgetBill(sql: Sql, { provider, day }: ProviderDay): Promise<void> {
  await sql.query("delete from bill_rows where provider = $1 and day = $2", [provider, day]);
}

/** Bills of days that no comparison looks at any more. */
export async function forgetOldBills(
  sql: Sql,
  providers: readonly PaymentMethod[],
  before: string,
): Promise<void> {
  await sql.query("delete from bill_rows where provider = any ($1::text[]) and day < $2", [
    providers,
    before,
  ]);
}

/** Adds rows, the first of which is number `from`. */
export async function insertBillRows(
  sql: Sql,
  { provider, day }: ProviderDay,
  from: number,
  bill: readonly BillRow[],
): Promise<void> {
  const pick = <T>(field: (row: BillRow, index: number) => T): T[] => bill.map(field);
  await sql.query({
    name: "insert-bill-rows",
    text: `insert into bill_rows (provider, day, row_no, kind, out_trade_no, trade_no, out_refund_no, payment_id,
        refund_id, amount_fen, at, is_final)
      select $1, $2, * from unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::uuid[],
        $10::int[], $11::timestamptz[], $12::boolean[])`,
    values: [
      provider,
      day,
      pick((_, index) => from + index),
      pick((row) => row.kind),
      pick((row) => row.outTradeNo),
      pick((row) => row.tradeNo),
      pick((row) => row.outRefundNo),
      pick((row) => row.paymentId),
      pick((row) => row.refundId),
      pick((row) => row.amountFen),
      pick((row) => row.at),
      pick((row) => row.isFinal),
    ],
  });
}

const rowColumns = `kind, out_trade_no as "outTradeNo", trade_no as "tradeNo", out_refund_no as "outRefundNo",
  payment_id as "paymentId", refund_id as "refundId", amount_fen as "amountFen", at,
  is_final as "isFinal"`;

/**
 * The next part of a bill by our payments' ids: all rows of about `size` payments after `after`. `upTo` is the last of
 * them; null in the part that reaches the end.
 */
export async function readBillPart(
  sql: Sql,
  { provider, day }: ProviderDay,
  after: string,
  size: number,
): Promise<{ rows: BillRow[]; upTo: string | null }> {
  const { rows: ends } = await sql.query<{ id: string }>({
    name: "bill-part-end",
    text: `select payment_id as id from bill_rows where provider = $1 and day = $2 and payment_id > $3
      order by payment_id offset $4 limit 1`,
    values: [provider, day, after, size - 1],
  });
  const upTo = ends[0]?.id ?? null;
  const { rows } = await sql.query<BillRow>({
    name: "bill-part",
    text: `select ${rowColumns} from bill_rows where provider = $1 and day = $2 and payment_id > $3
      and ($4::uuid is null or payment_id <= $4) order by row_no`,
    values: [provider, day, after, upTo],
  });
  return { rows, upTo };
}

/** The next part of what cannot be ours by its number, in the same manner. */
export async function readForeignPart(
  sql: Sql,
  { provider, day }: ProviderDay,
  after: string,
  size: number,
): Promise<{ rows: BillRow[]; upTo: string | null }> {
  const { rows: ends } = await sql.query<{ id: string }>(
    `select out_trade_no as id from bill_rows where provider = $1 and day = $2 and payment_id is null
        and out_trade_no collate "C" > $3 order by out_trade_no collate "C" offset $4 limit 1`,
    [provider, day, after, size - 1],
  );
  const upTo = ends[0]?.id ?? null;
  const { rows } = await sql.query<BillRow>(
    `select ${rowColumns} from bill_rows where provider = $1 and day = $2 and payment_id is null
        and out_trade_no collate "C" > $3 and ($4::text is null or out_trade_no collate "C" <= $4) order by row_no`,
    [provider, day, after, upTo],
  );
  return { rows, upTo };
}

/** A refund that staff entered after its company's bill stands there under the company's own number. */
export const sentByUs = (refund: string): string =>
  `not exists (select from reconciliation_differences d where d.id = ${refund}.id and d.kind = 'refund_unknown')`;

export interface OurPart {
  provider: PaymentMethod;
  day: string;
  /** Payments with ids after the first up to and with the second; null is the end. */
  after: string;
  upTo: string | null;
  /** What the bill's part names, whatever day it was here. */
  paymentIds: readonly string[];
  refundIds: readonly string[];
}

/** Our payments of a part: those that the bill names, and those paid from `from` until before `to`. */
export async function readOurPayments(
  sql: Sql,
  part: OurPart,
  paid: { from: Date; to: Date },
): Promise<OurPayment[]> {
  const { rows } = await sql.query<OurPayment>({
    name: "reconcile-payments",
    text: `with mine as (
        select * from payments p where p.id = any ($3::uuid[])
        union
        select * from payments p where p.method = $1 and p.status = 'paid' and p.paid_at >= $4 and p.paid_at < $5
          and p.id > $6 and ($7::uuid is null or p.id <= $7)
      )
      select p.id, p.order_id as "orderId", p.method, p.status = 'paid' as "isPaid", p.amount_fen as "amountFen",
        p.trade_no as "tradeNo", o.amount_fen as "orderAmountFen", others.fen as "othersPaidFen",
        others.has_earlier as "hasEarlier", back.fen as "refundedFen",
        p.status = 'paid' and p.paid_at >= $4 and p.paid_at < $5 and not exists (
          select from bill_rows b where b.payment_id = p.id and b.kind = 'payment' and b.provider = $1 and b.day <> $2
        ) as "isExpected"
      from mine p join orders o on o.id = p.order_id
      cross join lateral (
        select coalesce(sum(q.amount_fen), 0)::int as fen,
          coalesce(bool_or((q.paid_at, q.id) < (p.paid_at, p.id)), false) as has_earlier
        from payments q where q.order_id = p.order_id and q.status = 'paid' and q.id <> p.id
      ) others
      cross join lateral (
        select coalesce(sum(r.amount_fen), 0)::int as fen from refunds r
        where r.order_id = p.order_id and r.status <> 'failed'
      ) back`,
    values: [part.provider, part.day, part.paymentIds, paid.from, paid.to, part.after, part.upTo],
  });
  return rows;
}

/**
 * Our refunds of a part: those that the bill names, and those done from `from` until before `to`. One that was under way
 * for several days is expected only where the bills of all of them were read.
 */
export async function readOurRefunds(
  sql: Sql,
  part: OurPart,
  done: { from: Date; to: Date },
): Promise<OurRefund[]> {
  const { rows } = await sql.query<OurRefund>({
    name: "reconcile-refunds",
    text: `with mine as (
        select r.*, p.method from refunds r join payments p on p.id = r.payment_id where r.id = any ($3::uuid[])
        union
        select r.*, p.method from refunds r join payments p on p.id = r.payment_id
        where p.method = $1 and r.status = 'done' and r.done_at >= $4 and r.done_at < $5
          and r.payment_id > $6 and ($7::uuid is null or r.payment_id <= $7)
      )
      select m.id, m.payment_id as "paymentId", m.order_id as "orderId", m.method, m.status = 'done' as "isDone",
        m.amount_fen as "amountFen",
        m.status = 'done' and m.done_at >= $4 and m.done_at < $5 and ${sentByUs("m")} and not exists (
          select from bill_rows b where b.refund_id = m.id and b.payment_id = m.payment_id and b.provider = $1 and b.day <> $2
        ) and (
          select count(*) from reconciliation_runs x where x.provider = $1 and x.state = 'done' and x.day < $2
            and x.day >= (m.created_at at time zone 'Asia/Shanghai')::date
        ) >= $2::date - (m.created_at at time zone 'Asia/Shanghai')::date as "isExpected"
      from mine m`,
    values: [part.provider, part.day, part.refundIds, done.from, done.to, part.after, part.upTo],
  });
  return rows;
}

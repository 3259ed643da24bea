import type { Tender } from "@orderwatch/shared/shop/orders.ts";
import { type Batcher, createBatcher } from "../../platform/batcher.ts";
import type { Clock } from "../../platform/clock.ts";
import { isValueError, type Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { NewId } from "../../platform/ids.ts";

/** A callback after verification, or what an enquiry at the provider answered in its place. */
export interface ReceivedNotice {
  provider: Tender;
  noticeId: string;
  paymentId: string;
  tradeNo: string;
  amountFen: number;
  paidAt: Date;
}

/** What became of a notice. `accepted` and `repeated` are acknowledged; the rest changes nothing and is kept on record. */
export type NoticeFate = "accepted" | "repeated" | "unknown_payment" | "wrong_provider" | "wrong_amount";

export interface NoticeLog {
  /** Resolves once the notice is durable; only then may it be acknowledged. */
  receive(notice: ReceivedNotice): Promise<NoticeFate>;
  idle(): Promise<void>;
}

/**
 * Puts verified callbacks on record, in batches. What does not fit our own row of the payment (another provider,
 * another amount, no such payment) is recorded as refused in the same statement.
 */
export function createNoticeLog(deps: { sql: Sql; clock: Clock; newId: NewId }): NoticeLog {
  const batcher: Batcher<ReceivedNotice, NoticeFate> = createBatcher({
    async run(batch) {
      const fates = await recordNotices(deps.sql, batch, deps);
      await faultPoint("notice.stored");
      return fates;
    },
    isItemFault: isValueError,
    // Providers wait some seconds for an acknowledgement, and what they are refused they have to say again.
    targetMs: 2_000,
    patienceMs: 4_000,
    maxWaiting: 2_000,
  });
  return { receive: (notice) => batcher.submit(notice), idle: () => batcher.idle() };
}

async function recordNotices(
  sql: Sql,
  batch: readonly ReceivedNotice[],
  deps: { clock: Clock; newId: NewId },
): Promise<NoticeFate[]> {
  const pick = <T>(field: (notice: ReceivedNotice) => T): T[] => batch.map(field);
  const { rows } = await sql.query<{ ord: number; fate: NoticeFate }>({
    name: "record-notices",
    text: `with given as (
        select n.*, p.id as known_id,
          case when p.id is null then 'unknown_payment'
            when p.method <> n.provider then 'wrong_provider'
            when p.amount_fen <> n.amount then 'wrong_amount' end as reason
        from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::int[], $7::timestamptz[])
          with ordinality n(id, provider, notice_id, payment_id, trade_no, amount, paid_at, ord)
        left join payments p on p.id = n.payment_id
      ), recorded as (
        insert into payment_notices (id, provider, notice_id, payment_id, trade_no, amount_fen, paid_at, verdict, reason, received_at)
        select id, provider, notice_id, known_id, trade_no, amount, paid_at,
          case when reason is null then 'pending' else 'refused' end, reason, $8
        from given order by provider, notice_id, ord
        on conflict (provider, notice_id) where verdict <> 'refused' do nothing
        returning id
      )
      select g.ord::int, coalesce(g.reason, case when r.id is null then 'repeated' else 'accepted' end) as fate
      from given g left join recorded r on r.id = g.id order by g.ord`,
    values: [
      pick(() => deps.newId()),
      pick((notice) => notice.provider),
      pick((notice) => notice.noticeId),
      pick((notice) => notice.paymentId),
      pick((notice) => notice.tradeNo),
      pick((notice) => notice.amountFen),
      pick((notice) => notice.paidAt),
      deps.clock.now(),
    ],
  });
  return rows.map((row) => row.fate);
}

/** A callback that could not be believed at all: it is remembered by provider and reason, nothing of its content is. */
export async function recordForgery(
  sql: Sql,
  forgery: { id: string; provider: Tender; reason: string; at: Date },
): Promise<void> {
  await sql.query(
    `insert into payment_notices (id, provider, verdict, reason, received_at) values ($1, $2, 'refused', $3, $4)`,
    [forgery.id, forgery.provider, forgery.reason, forgery.at],
  );
}

import type pg from "pg";
import type { Memory } from "./memory.ts";
import { paysInTime, planOrder } from "./plan.ts";

/** What became of accepted orders, by what their scripts wanted. */
export interface Outcomes {
  /** Of buyers who pay while they may. */
  inTime: { accepted: number; paid: number; delivered: number };
  /** Of buyers who pay once the hold has run out, if the company still lets them: got their goods again, or their money. */
  late: { accepted: number; allocated: number; refunded: number };
}

interface Row {
  id: string;
  isPaid: boolean;
  isDelivered: boolean;
  isLateAllocated: boolean;
  isLateRefunded: boolean;
}

export async function readOutcomes(
  sql: Pick<pg.Pool, "query">,
  memory: Pick<Memory, "accepted">,
  seed: number,
): Promise<Outcomes> {
  const { rows } = await sql.query<Row>(
    `select o.id, o.paid_at is not null as "isPaid", o.status = 'delivered' as "isDelivered", late.id is not null as "isLateAllocated",
        o.failure_code is not distinct from 'payment.late' and o.status = 'refunded' as "isLateRefunded"
      from orders o left join (
        select distinct order_id as id from order_events where type = 'paid' and facts ->> 'late' = 'true') late using (id)`,
  );
  const inTime = { accepted: 0, paid: 0, delivered: 0 };
  const late = { accepted: 0, allocated: 0, refunded: 0 };
  for (const row of rows) {
    const promised = memory.accepted.get(row.id);
    if (!promised) continue;
    const script = planOrder(seed, promised.n);
    if (paysInTime(script)) {
      inTime.accepted += 1;
      inTime.paid += Number(row.isPaid);
      inTime.delivered += Number(row.isDelivered);
    } else if (script.way === "pay_late") {
      late.accepted += 1;
      late.allocated += Number(row.isLateAllocated);
      late.refunded += Number(row.isLateRefunded);
    }
  }
  return { inTime, late };
}

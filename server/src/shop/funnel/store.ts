import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";

export interface Outcomes {
  method: PaymentMethod;
  paid: number;
  payment_failed: number;
  delivered: number;
  delivery_failed: number;
}

/** What became of orders since a moment, by payment method; drills are left out. */
export async function countOutcomes(sql: Sql, since: Date): Promise<Outcomes[]> {
  const { rows } = await sql.query<Outcomes>({
    name: "count-outcomes",
    text: `select method, count(*) filter (where type = 'paid')::int as paid,
        count(*) filter (where type = 'failed' and status = 'awaiting_payment')::int as payment_failed,
        count(*) filter (where type = 'delivered')::int as delivered,
        count(*) filter (where type = 'failed' and status = 'delivery_failed')::int as delivery_failed
      from order_events where id >= first_id_at($1) and origin <> 'drill' group by method`,
    values: [since],
  });
  return rows;
}

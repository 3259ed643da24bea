import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import { unlessAway, type World } from "./world.ts";

/** The opener looks every second or so; what it has not opened by then it never will. */
const patienceMs = 60_000;

/** Whatever needs a person, by the opener's own rules: what may have happened to an order, and the cause that is its ticket's. */
const needed = `select 'delivery_failed:' || id as cause_key, id as order_id, 'D2' as invariant
    from orders where status = 'delivery_failed'
  union select 'payment_problem:' || id, id, 'P6' from orders where failure_code = 'payment.late'
  union select 'payment_problem:' || order_id, order_id, 'P6' from refunds where status in ('abnormal', 'failed')`;

const missingText = `select n.* from (${needed}) n left join tickets t on t.cause_key = n.cause_key
  where t.id is null or t.order_id is distinct from n.order_id`;

/** Two of one cause, or one of an order to which that never happened. */
const doubledText = `select cause, order_id, count(*)::int as n from tickets
  where order_id is not null and cause in ('delivery_failed', 'payment_problem') group by 1, 2 having count(*) > 1`;
const groundlessText = `select t.cause, t.order_id from tickets t
  where t.cause = 'delivery_failed' and not exists (
      select from order_events e where e.order_id = t.order_id and e.type = 'failed' and e.status = 'delivery_failed')
    or t.cause = 'payment_problem' and not exists (
      select from order_events e where e.order_id = t.order_id and e.code = 'payment.late'
      union all select from refunds r where r.order_id = t.order_id)`;

/** At rest each of these orders has exactly one ticket. */
export async function checkTickets(sql: Pick<pg.Pool, "query">): Promise<Violation[]> {
  const missing = (await sql.query<{ invariant: string }>(missingText)).rows;
  const doubled = (await sql.query(doubledText)).rows;
  const groundless = (await sql.query(groundlessText)).rows;
  return [
    ...["D2", "P6"].map((invariant) => ({
      ...{ invariant, what: "what needs a person and has no ticket" },
      rows: missing.filter((row) => row.invariant === invariant),
    })),
    { invariant: "D4", what: "more than one ticket of one cause and order", rows: doubled },
    { invariant: "D4", what: "a ticket of an order that nothing is wrong with", rows: groundless },
  ].flatMap(({ invariant, what, rows }) =>
    rows.length === 0 ? [] : [{ invariant, what, count: rows.length, samples: rows.slice(0, 5) }],
  );
}

/** Gives the console time to open what is due; then each must have its one ticket. */
export async function settleTickets({ sql }: World): Promise<Violation[]> {
  const deadline = performance.now() + patienceMs;
  const isMissing = async () => ((await sql.query(missingText)).rowCount ?? 0) > 0;
  while ((await unlessAway(isMissing)) !== false && performance.now() < deadline) await delay(500);
  return await checkTickets(sql);
}

import type { Sql } from "../../platform/db.ts";
import { balanceChecks } from "./balance-store.ts";
import { stockMismatches } from "./stock-store.ts";

/** Something that must not be. */
export interface Violation {
  invariant: string;
  what: string;
  /** How often, and the first few. */
  count: number;
  samples: unknown[];
}

/** Selects what must not be. */
export interface Check {
  invariant: string;
  what: string;
  text: string;
  values?: unknown[];
}

/** What the rules of other parts say, as far as rows are held against it. */
export interface Known {
  /** Units of unpaid stock that one address or device may keep. */
  heldQuota: number;
  /** From each state of an order one that may follow it. */
  arrows: readonly (readonly [from: string, to: string])[];
  countedTypes: readonly string[];
}

/** Orders placed within it, and what had ended by itself before `settledBy`. Null has no bound. */
export interface Span {
  from: Date | null;
  until: Date | null;
  settledBy: Date | null;
}

const shownSamples = 5;

const moment = (at: Date | null, otherwise: string) => `'${at?.toISOString() ?? otherwise}'::timestamptz`;
const firstId = (at: Date | null, otherwise: string) =>
  at ? `first_id_at(${moment(at, "")})` : `'${otherwise}'::uuid`;

/**
 * Each selects the rows that break its invariant. All of them hold at every moment for what `settledBy` leaves out of
 * account. Bounds are written into the text, so that the planner knows how little of the months it needs.
 */
function checksOf(known: Known, { from, until, settledBy }: Span): Check[] {
  const settled = moment(settledBy, "infinity");
  const least = firstId(from, "00000000-0000-0000-0000-000000000000");
  const most = firstId(until, "ffffffff-ffff-ffff-ffff-ffffffffffff");
  const within = (id: string) => `${id} >= ${least} and ${id} < ${most}`;
  // Whole steps alone are compared, and the first minute is left to ids that are older than their moments.
  const counted = (start: string, stepS: string) =>
    `${start} >= ${moment(from, "-infinity")} + interval '1 minute'
      and ${start} + make_interval(secs => ${stepS}) <= least(${moment(until, "infinity")}, ${settled})`;
  return [
    {
      invariant: "S1",
      what: "a code handed to two orders, or to another than it is sold to",
      text: `select d.code_id::text, array_agg(d.order_id) as orders from delivered_codes d join codes c on c.id = d.code_id
        where d.code_id in (select code_id from delivered_codes where ${within("order_id")})
        group by d.code_id, c.order_id having count(*) > 1 or bool_or(c.order_id is distinct from d.order_id)`,
    },
    {
      invariant: "S1",
      what: "a code sold and handed to nobody, or handed over and not sold",
      text: `select c.id::text, c.status, c.order_id from codes c left join delivered_codes d on d.code_id = c.id
        where (c.status = 'sold') <> (d.code_id is not null) and (c.order_id is null or ${within("c.order_id")})`,
    },
    {
      invariant: "S2",
      what: "codes that differ from what was imported, or from the ledger of available, held, sold and void",
      text: stockMismatches,
    },
    {
      invariant: "S2",
      what: "a code held or sold by an order whose state does not have it, or that there is not",
      text: `select c.id::text, c.status, c.order_id, o.status as "order" from codes c
        left join order_lines l on l.order_id = c.order_id and l.id = c.line_id and l.product_id = c.product_id
        left join orders o on o.id = l.order_id
        where c.status in ('held', 'sold') and (c.order_id is null or ${within("c.order_id")}) and (o.id is null
          or c.status = 'held' and o.status not in ('awaiting_payment', 'paid', 'under_review', 'delivering', 'delivery_failed')
          or c.status = 'sold' and o.status not in ('delivered', 'refunding', 'refunded'))`,
    },
    {
      invariant: "S4",
      what: "an order that holds other than what it bought",
      text: `select o.id, o.status, l.line_no, l.quantity, count(c.id)::int as held
        from orders o join order_lines l on l.order_id = o.id join products p on p.id = l.product_id and p.kind = 'code'
        left join codes c on c.order_id = o.id and c.line_id = l.id and c.status = 'held'
        where o.status in ('awaiting_payment', 'paid', 'under_review', 'delivering', 'delivery_failed') and ${within("o.id")}
        group by o.id, o.status, l.line_no, l.quantity having count(c.id) <> l.quantity`,
    },
    {
      invariant: "S5",
      what: "an order that expired more than once",
      text: `select order_id, count(*)::int from order_events where type = 'expired' and ${within("order_id")}
        group by 1 having count(*) > 1`,
    },
    {
      invariant: "S6",
      what: "an address or a device that held more unpaid units than its quota",
      // What was let go counts as gone a little earlier: an order is dated when its statement begins, which may wait.
      text: `with holder as (
          select id, created_at, 'address ' || address_key as who from orders where ${within("id")}
          union all select id, created_at, 'device ' || device_key from orders where device_key is not null and ${within("id")}
        ), bought as (
          select h.who, h.id, h.created_at as since, sum(l.quantity) as units
          from holder h join order_lines l on l.order_id = h.id join products p on p.id = l.product_id and p.kind = 'code'
          group by 1, 2, 3
        ), held as (
          select who, since, units,
            (select min(e.at) from order_events e where e.order_id = b.id and e.status <> 'awaiting_payment') as until
          from bought b where who in (select who from bought group by 1 having sum(units) > $1)
        ), steps as (
          select who, since as at, units from held
          union all select who, until - interval '5 seconds', -units from held where until is not null
        )
        select who, max(units) from (
          select who, sum(units) over (partition by who order by at, units) as units from steps) s
        group by 1 having max(units) > $1`,
      values: [known.heldQuota],
    },
    {
      invariant: "P1",
      what: "an order paid or delivered more than once",
      text: `select order_id, type, count(*)::int from order_events where type in ('paid', 'delivered') and ${within("order_id")}
        group by 1, 2 having count(*) > 1`,
    },
    {
      invariant: "P1",
      what: "a believed callback that was never settled",
      text: `select id, payment_id, received_at from payment_notices where verdict = 'pending' and received_at < ${settled}
        and received_at >= ${moment(from, "-infinity")}`,
    },
    {
      invariant: "P2",
      what: "a payment that is paid without a believed notice of its amount and provider",
      text: `select p.id, p.order_id, p.method, p.amount_fen from payments p where p.status = 'paid' and ${within("p.order_id")}
        and not exists (select from payment_notices n where n.payment_id = p.id and n.verdict in ('settled', 'surplus')
          and n.amount_fen = p.amount_fen and n.provider = p.method)`,
    },
    {
      invariant: "P4",
      what: "an order that keeps other money than its state says: its amount, less what staff gave back, when it is to be delivered, else nothing",
      // Money that a company would not give back is still kept; a person may be at it, unless all is at rest.
      text: `with kept as (
          select o.id, o.status, o.amount_fen, coalesce(p.paid, 0) as paid, coalesce(r.back, 0) as back,
            coalesce(r.failed, 0) as failed,
            case when o.status in ('paid', 'under_review', 'delivering', 'delivered', 'delivery_failed')
              then o.amount_fen - coalesce(r.given, 0) else 0 end as due
          from orders o
          left join (select order_id, sum(amount_fen)::int paid from payments where status = 'paid' and ${within("order_id")}
            group by 1) p on p.order_id = o.id
          left join (select order_id, sum(amount_fen) filter (where status <> 'failed')::int back,
              sum(amount_fen) filter (where status = 'failed')::int failed,
              sum(amount_fen) filter (where status <> 'failed' and code = 'refund.by_staff')::int given
            from refunds where ${within("order_id")} group by 1) r on r.order_id = o.id
          where ${within("o.id")}
        )
        select * from kept where paid - back <> due
          and (${settled} = 'infinity' or paid - back not between due and due + failed)`,
    },
    {
      invariant: "P7",
      what: "a payment that more was returned of than was paid",
      text: `select r.payment_id, sum(r.amount_fen)::int as back, p.amount_fen, p.status from refunds r
        left join payments p on p.id = r.payment_id where r.status <> 'failed' and ${within("r.order_id")} group by 1, 3, 4
        having sum(r.amount_fen) > coalesce(p.amount_fen, 0) or p.status is distinct from 'paid'`,
    },
    {
      invariant: "P7",
      what: "an order or a payment that costs other than its lines",
      text: `select o.id, o.amount_fen, l.cost from orders o
        left join (select order_id, sum(quantity * price_fen)::int cost from order_lines where ${within("order_id")}
          group by 1) l on l.order_id = o.id
        where ${within("o.id")} and (l.cost is distinct from o.amount_fen
          or exists (select from payments p where p.order_id = o.id and p.amount_fen <> o.amount_fen))`,
    },
    ...balanceChecks(within),
    {
      invariant: "D1",
      what: "delivered without exactly what was bought",
      text: `select o.id, l.line_no, p.kind, l.quantity, l.supplier_reference, count(d.code_id)::int as handed
        from orders o join order_lines l on l.order_id = o.id join products p on p.id = l.product_id
        left join codes c on c.order_id = o.id and c.line_id = l.id and c.status = 'sold'
        left join delivered_codes d on d.code_id = c.id and d.order_id = o.id
        where o.status = 'delivered' and ${within("o.id")} group by o.id, l.line_no, p.kind, l.quantity, l.supplier_reference
        having case p.kind when 'code' then count(d.code_id) <> l.quantity else l.supplier_reference is null end`,
    },
    {
      invariant: "D2",
      what: "an order that got stuck on its way",
      // What waits for a person is no violation while people may still come to it.
      text: `select id, status, next_attempt_at, expires_at, attempts from orders
        where ${within("id")} and case status when 'awaiting_payment' then expires_at < ${settled}
          when 'under_review' then ${settled} = 'infinity'
          when 'paid' then coalesce(paid_at, created_at) < ${settled}
          when 'delivering' then coalesce(paid_at, created_at) < ${settled}
          when 'refunding' then ${settled} = 'infinity' else false end`,
    },
    {
      invariant: "D2",
      what: "a delivery that failed without saying why",
      text: `select id, failure_code from orders where status = 'delivery_failed' and failure_code is null and ${within("id")}`,
    },
    {
      invariant: "D2",
      what: "an order that is over and still to be worked on",
      text: `select id, status, next_attempt_at, lease_token from orders
        where status not in ('paid', 'delivering') and (next_attempt_at is not null or lease_token is not null) and ${within("id")}`,
    },
    {
      invariant: "P6",
      what: "money that was never returned",
      // Between two attempts, or with a person, it is on its way; at rest nothing is. What failed may have been made again.
      text: `select id, order_id, payment_id, attempts, next_attempt_at from refunds r
        where status <> 'done' and created_at < ${settled} and ${within("order_id")}
          and (${settled} = 'infinity' or coalesce(next_attempt_at < ${settled}, status not in ('abnormal', 'failed')))
          and (status <> 'failed' or amount_fen > coalesce((select sum(again.amount_fen) from refunds again
            where again.payment_id = r.payment_id and again.status <> 'failed' and again.created_at >= r.created_at), 0))`,
    },
    {
      invariant: "A1",
      what: "a change of state that there is not, or a first event other than being placed",
      text: `select order_id, was, status, type from (
          select order_id, type, status, lag(status) over (partition by order_id order by id) as was
          from order_events where ${within("order_id")}) e
        where case when was is null then type <> 'placed' or status <> 'awaiting_payment'
          else was <> status and (was, status) not in (select * from unnest($1::text[], $2::text[])) end`,
      values: [known.arrows.map(([before]) => before), known.arrows.map(([, to]) => to)],
    },
    {
      invariant: "A1",
      what: "an order whose last event tells another state, or that has none",
      text: `select o.id, o.status, e.status as told from orders o left join (
          select distinct on (order_id) order_id, status from order_events where ${within("order_id")}
          order by order_id, id desc) e on e.order_id = o.id
        where ${within("o.id")} and e.status is distinct from o.status`,
    },
    {
      invariant: "A2",
      what: "an idempotency key of an order that there is not, or two keys of one order",
      text: `select k.order_id, count(*)::int from idempotency_keys k left join orders o on o.id = k.order_id
        where ${within("k.order_id")} group by 1 having count(*) > 1 or bool_or(o.id is null)`,
    },
    {
      invariant: "A5",
      what: "counts of the dashboard that differ from the event rows",
      text: `with counted as (
          select * from (
            select s.step_s, to_timestamp(floor(extract(epoch from at) / s.step_s) * s.step_s) as at, type,
              case when type = 'failed' then coalesce(code, '') else '' end as code, method, origin, count(*) as n
            from order_events, (values (1), (60), (3600)) s(step_s)
            where type = any ($1) and origin <> 'drill' and id >= ${least} group by 1, 2, 3, 4, 5, 6) e
          where ${counted("at", "step_s")}
        ), shown as (select * from live_counts where ${counted("at", "step_s")})
        select step_s, at, type, code, method, origin, c.n::int as rows, l.n::int as shown
        from counted c full join shown l using (step_s, at, type, code, method, origin)
        where c.n is distinct from l.n order by step_s, at`,
      values: [known.countedTypes],
    },
  ];
}

/** What the checks select, one violation for each that selects anything. */
export async function runChecks(sql: Pick<Sql, "query">, checks: readonly Check[]): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const { invariant, what, text, values = [] } of checks) {
    const { rows } = await sql.query(text, values);
    if (rows.length > 0)
      violations.push({ invariant, what, count: rows.length, samples: rows.slice(0, shownSamples) });
  }
  return violations;
}

export const checkSpan = (sql: Pick<Sql, "query">, known: Known, span: Span): Promise<Violation[]> =>
  runChecks(sql, checksOf(known, span));

/** Stock alone, in one snapshot. */
export async function checkStock(sql: Pick<Sql, "query">, known: Known): Promise<Violation[]> {
  const all = checksOf(known, { from: null, until: null, settledBy: null });
  const always = all.filter(({ invariant }) => invariant === "S2" || invariant === "S1");
  const { rows } = await sql.query<{ check: number; row: unknown }>(
    always
      .map(({ text }, n) => `select ${n} as check, to_jsonb(bad) as row from (${text}) bad`)
      .join(" union all "),
  );
  return always.flatMap(({ invariant, what }, n) => {
    const found = rows.filter(({ check }) => check === n).map(({ row }) => row);
    return found.length > 0
      ? [{ invariant, what, count: found.length, samples: found.slice(0, shownSamples) }]
      : [];
  });
}

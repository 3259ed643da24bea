ALTER TABLE "tickets" ADD COLUMN "occurrence" uuid;--> statement-breakpoint
-- Written by hand: what stands now is known to a ticket that is worked on, and to another when it is older than its state.
with standing as (
  select 'delivery_failed:' || o.id as cause_key, e.id, e.at from orders o join order_events e on e.order_id = o.id
    where o.status = 'delivery_failed' and e.type = 'failed' and e.status = 'delivery_failed'
  union all
  select 'risk_review:' || o.id, e.id, e.at from orders o join order_events e on e.order_id = o.id
    where o.status = 'under_review' and e.status = 'under_review'
  union all
  select 'payment_problem:' || r.order_id, e.id, e.at from refunds r join order_events e on e.order_id = r.order_id
    where r.status in ('abnormal', 'failed') and e.type in ('refund_abnormal', 'refund_failed')
      and e.facts ->> 'refund' = r.id::text
  union all
  select 'reconciliation:' || coalesce(order_id, id), id, first_seen_at from reconciliation_differences where state = 'open'
), known as (
  select t.id, max(s.id::text)::uuid as occurrence from standing s join tickets t on t.cause_key = s.cause_key
    where t.state in ('new', 'open', 'waiting_engineering')
      or s.at <= (select i.since from ticket_intervals i where i.ticket_id = t.id and i.until is null)
    group by t.id
)
update tickets set occurrence = known.occurrence from known where tickets.id = known.id;

-- Written by hand: what drizzle has no words for.

-- Payments that wait for an answer are asked about from now on; refunds that were tried before may have been sent.
update payments set ask_at = coalesce(asked_at, opened_at) where status = 'opened';
--> statement-breakpoint
update refunds set sent_at = created_at where attempts > 0 and status = 'requested';
--> statement-breakpoint

-- As before, but a refund that the provider finally refused returned nothing and leaves room for another.
create or replace function refuse_excessive_refund() returns trigger
language plpgsql as $$
declare
  paid int;
begin
  select amount_fen into paid from payments
    where id = new.payment_id and order_id = new.order_id and status = 'paid' for update;
  if paid is null then
    raise check_violation using constraint = 'refunds_of_paid_payments',
      message = 'a refund needs a payment of its order that was paid';
  end if;
  if (select sum(amount_fen) from refunds where payment_id = new.payment_id and status <> 'failed') > paid then
    raise check_violation using constraint = 'refunds_within_payment',
      message = 'the refunds of a payment would exceed what was paid';
  end if;
  return null;
end
$$;
--> statement-breakpoint

create function refuse_refund_revival() returns trigger
language plpgsql as $$
begin
  raise check_violation using constraint = 'refunds_end', message = 'a refund that is done or failed stays so';
end
$$;
--> statement-breakpoint
create trigger refunds_end before update of status on refunds
  for each row when (old.status in ('done', 'failed') and new.status is distinct from old.status)
  execute function refuse_refund_revival();
--> statement-breakpoint

-- Holds codes again for expired orders whose money came late: all of an order or nothing of it, in the order given.
-- The caller has locked the orders. Codes that others have locked are not waited for, since they may be sold this
-- moment or come back: `contended` says to ask again, `sold_out` and `withdrawn` (no longer sold) are final.
create function hold_codes_again(late uuid[]) returns table (order_id uuid, outcome text)
language plpgsql
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  an_order uuid; a_line record; got bigint[]; taken bigint[]; lines uuid[]; result text;
begin
  foreach an_order in array late loop
    result := 'held'; taken := '{}'; lines := '{}';
    for a_line in
      select l.id, l.product_id, l.quantity, p.kind, p.archived from order_lines l join products p on p.id = l.product_id
      where l.order_id = an_order order by l.product_id
    loop
      if a_line.archived then result := 'withdrawn'; exit; end if;
      if a_line.kind <> 'code' then continue; end if;
      select coalesce(array_agg(s.id), '{}') into got from (
        select c.id from codes c where c.product_id = a_line.product_id and c.status = 'available' and c.id <> all (taken)
        order by c.position limit a_line.quantity for update skip locked
      ) s;
      if cardinality(got) < a_line.quantity then
        select case when count(*) = a_line.quantity then 'contended' else 'sold_out' end into result from (
          select from codes c where c.product_id = a_line.product_id and c.status = 'available' and c.id <> all (taken)
          limit a_line.quantity
        ) s;
        exit;
      end if;
      taken := taken || got;
      lines := lines || array_fill(a_line.id, array[a_line.quantity]);
    end loop;
    if result = 'held' then
      update codes set status = 'held', order_id = an_order, line_id = w.line_id
        from unnest(taken, lines) w(code_id, line_id) where codes.id = w.code_id;
    end if;
    order_id := an_order; outcome := result;
    return next;
  end loop;
end
$$;
--> statement-breakpoint

-- The audit log only ever grows.
create function refuse_audit_change() returns trigger
language plpgsql as $$
begin
  raise insufficient_privilege using constraint = 'audit_append_only',
    message = 'the audit log is append-only';
end
$$;
--> statement-breakpoint
create trigger audit_entries_append_only before update or delete on audit_entries
  for each row execute function refuse_audit_change();
--> statement-breakpoint
create trigger audit_entries_no_truncate before truncate on audit_entries
  for each statement execute function refuse_audit_change();
--> statement-breakpoint
create trigger audit_head_kept before delete on audit_head
  for each row execute function refuse_audit_change();
--> statement-breakpoint
create trigger audit_head_no_truncate before truncate on audit_head
  for each statement execute function refuse_audit_change();
--> statement-breakpoint
create trigger audit_head_forward before update on audit_head
  for each row when (new.position <> old.position + 1) execute function refuse_audit_change();
--> statement-breakpoint
insert into audit_head (position, hash) values (0, '\x');

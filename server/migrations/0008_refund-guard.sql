-- Written by hand: a constraint over two tables.

-- Refunds of a payment never exceed what was paid with it, whoever asks for them and however many ask at once: the
-- payment's lock lets them through one by one, and the sum is read by a statement begun after it was got.
create function refuse_excessive_refund() returns trigger
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
  if (select sum(amount_fen) from refunds where payment_id = new.payment_id) > paid then
    raise check_violation using constraint = 'refunds_within_payment',
      message = 'the refunds of a payment would exceed what was paid';
  end if;
  return null;
end
$$;
--> statement-breakpoint
create constraint trigger refunds_within_payment after insert or update of payment_id, order_id, amount_fen on refunds
  for each row execute function refuse_excessive_refund();

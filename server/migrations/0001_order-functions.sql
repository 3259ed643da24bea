-- Written by hand: what drizzle has no words for.

-- The smallest UUIDv7 of a moment.
create function first_id_at(moment timestamptz) returns uuid
language sql immutable strict parallel safe as $$
  select (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;
--> statement-breakpoint

-- Monthly partitions of orders, lines and events, from the month of `start` for `months` months. Idempotent.
create function ensure_partitions(start timestamptz, months int) returns void
language plpgsql as $$
declare
  month timestamptz;
  parent text;
begin
  for i in 0 .. months - 1 loop
    month := date_trunc('month', start at time zone 'UTC') at time zone 'UTC' + make_interval(months => i);
    foreach parent in array array['orders', 'order_lines', 'order_events'] loop
      if to_regclass(format('%I', parent || to_char(month at time zone 'UTC', '_YYYYMM'))) is null then
        execute format(
          'create table %I partition of %I for values from (%L) to (%L)',
          parent || to_char(month at time zone 'UTC', '_YYYYMM'), parent,
          first_id_at(month), first_id_at(month + interval '1 month'));
      end if;
    end loop;
  end loop;
end
$$;
--> statement-breakpoint

-- Rows that no monthly partition wants (a clock far off) are kept, not refused.
create table orders_default partition of orders default;
--> statement-breakpoint
create table order_lines_default partition of order_lines default;
--> statement-breakpoint
create table order_events_default partition of order_events default;
--> statement-breakpoint

-- Codes change state twice in their lives; old versions must go before the index of available ones fills with them.
alter table codes set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.2, fillfactor = 80);
--> statement-breakpoint

-- Places a batch of orders: one call, one commit. Everything is decided here, inside one transaction, since only here
-- all nodes meet: replays, prices, limits, stock. Arrays o_* hold one entry an order, in order of arrival, l_* one entry
-- a line (l_order counts orders from 1). `at_time` null means the database's own clock.
--
-- A volatile function gives each of its statements a fresh snapshot. That is what makes the counted limit exact: the
-- locks on addresses come first (in order of key, so that two batches cannot deadlock), the counting statement after.
--
-- outcome: placed | replay (same_body tells which) | unknown_product | account_required | price_changed (amount)
--   | over_limit (units) | over_amount (the most that an order may cost) | too_many (retry_at) | sold_out | contended (somebody else holds rows that may come back: ask again)
create function place_orders(
  at_time timestamptz, hold interval, rate_window interval, rate_limit int,
  o_id uuid[], o_payment uuid[], o_key bytea[], o_body bytea[], o_origin text[], o_method text[], o_expected int[],
  o_address bigint[], o_device bigint[], o_contact bytea[], o_phone bigint[], o_phone_tail bigint[], o_email bigint[],
  o_account bytea[], o_session text[],
  l_order int[], l_sku text[], l_quantity int[]
) returns table (ord int, outcome text, order_id uuid, payment_id uuid, amount int, expires timestamptz, status text, same_body boolean, sku text, units int, retry_at timestamptz)
language plpgsql
-- Planning a dozen statements over partitions for each call would cost more than running them. A plan made while the
-- tables were empty must not walk them from end to end once they are not.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := coalesce(at_time, clock_timestamp());
  ends constant timestamptz := moment + hold;
  total constant int := cardinality(o_id);
  outcomes text[] := array_fill(null::text, array[total]);
  amounts int[] := array_fill(null::int, array[total]);
  fact_sku text[] := array_fill(null::text, array[total]);
  fact_units int[] := array_fill(null::int, array[total]);
  keeps_account boolean[] := array_fill(false, array[total]);
  -- products of the batch, one entry each
  p_id uuid[]; p_sku text[]; p_limit int[]; p_is_code boolean[]; p_price int[];
  p_left int[]; p_next int[]; p_short boolean[];
  locked bigint[] := '{}';
  -- addresses of the batch, one entry each
  a_key bigint[]; a_count int[]; a_of int[];
  -- lines summed by order and product, ordered by order
  n_order int[]; n_product int[]; n_units int[];
  -- what is written: lines, and codes for them
  w_order uuid[] := '{}'; w_no int[] := '{}'; w_line uuid[] := '{}'; w_product uuid[] := '{}'; w_units int[] := '{}'; w_price int[] := '{}';
  c_id bigint[] := '{}'; c_order uuid[] := '{}'; c_line uuid[] := '{}';
  winners uuid[]; available bigint[]; line uuid; w_of int := 0; wanted int; fits boolean;
  first int := 1; last int; i int; j int; p int;
begin
  -- 1. One at a time per address, whoever else places orders now.
  perform pg_advisory_xact_lock(key) from (select distinct key from unnest(o_address) key order by key) ordered;

  -- 2. Replays.
  for i in
    select o.ord from unnest(o_key) with ordinality o(key, ord)
    where exists (select from idempotency_keys k where k.key = o.key)
  loop
    outcomes[i] := 'replay';
  end loop;

  -- 3. Products, and lines summed by product.
  select array_agg(id), array_agg(s.sku), array_agg(limit_per_order), array_agg(kind = 'code'), array_agg(price_fen)
    into p_id, p_sku, p_limit, p_is_code, p_price
    from (select * from products where products.sku = any (l_sku) and not archived order by id) s;
  p_id := coalesce(p_id, '{}');
  p_left := array_fill(0, array[cardinality(p_id)]);
  p_next := array_fill(0, array[cardinality(p_id)]);
  p_short := array_fill(false, array[cardinality(p_id)]);
  select array_agg(s.ord), array_agg(s.product), array_agg(s.units) into n_order, n_product, n_units
    from (
      select l.ord, array_position(p_sku, l.sku) product, sum(l.quantity)::int units
      from unnest(l_order, l_sku, l_quantity) l(ord, sku, quantity)
      group by 1, 2 order by 1, 2
    ) s;
  for i in 1 .. cardinality(n_order) loop
    j := n_order[i]; p := n_product[i];
    if outcomes[j] is not null then continue; end if;
    if p is null then
      outcomes[j] := 'unknown_product';
      fact_sku[j] := (select min(l.sku) from unnest(l_order, l_sku) l(ord, sku) where l.ord = j and array_position(p_sku, l.sku) is null);
    elsif n_units[i] > p_limit[p] then
      outcomes[j] := 'over_limit'; fact_sku[j] := p_sku[p]; fact_units[j] := p_limit[p];
    elsif not p_is_code[p] and o_account[j] is null then
      outcomes[j] := 'account_required'; fact_sku[j] := p_sku[p];
    elsif coalesce(amounts[j], 0) + n_units[i]::bigint * p_price[p] > 1000000000 then
      outcomes[j] := 'over_amount'; amounts[j] := 1000000000;
    else
      amounts[j] := coalesce(amounts[j], 0) + n_units[i] * p_price[p];
      keeps_account[j] := keeps_account[j] or not p_is_code[p];
    end if;
  end loop;
  for j in 1 .. total loop
    if outcomes[j] is null and o_expected[j] is not null and o_expected[j] <> amounts[j] then
      outcomes[j] := 'price_changed';
    end if;
  end loop;

  -- 4. How many orders each address placed within the window; snapshot taken after the locks.
  select array_agg(a.key), array_agg(a.n) into a_key, a_count
    from (
      select k.key, (
        select count(*)::int from orders
        where address_key = k.key and created_at > moment - rate_window
          and orders.id >= first_id_at(moment - rate_window - interval '10 minutes')
      ) n
      from (select distinct key from unnest(o_address) key) k
    ) a;
  select array_agg(array_position(a_key, o.key) order by o.ord) into a_of
    from unnest(o_address) with ordinality o(key, ord);

  -- 5. Lock as many codes of each product as the batch could use. Rows that others hold are skipped, not waited for.
  for p in 1 .. cardinality(p_id) loop
    if not p_is_code[p] then continue; end if;
    wanted := 0;
    for i in 1 .. cardinality(n_order) loop
      if n_product[i] = p and outcomes[n_order[i]] is null then wanted := wanted + n_units[i]; end if;
    end loop;
    if wanted = 0 then continue; end if;
    select array_agg(s.id) into available from (
      select c.id from codes c where c.product_id = p_id[p] and c.status = 'available'
      order by c.position limit wanted for update skip locked
    ) s;
    p_left[p] := coalesce(cardinality(available), 0);
    p_next[p] := cardinality(locked) + 1;
    locked := locked || available;
    if p_left[p] < wanted then
      select count(*) > p_left[p] into fits from (
        select from codes c where c.product_id = p_id[p] and c.status = 'available' limit wanted
      ) s;
      p_short[p] := fits;
    end if;
  end loop;

  -- 6. Who fills: in order of arrival, all or nothing.
  while first <= cardinality(n_order) loop
    j := n_order[first];
    last := first;
    while last < cardinality(n_order) and n_order[last + 1] = j loop last := last + 1; end loop;
    if outcomes[j] is null then
      if a_count[a_of[j]] >= rate_limit then
        outcomes[j] := 'too_many';
      else
        fits := true;
        for i in first .. last loop
          p := n_product[i];
          if p_is_code[p] and n_units[i] > p_left[p] and fits then
            fits := false;
            outcomes[j] := case when p_short[p] then 'contended' else 'sold_out' end;
            fact_sku[j] := p_sku[p];
          end if;
        end loop;
        if fits then
          for i in first .. last loop
            p := n_product[i];
            if p_is_code[p] then p_left[p] := p_left[p] - n_units[i]; end if;
          end loop;
          a_count[a_of[j]] := a_count[a_of[j]] + 1;
          outcomes[j] := 'placed';
        end if;
      end if;
    end if;
    first := last + 1;
  end loop;

  -- 7. The winners' keys, in order of key. One that another statement has just taken is a replay to be read again; and
  -- such a loser may have kept stock or quota from its neighbours, so they ask again too.
  with taken as (
    insert into idempotency_keys (key, body, order_id, created_at)
    select o.key, o.body, o.id, moment
    from unnest(o_key, o_body, o_id, outcomes) o(key, body, id, outcome)
    where o.outcome = 'placed' order by o.key
    on conflict (key) do nothing returning order_id
  )
  select coalesce(array_agg(order_id), '{}') into winners from taken;
  if cardinality(winners) < cardinality(array_positions(outcomes, 'placed')) then
    for j in 1 .. total loop
      if outcomes[j] = 'placed' and o_id[j] <> all (winners) or outcomes[j] in ('sold_out', 'too_many') then
        outcomes[j] := 'contended';
      end if;
    end loop;
  end if;

  -- 8. Give each winner its lines and its codes, and write it all.
  for i in 1 .. cardinality(n_order) loop
    j := n_order[i];
    if outcomes[j] <> 'placed' then continue; end if;
    p := n_product[i];
    line := uuidv7();
    w_order := w_order || o_id[j]; w_no := w_no || case when w_of = j then w_no[cardinality(w_no)] + 1 else 1 end;
    w_of := j;
    w_line := w_line || line; w_product := w_product || p_id[p]; w_units := w_units || n_units[i]; w_price := w_price || p_price[p];
    if p_is_code[p] then
      for k in 1 .. n_units[i] loop
        c_id := c_id || locked[p_next[p]]; c_order := c_order || o_id[j]; c_line := c_line || line;
        p_next[p] := p_next[p] + 1;
      end loop;
    end if;
  end loop;
  insert into orders (id, status, origin, amount_fen, payment_method, contact, phone_key, phone_tail_key, email_key,
      recharge_account, address_key, device_key, session, created_at, expires_at)
    select o.id, 'awaiting_payment', o.origin, o.amount, o.method, o.contact, o.phone, o.phone_tail, o.email,
      case when o.keeps_account then o.account end, o.address, o.device, o.session, moment, ends
    from unnest(outcomes, o_id, o_origin, amounts, o_method, o_contact, o_phone, o_phone_tail, o_email, o_account,
      keeps_account, o_address, o_device, o_session)
      o(outcome, id, origin, amount, method, contact, phone, phone_tail, email, account, keeps_account, address, device, session)
    where o.outcome = 'placed';
  insert into payments (id, order_id, method, status, amount_fen, created_at)
    select o.payment, o.id, o.method, 'created', o.amount, moment
    from unnest(outcomes, o_id, o_payment, o_method, amounts) o(outcome, id, payment, method, amount)
    where o.outcome = 'placed';
  insert into order_events (id, order_id, type, status, method, origin, at)
    select uuidv7(), o.id, 'placed', 'awaiting_payment', o.method, o.origin, moment
    from unnest(outcomes, o_id, o_method, o_origin) o(outcome, id, method, origin)
    where o.outcome = 'placed';
  insert into order_lines (order_id, line_no, id, product_id, quantity, price_fen)
    select * from unnest(w_order, w_no, w_line, w_product, w_units, w_price);
  update codes set status = 'held', order_id = w.order_id, line_id = w.line_id
    from unnest(c_id, c_order, c_line) w(code_id, order_id, line_id)
    where codes.id = w.code_id;

  -- 9. Tell each order its outcome, in order of arrival.
  return query
    select o.ord::int,
      o.outcome,
      coalesce(k.order_id, o.id),
      case when k.order_id is null then o.payment end,
      o.amount,
      ends,
      'awaiting_payment'::text,
      k.body = o.body,
      o.sku, o.units,
      case when o.outcome = 'too_many' then (
        select created_at + rate_window from orders
        where address_key = o.address and created_at > moment - rate_window
        order by created_at desc offset rate_limit - 1 limit 1
      ) end
    from unnest(outcomes, o_id, o_payment, amounts, fact_sku, fact_units, o_key, o_body, o_address) with ordinality
      o(outcome, id, payment, amount, sku, units, key, body, address, ord)
    left join idempotency_keys k on o.outcome = 'replay' and k.key = o.key
    order by o.ord;
end
$$;

-- Written by hand: whom limits count an order to.

-- What a buyer has of a product since a moment, order by order: paid for or waiting for payment, not what expired or
-- goes back. `kind` says what the key is of: 1 device, 2 account, 3 address without a device. An account is a name that
-- anybody may give: what waits for payment under it keeps nobody else from buying.
create or replace function units_bought(product uuid, kind int, key bigint, since timestamptz)
returns table (at timestamptz, units int)
language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  paid constant text[] := '{paid,under_review,delivering,delivered,delivery_failed}';
  counted constant text[] := paid || 'awaiting_payment'::text;
  first_id constant uuid := first_id_at(since - interval '1 day');
begin
  return query
    select o.created_at, o.n from (
      select created_at, (
        select sum(l.quantity)::int from order_lines l where l.order_id = o.id and l.product_id = product
      ) n
      from orders o
      where kind = 1 and device_key = key and status = any (counted) and created_at > since and id >= first_id
      union all
      select created_at, (
        select sum(l.quantity)::int from order_lines l where l.order_id = o.id and l.product_id = product
      )
      from orders o
      where kind = 2 and account_key = key and status = any (paid) and created_at > since and id >= first_id
      union all
      select created_at, (
        select sum(l.quantity)::int from order_lines l where l.order_id = o.id and l.product_id = product
      )
      from orders o
      where kind = 3 and address_key = key and device_key is null and status = any (counted) and created_at > since and id >= first_id
    ) o
    where o.n is not null;
end
$$;
--> statement-breakpoint

-- Places a batch of orders: one call, one commit. Everything is decided here, inside one transaction, since only here
-- all nodes meet: replays, prices, limits, stock. Arrays o_* hold one entry an order, in order of arrival, l_* one entry
-- a line (l_order counts orders from 1). `at_time` null means the database's own clock. `held_limits` are the most units
-- of unpaid stock of one address, one device and one account.
--
-- A volatile function gives each of its statements a fresh snapshot. That is what makes the limits exact: the locks on
-- addresses, devices and accounts to recharge come first (all in one order, so that two batches cannot deadlock), the counting
-- after. Then come the idempotency keys, in order of key; whoever waits there for another batch waits for one that
-- needs no further lock.
--
-- outcome: placed | replay (same_body tells which) | unknown_product | account_required | price_changed (amount)
--   | over_limit (units) | over_amount (the most that an order may cost) | too_many (retry_at)
--   | over_hold (units left, retry_at) | over_buyer (units left, retry_at) | sold_out
--   | contended (somebody else holds rows that may come back: ask again)
--   | wrong_clock (its id is of another time than its moment, so that no limit would find it)
create or replace function place_orders(
  at_time timestamptz, hold interval, rate_window interval, rate_limit int, held_limits int[],
  o_id uuid[], o_payment uuid[], o_key bytea[], o_body bytea[], o_origin text[], o_method text[], o_expected int[],
  o_address bigint[], o_device bigint[], o_account_key bigint[],
  o_contact bytea[], o_phone bigint[], o_phone_tail bigint[], o_email bigint[], o_account bytea[], o_session text[],
  l_order int[], l_sku text[], l_quantity int[], o_language text[] default null
) returns table (ord int, outcome text, order_id uuid, payment_id uuid, amount int, expires timestamptz, same_body boolean, sku text, units int, retry_at timestamptz)
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
  -- No order waits for payment longer than this, and none has an id outside these bounds: so one partition is read.
  recent constant timestamptz := moment - greatest(rate_window, interval '1 hour');
  since constant uuid := first_id_at(recent - interval '10 minutes');
  until constant uuid := first_id_at(moment + interval '1 day');
  earliest constant uuid := first_id_at(moment - interval '5 minutes');
  latest constant uuid := first_id_at(moment + interval '5 minutes');
  outcomes text[] := array_fill(null::text, array[total]);
  amounts int[] := array_fill(null::int, array[total]);
  held int[] := array_fill(0, array[total]);
  short_of int[] := array_fill(null::int, array[total]);
  fact_sku text[] := array_fill(null::text, array[total]);
  fact_units int[] := array_fill(null::int, array[total]);
  fact_at timestamptz[] := array_fill(null::timestamptz, array[total]);
  keeps_account boolean[] := array_fill(false, array[total]);
  -- products of the batch, one entry each
  p_id uuid[]; p_sku text[]; p_limit int[]; p_is_code boolean[]; p_price int[]; p_buyer_limit int[]; p_days int[];
  p_wanted int[]; p_left int[]; p_next int[]; p_short boolean[];
  locked bigint[] := '{}';
  memory text; known text[]; asked constant float8 := extract(epoch from moment); lowest bigint; lowest_found bigint;
  -- addresses, devices and accounts of the batch, one entry each, and which of them an order has
  a_count int[]; a_held int[]; d_held int[]; k_held int[];
  a_of int[]; d_of int[]; k_of int[];
  h_account bigint[] := array_fill(null::bigint, array[total]);
  -- what buyers have of limited products, and which entries a line has: of device or address, and of account
  b_used int[]; n_one int[]; n_two int[]; has_buyer_limits boolean;
  -- lines summed by order and product, ordered by order
  n_order int[]; n_product int[]; n_units int[];
  -- what is written: lines, and codes for them
  w_order uuid[] := '{}'; w_no int[] := '{}'; w_line uuid[] := '{}'; w_product uuid[] := '{}'; w_units int[] := '{}'; w_price int[] := '{}';
  c_id bigint[] := '{}'; c_order uuid[] := '{}'; c_line uuid[] := '{}';
  claimed uuid[]; recharging int[]; available bigint[]; line uuid; cost bigint; room int; other int; fits boolean;
  has_replays boolean := false; has_refusals boolean := false;
  lines int; first int; last int; i int; j int; k int; p int; n int;
begin
  -- 1. One at a time per address, device and account to recharge, whoever else places orders now. An account to which the
  -- order recharges nothing says nothing of who buys, so that such an order goes by its contact.
  has_buyer_limits := exists (
    select from products where products.sku = any (l_sku) and not archived and limit_per_buyer is not null);
  if cardinality(array_remove(o_account, null)) > 0 then
    recharging := array(
      select distinct l.ord from unnest(l_order, l_sku) l(ord, sku)
      join products on products.sku = l.sku and kind = 'recharge' and not archived);
    for j in 1 .. total loop
      if o_account[j] is null then continue; end if;
      if j = any (recharging) then h_account[j] := o_account_key[j];
      else o_account_key[j] := coalesce(o_phone[j], o_email[j]);
      end if;
    end loop;
  end if;
  perform pg_advisory_xact_lock(key)
    from (
      select distinct key
      from unnest(o_address || o_device || h_account) key
      where key is not null order by key
    ) ordered;

  -- 2. The orders' keys. One that is taken already is a replay; those of refused orders are given back below.
  with taken as (
    insert into idempotency_keys (key, body, order_id, created_at)
    select o.key, o.body, o.id, moment from unnest(o_key, o_body, o_id) o(key, body, id) order by o.key
    on conflict (key) do nothing returning order_id
  )
  select coalesce(array_agg(order_id), '{}') into claimed from taken;
  if cardinality(claimed) < total then
    has_replays := true;
    for j in 1 .. total loop
      if o_id[j] <> all (claimed) then outcomes[j] := 'replay'; end if;
    end loop;
  end if;

  for j in 1 .. total loop
    if outcomes[j] is null and (o_id[j] < earliest or o_id[j] >= latest) then outcomes[j] := 'wrong_clock'; end if;
  end loop;

  -- 3. Products, lines summed by product, and what is wrong with an order whatever the others do.
  select array_agg(id), array_agg(s.sku), array_agg(limit_per_order), array_agg(kind = 'code'), array_agg(price_fen),
      array_agg(limit_per_buyer), array_agg(limit_days)
    into p_id, p_sku, p_limit, p_is_code, p_price, p_buyer_limit, p_days
    from (select * from (select * from products where products.sku = any (l_sku) and not archived offset 0) f order by id) s;
  n := coalesce(cardinality(p_id), 0);
  p_wanted := array_fill(0, array[n]);
  p_left := array_fill(0, array[n]);
  p_next := array_fill(0, array[n]);
  p_short := array_fill(false, array[n]);
  select array_agg(s.ord), array_agg(s.product), array_agg(s.units) into n_order, n_product, n_units
    from (
      select l.ord, array_position(p_sku, l.sku) product, sum(l.quantity)::int units
      from unnest(l_order, l_sku, l_quantity) l(ord, sku, quantity)
      group by 1, 2 order by 1, 2
    ) s;
  lines := cardinality(n_order);
  first := 1;
  while first <= lines loop
    j := n_order[first]; last := first; cost := 0;
    loop
      p := n_product[last];
      if outcomes[j] is null then
        if p is null then
          outcomes[j] := 'unknown_product';
          fact_sku[j] := (select min(l.sku) from unnest(l_order, l_sku) l(ord, sku) where l.ord = j and array_position(p_sku, l.sku) is null);
        elsif n_units[last] > p_limit[p] then
          outcomes[j] := 'over_limit'; fact_sku[j] := p_sku[p]; fact_units[j] := p_limit[p];
        elsif not p_is_code[p] and o_account[j] is null then
          outcomes[j] := 'account_required'; fact_sku[j] := p_sku[p];
        else
          cost := cost + n_units[last]::bigint * p_price[p];
          if cost > 1000000000 then outcomes[j] := 'over_amount'; amounts[j] := 1000000000; end if;
        end if;
      end if;
      exit when last = lines or n_order[last + 1] <> j;
      last := last + 1;
    end loop;
    if outcomes[j] is null then
      amounts[j] := cost;
      if o_expected[j] <> cost then
        outcomes[j] := 'price_changed';
      else
        for i in first .. last loop
          p := n_product[i];
          if p_is_code[p] then
            p_wanted[p] := p_wanted[p] + n_units[i];
            held[j] := held[j] + n_units[i];
          else
            keeps_account[j] := true;
          end if;
        end loop;
      end if;
    end if;
    first := last + 1;
  end loop;

  -- 4. How many orders each address placed within the window, and the unpaid stock of each address, device and account.
  select array_agg(a order by o), array_agg(case when address_device is not null then d end order by o),
      array_agg(case when account is not null then k end order by o)
    into a_of, d_of, k_of
    from (
      select o, device address_device, account, dense_rank() over (order by address) a,
        dense_rank() over (order by device) d, dense_rank() over (order by account) k
      from unnest(o_address, o_device, h_account) with ordinality u(address, device, account, o)
    ) ranked;
  select array_agg(c.n), array_agg(c.units) into a_count, a_held
    from (select distinct key from unnest(o_address) key order by key) h
    cross join lateral (
      select (count(*) filter (where created_at > moment - rate_window))::int n,
        coalesce(sum(held_units) filter (where orders.status = 'awaiting_payment'), 0)::int units
      from orders where address_key = h.key and created_at > recent and id >= since and id < until
    ) c;
  if cardinality(array_remove(o_device, null)) > 0 then
    select array_agg(c.units) into d_held
      from (select distinct key from unnest(o_device) key where key is not null order by key) h
      cross join lateral (
        select coalesce(sum(held_units), 0)::int units
        from orders where device_key = h.key and orders.status = 'awaiting_payment' and created_at > recent and id >= since and id < until
      ) c;
  end if;
  if cardinality(array_remove(h_account, null)) > 0 then
    select array_agg(c.units) into k_held
      from (select distinct key from unnest(h_account) key where key is not null order by key) h
      cross join lateral (
        select coalesce(sum(held_units), 0)::int units
        from orders where account_key = h.key and orders.status = 'awaiting_payment' and created_at > recent and id >= since and id < until
      ) c;
  end if;

  -- 5. What buyers have of limited products. All who come without a device from one address are one buyer there.
  if has_buyer_limits then
    with pairs as (
      select i, product, kind, key, dense_rank() over (order by product, kind, key) r
      from unnest(n_order, n_product) with ordinality u(o, product, i)
      cross join lateral (values (1, o_device[u.o]), (2, o_account_key[u.o]),
        (3, case when o_device[u.o] is null then o_address[u.o] end)) b(kind, key)
      where p_buyer_limit[product] is not null and key is not null
    ), of_line as (
      select g.i, max(r) filter (where kind <> 2) one, max(r) filter (where kind = 2) two
      from generate_series(1, lines) g(i) left join pairs on pairs.i = g.i group by g.i
    )
    select (select array_agg(one order by of_line.i) from of_line), (select array_agg(two order by of_line.i) from of_line),
        (select array_agg(used order by u.r) from (
          select distinct on (r) r, (
            select coalesce(sum(b.units), 0)::int
            from units_bought(p_id[product], kind, key, moment - make_interval(days => p_days[product])) b
          ) used from pairs order by r
        ) u)
      into n_one, n_two, b_used;
  end if;

  -- 6. Lock as many codes of each product as the batch could use. Rows that others hold are skipped, not waited for. The
  -- index begins with all that was taken since it was last vacuumed, and whoever looks from its beginning walks over that.
  -- So a session remembers for a second from where on it found any; what was given back below is found after that second,
  -- or at once when the rest is not enough.
  for p in 1 .. n loop
    if p_wanted[p] = 0 then continue; end if;
    memory := 'orderwatch.codes_from_' || replace(p_id[p]::text, '-', '_');
    known := string_to_array(nullif(current_setting(memory, true), ''), ' ');
    lowest := case when known[2]::float8 between asked - 1 and asked then known[1]::bigint else 0 end;
    loop
      select array_agg(s.id), min(s.position) into available, lowest_found from (
        select c.id, c.position from codes c
        where c.product_id = p_id[p] and c.status = 'available' and c.position >= lowest
        order by c.position limit p_wanted[p] for update skip locked
      ) s;
      exit when lowest = 0 or cardinality(available) = p_wanted[p];
      lowest := 0;
    end loop;
    if lowest = 0 and lowest_found is not null then
      perform set_config(memory, lowest_found || ' ' || asked, false);
    end if;
    p_left[p] := coalesce(cardinality(available), 0);
    p_next[p] := cardinality(locked) + 1;
    locked := locked || available;
    if p_left[p] < p_wanted[p] then
      select count(*) > p_left[p] into fits from (
        select from codes c where c.product_id = p_id[p] and c.status = 'available' limit p_wanted[p]
      ) s;
      p_short[p] := fits;
    end if;
  end loop;

  -- 7. Who fills: in order of arrival, all or nothing. A winner gets its lines and its codes.
  first := 1;
  while first <= lines loop
    j := n_order[first]; last := first;
    while last < lines and n_order[last + 1] = j loop last := last + 1; end loop;
    if outcomes[j] is null then
      fits := a_count[a_of[j]] < rate_limit;
      if not fits then
        outcomes[j] := 'too_many';
      elsif held[j] > 0 then
        room := held_limits[1] - a_held[a_of[j]]; short_of[j] := 1;
        other := held_limits[2] - d_held[d_of[j]];
        if other < room then room := other; short_of[j] := 2; end if;
        other := held_limits[3] - k_held[k_of[j]];
        if other < room then room := other; short_of[j] := 3; end if;
        if held[j] > room then
          fits := false; outcomes[j] := 'over_hold'; fact_units[j] := greatest(room, 0);
        end if;
      end if;
      if fits and has_buyer_limits then
        for i in first .. last loop
          p := n_product[i];
          room := p_buyer_limit[p] - greatest(b_used[n_one[i]], b_used[n_two[i]]);
          if fits and n_units[i] > room then
            fits := false; outcomes[j] := 'over_buyer'; fact_sku[j] := p_sku[p]; fact_units[j] := greatest(room, 0);
          end if;
        end loop;
      end if;
      if fits then
        for i in first .. last loop
          p := n_product[i];
          if fits and p_is_code[p] and n_units[i] > p_left[p] then
            fits := false;
            outcomes[j] := case when p_short[p] then 'contended' else 'sold_out' end;
            fact_sku[j] := p_sku[p];
          end if;
        end loop;
      end if;
      if fits then
        outcomes[j] := 'placed';
        k := a_of[j]; a_count[k] := a_count[k] + 1; a_held[k] := a_held[k] + held[j];
        k := d_of[j]; if k is not null then d_held[k] := d_held[k] + held[j]; end if;
        k := k_of[j]; if k is not null then k_held[k] := k_held[k] + held[j]; end if;
        for i in first .. last loop
          p := n_product[i];
          line := uuidv7();
          w_order := w_order || o_id[j]; w_no := w_no || (i - first + 1); w_line := w_line || line;
          w_product := w_product || p_id[p]; w_units := w_units || n_units[i]; w_price := w_price || p_price[p];
          if has_buyer_limits then
            k := n_one[i]; if k is not null then b_used[k] := b_used[k] + n_units[i]; end if;
          end if;
          if p_is_code[p] then
            for k in p_next[p] .. p_next[p] + n_units[i] - 1 loop
              c_id := c_id || locked[k]; c_order := c_order || o_id[j]; c_line := c_line || line;
            end loop;
            p_next[p] := p_next[p] + n_units[i];
            p_left[p] := p_left[p] - n_units[i];
          end if;
        end loop;
      end if;
    end if;
    if outcomes[j] not in ('placed', 'replay') then has_refusals := true; end if;
    first := last + 1;
  end loop;

  -- 8. Write it all, in one statement: each costs more to begin than to run.
  with won as materialized (
    select * from unnest(outcomes, o_id, o_payment, o_origin, amounts, o_method, o_contact, o_phone, o_phone_tail, o_email,
      o_account, keeps_account, o_address, o_device, o_account_key, held, o_session, o_language)
      o(outcome, id, payment, origin, amount, method, contact, phone, phone_tail, email, account, keeps_account, address,
        device, account_key, held, session, language)
    where o.outcome = 'placed'
  ), made as (
    insert into orders (id, status, origin, amount_fen, payment_method, contact, phone_key, phone_tail_key, email_key,
      recharge_account, address_key, device_key, account_key, held_units, session, created_at, expires_at,
      language)
    select id, 'awaiting_payment', origin, amount, method, contact, phone, phone_tail, email,
      case when keeps_account then account end, address, device, account_key, held, session, moment, ends,
      coalesce(language, 'zh-CN')
    from won
  ), offered as (
    insert into payments (id, order_id, method, status, amount_fen, created_at)
    select payment, id, method, 'created', amount, moment from won
  ), noted as (
    insert into order_events (id, order_id, type, status, method, origin, at)
    select uuidv7(), id, 'placed', 'awaiting_payment', method, origin, moment from won
  ), listed as (
    insert into order_lines (order_id, line_no, id, product_id, quantity, price_fen)
    select * from unnest(w_order, w_no, w_line, w_product, w_units, w_price)
  )
  update codes set status = 'held', order_id = w.order_id, line_id = w.line_id
    from unnest(c_id, c_order, c_line) w(code_id, order_id, line_id)
    where codes.id = w.code_id;

  -- 9. A refused order leaves nothing behind, and hears when it may come again.
  if has_refusals then
    delete from idempotency_keys
      where key = any (array(
        select o.key from unnest(o_key, outcomes) o(key, outcome) where o.outcome not in ('placed', 'replay')));
    for j in 1 .. total loop
      if outcomes[j] = 'too_many' then
        fact_at[j] := (
          select created_at + rate_window from orders
          where address_key = o_address[j] and created_at > moment - rate_window and id >= since and id < until
          order by created_at desc offset rate_limit - 1 limit 1);
      elsif outcomes[j] = 'over_hold' then
        fact_at[j] := (select min(expires_at) from (
          select expires_at from orders where short_of[j] = 1 and address_key = o_address[j] and created_at > recent
            and id >= since and id < until and orders.status = 'awaiting_payment' and held_units > 0
          union all
          select expires_at from orders where short_of[j] = 2 and device_key = o_device[j] and created_at > recent
            and id >= since and id < until and orders.status = 'awaiting_payment' and held_units > 0
          union all
          select expires_at from orders where short_of[j] = 3 and account_key = o_account_key[j] and created_at > recent
            and id >= since and id < until and orders.status = 'awaiting_payment' and held_units > 0
        ) holds);
      elsif outcomes[j] = 'over_buyer' then
        p := array_position(p_sku, fact_sku[j]);
        i := array_position(n_order, j);
        while n_product[i] <> p loop i := i + 1; end loop;
        -- The newest order that, with all later ones and this one, is too much: when it leaves the window, this one fits.
        if n_units[i] <= p_buyer_limit[p] then
          fact_at[j] := (select max(kept.at) + make_interval(days => p_days[p]) from (
            select b.at, sum(b.units) over (partition by u.kind order by b.at desc) so_far
            from (values (1, o_device[j]), (2, o_account_key[j]),
              (3, case when o_device[j] is null then o_address[j] end)) u(kind, key)
            cross join lateral units_bought(p_id[p], u.kind, u.key, moment - make_interval(days => p_days[p])) b
          ) kept
          where kept.so_far + n_units[i] > p_buyer_limit[p]);
        end if;
      end if;
    end loop;
  end if;

  -- 10. Tell each order its outcome, in order of arrival. A replay whose key is gone has lost to one that was refused.
  if has_replays then
    return query
      select o.ord::int, case when o.outcome = 'replay' and k.order_id is null then 'contended' else o.outcome end,
        coalesce(k.order_id, o.id), o.payment, o.amount, ends, k.body = o.body, o.sku, o.units, o.retry_at
      from unnest(outcomes, o_id, o_payment, amounts, fact_sku, fact_units, fact_at, o_key, o_body) with ordinality
        o(outcome, id, payment, amount, sku, units, retry_at, key, body, ord)
      left join idempotency_keys k on o.outcome = 'replay' and k.key = o.key
      order by o.ord;
  else
    return query
      select o.ord::int, o.outcome, o.id, o.payment, o.amount, ends, null::boolean, o.sku, o.units, o.retry_at
      from unnest(outcomes, o_id, o_payment, amounts, fact_sku, fact_units, fact_at) with ordinality
        o(outcome, id, payment, amount, sku, units, retry_at, ord);
  end if;
end
$$;

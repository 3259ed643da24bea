-- Written by hand: triggers, and the ledger of the codes that are there already.

create function note_stock_change() returns trigger
language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into stock_changes (product_id, available, held, sold, void)
      select product_id, count(*) filter (where status = 'available'), count(*) filter (where status = 'held'),
        count(*) filter (where status = 'sold'), count(*) filter (where status = 'void')
      from fresh group by product_id;
  elsif tg_op = 'DELETE' then
    insert into stock_changes (product_id, available, held, sold, void)
      select product_id, -count(*) filter (where status = 'available'), -count(*) filter (where status = 'held'),
        -count(*) filter (where status = 'sold'), -count(*) filter (where status = 'void')
      from stale group by product_id;
  else
    insert into stock_changes (product_id, available, held, sold, void)
      select product_id, c.a, c.h, c.s, c.v from (
        select product_id, sum(n) filter (where status = 'available') a, sum(n) filter (where status = 'held') h,
          sum(n) filter (where status = 'sold') s, sum(n) filter (where status = 'void') v
        from (select product_id, status, 1 n from fresh union all select product_id, status, -1 from stale) moved
        group by product_id
      ) summed
      cross join lateral (select coalesce(a, 0), coalesce(h, 0), coalesce(s, 0), coalesce(v, 0)) c(a, h, s, v)
      where (c.a, c.h, c.s, c.v) <> (0, 0, 0, 0);
  end if;
  return null;
end
$$;
--> statement-breakpoint

lock table codes in share row exclusive mode;
--> statement-breakpoint
insert into stock_changes (product_id, available, held, sold, void)
  select product_id, count(*) filter (where status = 'available'), count(*) filter (where status = 'held'),
    count(*) filter (where status = 'sold'), count(*) filter (where status = 'void')
  from codes group by product_id;
--> statement-breakpoint
create trigger codes_added after insert on codes
  referencing new table as fresh for each statement execute function note_stock_change();
--> statement-breakpoint
create trigger codes_moved after update on codes
  referencing old table as stale new table as fresh for each statement execute function note_stock_change();
--> statement-breakpoint
create trigger codes_removed after delete on codes
  referencing old table as stale for each statement execute function note_stock_change();
--> statement-breakpoint
-- Folded all the time, so its dead rows must go all the time.
alter table stock_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

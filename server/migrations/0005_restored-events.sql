-- Written by hand: a function.

-- Transaction numbers belong to one PostgreSQL cluster. Rows restored into another one may carry numbers that lie in
-- its future; they would be counted again when it gets there, and new rows never. Called at every start, before anyone
-- writes: rows from the future that were counted go behind every cursor, the others belong to this transaction.
create function adopt_restored_events() returns void
language plpgsql as $$
declare
  counted xid8 := coalesce((select xid from live_cursor where name = 'orders'), '0');
begin
  -- Nothing that this cluster wrote can be seen beyond the end of the snapshot that sees it.
  update order_events set xid = case when xid < counted then '0'::xid8 else pg_current_xact_id() end
  where xid >= pg_snapshot_xmax(pg_current_snapshot());
  update live_cursor set xid = pg_current_xact_id() where xid > pg_snapshot_xmax(pg_current_snapshot());
end
$$;

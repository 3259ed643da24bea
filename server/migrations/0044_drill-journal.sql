-- Written by hand: a journal that only grows, and the stop as its only row.
create function refuse_journal_change() returns trigger
language plpgsql as $$
begin
  raise insufficient_privilege using constraint = 'journal_append_only', message = 'the journal of a drill is append-only';
end
$$;
--> statement-breakpoint
create trigger drill_journal_append_only before update or delete on drill_journal
  for each row execute function refuse_journal_change();
--> statement-breakpoint
create trigger drill_journal_no_truncate before truncate on drill_journal
  for each statement execute function refuse_journal_change();
--> statement-breakpoint
insert into drill_stop (id, engaged) values (1, false);

-- The timeline of an incident only ever grows; whoever was wrong adds a correction.
create function refuse_timeline_change() returns trigger
language plpgsql as $$
begin
  raise insufficient_privilege using constraint = 'timeline_append_only',
    message = 'the timeline of an incident is append-only';
end
$$;
--> statement-breakpoint
create trigger incident_events_append_only before update or delete on incident_events
  for each row execute function refuse_timeline_change();
--> statement-breakpoint
create trigger incident_events_no_truncate before truncate on incident_events
  for each statement execute function refuse_timeline_change();

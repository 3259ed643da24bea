-- Written by hand: a timeline that only grows, and the policy that tickets have until somebody changes it.
create trigger ticket_events_append_only before update or delete on ticket_events
  for each row execute function refuse_timeline_change();
--> statement-breakpoint
create trigger ticket_events_no_truncate before truncate on ticket_events
  for each statement execute function refuse_timeline_change();
--> statement-breakpoint
insert into support_policies (id, name, causes, targets, calendar, handoff_timeout_min, close_after_days, changed_at)
values (
  '019a0000-0000-7000-8000-000000000001', 'Standard', null,
  '[
    {"firstResponseMin": 5, "nextResponseMin": 10, "resolutionMin": 60},
    {"firstResponseMin": 15, "nextResponseMin": 30, "resolutionMin": 240},
    {"firstResponseMin": 60, "nextResponseMin": 120, "resolutionMin": 1440},
    {"firstResponseMin": 240, "nextResponseMin": 480, "resolutionMin": 4320}
  ]',
  '{
    "timeZone": "Asia/Shanghai",
    "week": [
      [{"from": "00:00", "to": "24:00"}], [{"from": "00:00", "to": "24:00"}], [{"from": "00:00", "to": "24:00"}],
      [{"from": "00:00", "to": "24:00"}], [{"from": "00:00", "to": "24:00"}], [{"from": "00:00", "to": "24:00"}],
      [{"from": "00:00", "to": "24:00"}]
    ],
    "holidays": []
  }',
  15, 7, now()
);

CREATE TABLE "balance_entries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"buyer_id" uuid NOT NULL,
	"amount_fen" integer NOT NULL,
	"after_fen" integer NOT NULL,
	"kind" text NOT NULL,
	"order_id" uuid,
	"cause" text NOT NULL,
	"given_by" text,
	"reason" text,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "balance_entries_kind" CHECK ("balance_entries"."kind" in ('goodwill', 'spent', 'returned', 'forfeited')),
	CONSTRAINT "balance_entries_sign" CHECK (case when "balance_entries"."kind" in ('goodwill', 'returned') then "balance_entries"."amount_fen" > 0 else "balance_entries"."amount_fen" < 0 end),
	CONSTRAINT "balance_entries_never_negative" CHECK ("balance_entries"."after_fen" >= 0)
);
--> statement-breakpoint
CREATE TABLE "balances" (
	"buyer_id" uuid PRIMARY KEY NOT NULL,
	"balance_fen" integer NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "balances_never_negative" CHECK ("balances"."balance_fen" >= 0)
);
--> statement-breakpoint
ALTER TABLE "balance_entries" ADD CONSTRAINT "balance_entries_buyer_id_balances_buyer_id_fk" FOREIGN KEY ("buyer_id") REFERENCES "public"."balances"("buyer_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "balance_entries_cause" ON "balance_entries" USING btree ("cause");--> statement-breakpoint
CREATE INDEX "balance_entries_buyer" ON "balance_entries" USING btree ("buyer_id","id");--> statement-breakpoint
CREATE INDEX "balance_entries_order" ON "balance_entries" USING btree ("order_id") WHERE "balance_entries"."order_id" is not null;--> statement-breakpoint
-- Written by hand: the ledger only grows, as the audit log does, and a balance is changed together with it alone.
create function refuse_ledger_change() returns trigger
  language plpgsql as $$
begin
  raise insufficient_privilege using constraint = 'balance_entries_append_only',
    message = 'the ledger of balances is append-only';
end
$$;
--> statement-breakpoint
create trigger balance_entries_append_only before update or delete on balance_entries
  for each row execute function refuse_ledger_change();
--> statement-breakpoint
create trigger balance_entries_no_truncate before truncate on balance_entries
  for each statement execute function refuse_ledger_change();

CREATE TABLE "bill_rows" (
	"provider" text NOT NULL,
	"day" date NOT NULL,
	"row_no" integer NOT NULL,
	"kind" text NOT NULL,
	"out_trade_no" text NOT NULL,
	"trade_no" text NOT NULL,
	"out_refund_no" text,
	"payment_id" uuid,
	"refund_id" uuid,
	"amount_fen" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"is_final" boolean NOT NULL,
	CONSTRAINT "bill_rows_provider_day_row_no_pk" PRIMARY KEY("provider","day","row_no"),
	CONSTRAINT "bill_rows_kind" CHECK ("bill_rows"."kind" in ('payment', 'refund'))
);
--> statement-breakpoint
CREATE TABLE "reconciliation_differences" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"day" date NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"order_id" uuid,
	"payment_id" uuid,
	"refund_id" uuid,
	"out_trade_no" text NOT NULL,
	"trade_no" text,
	"out_refund_no" text,
	"bill_fen" integer,
	"our_fen" integer,
	"pass" integer NOT NULL,
	"first_seen_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"action" text,
	"acted_by" text,
	"acted_by_id" text,
	"reason" text,
	"outcome" text,
	"lease_until" timestamp (3) with time zone,
	CONSTRAINT "reconciliation_differences_state" CHECK ("reconciliation_differences"."state" in ('open', 'acting', 'resolved', 'accepted', 'vanished'))
);
--> statement-breakpoint
CREATE TABLE "reconciliation_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"day" date NOT NULL,
	"state" text NOT NULL,
	"stage" text,
	"pass" integer DEFAULT 0 NOT NULL,
	"rows_read" integer DEFAULT 0 NOT NULL,
	"rows_compared" integer DEFAULT 0 NOT NULL,
	"failure" text,
	"next_attempt_at" timestamp (3) with time zone,
	"lease_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"requested_by" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"bill_payments" integer,
	"bill_paid_fen" bigint,
	"bill_refunds" integer,
	"bill_refunded_fen" bigint,
	"our_payments" integer,
	"our_paid_fen" bigint,
	"our_refunds" integer,
	"our_refunded_fen" bigint,
	CONSTRAINT "reconciliation_runs_state" CHECK ("reconciliation_runs"."state" in ('waiting', 'running', 'done', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "reconciliation_differences" ADD CONSTRAINT "reconciliation_differences_run_id_reconciliation_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."reconciliation_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "bill_rows_payment" ON "bill_rows" USING btree ("payment_id","provider","day") WHERE "bill_rows"."payment_id" is not null;--> statement-breakpoint
CREATE INDEX "bill_rows_refund" ON "bill_rows" USING btree ("refund_id") WHERE "bill_rows"."refund_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_differences_once" ON "reconciliation_differences" USING btree ("provider","day","key");--> statement-breakpoint
CREATE INDEX "reconciliation_differences_run" ON "reconciliation_differences" USING btree ("run_id","id");--> statement-breakpoint
CREATE INDEX "reconciliation_differences_acting" ON "reconciliation_differences" USING btree ("id") WHERE "reconciliation_differences"."state" = 'acting';--> statement-breakpoint
CREATE INDEX "reconciliation_differences_order" ON "reconciliation_differences" USING btree ("order_id") WHERE "reconciliation_differences"."order_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_runs_day" ON "reconciliation_runs" USING btree ("provider","day");--> statement-breakpoint
CREATE INDEX "reconciliation_runs_newest" ON "reconciliation_runs" USING btree ("day" DESC NULLS LAST,"provider");--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_runs_running" ON "reconciliation_runs" USING btree ("provider") WHERE "reconciliation_runs"."state" = 'running';--> statement-breakpoint
CREATE INDEX "payments_paid" ON "payments" USING brin ("paid_at") WITH (autosummarize=true);--> statement-breakpoint
CREATE INDEX "refunds_done" ON "refunds" USING brin ("done_at") WITH (autosummarize=true);
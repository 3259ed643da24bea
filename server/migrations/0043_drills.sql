CREATE TABLE "drill_actions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"text" text NOT NULL,
	"owner_id" text,
	"owner_name" text,
	"due_on" date,
	"done_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "drill_approvals" (
	"run_id" uuid NOT NULL,
	"staff_id" text NOT NULL,
	"staff_name" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "drill_approvals_run_id_staff_id_pk" PRIMARY KEY("run_id","staff_id")
);
--> statement-breakpoint
CREATE TABLE "drill_faults" (
	"lease" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"target" text NOT NULL,
	"fault" jsonb NOT NULL,
	"state" text NOT NULL,
	"injected_at" timestamp (3) with time zone,
	"reverted_at" timestamp (3) with time zone,
	"verified_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"report" jsonb,
	CONSTRAINT "drill_faults_state" CHECK ("drill_faults"."state" in ('recorded', 'injected', 'reverting', 'reverted', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "drill_incidents" (
	"incident_id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "drill_journal" (
	"run_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"type" text NOT NULL,
	"facts" jsonb NOT NULL,
	CONSTRAINT "drill_journal_run_id_seq_pk" PRIMARY KEY("run_id","seq")
);
--> statement-breakpoint
CREATE TABLE "drill_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "drill_runs_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"slug" text NOT NULL,
	"document" jsonb NOT NULL,
	"mode" text NOT NULL,
	"state" text NOT NULL,
	"ending" text,
	"ending_detail" text,
	"requested_by_id" text,
	"requested_by" text,
	"approvals_needed" integer NOT NULL,
	"planned_for" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"injected_at" timestamp (3) with time zone,
	"reverted_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"fault_until" timestamp (3) with time zone,
	"verify_until" timestamp (3) with time zone,
	"settle_until" timestamp (3) with time zone,
	"before" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"now" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"after" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"breaches" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"scorecard" jsonb,
	"revision" integer DEFAULT 1 NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "drill_runs_number_unique" UNIQUE("number"),
	CONSTRAINT "drill_runs_state" CHECK ("drill_runs"."state" in ('awaiting_approval', 'planned', 'checking', 'injecting', 'running', 'reverting', 'verifying', 'settling', 'scored', 'aborted', 'skipped'))
);
--> statement-breakpoint
CREATE TABLE "drill_stop" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"engaged" boolean NOT NULL,
	"by" text,
	"at" timestamp (3) with time zone,
	"reason" text,
	CONSTRAINT "drill_stop_one" CHECK ("drill_stop"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "drills" (
	"slug" text PRIMARY KEY NOT NULL,
	"scheduled" boolean DEFAULT false NOT NULL,
	"document" jsonb,
	"followed_to" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "drill_actions" ADD CONSTRAINT "drill_actions_run_id_drill_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."drill_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_approvals" ADD CONSTRAINT "drill_approvals_run_id_drill_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."drill_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_faults" ADD CONSTRAINT "drill_faults_run_id_drill_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."drill_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_incidents" ADD CONSTRAINT "drill_incidents_run_id_drill_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."drill_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_journal" ADD CONSTRAINT "drill_journal_run_id_drill_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."drill_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "drill_actions_of" ON "drill_actions" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "drill_faults_of" ON "drill_faults" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "drill_faults_out" ON "drill_faults" USING btree ("lease") WHERE state in ('recorded', 'injected', 'reverting');--> statement-breakpoint
CREATE INDEX "drill_incidents_of" ON "drill_incidents" USING btree ("run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "drill_runs_one_under_way" ON "drill_runs" USING btree ((true)) WHERE state in ('checking', 'injecting', 'running', 'reverting', 'verifying', 'settling');--> statement-breakpoint
CREATE UNIQUE INDEX "drill_runs_once_planned" ON "drill_runs" USING btree ("slug","planned_for") WHERE "drill_runs"."requested_by_id" is null;--> statement-breakpoint
CREATE INDEX "drill_runs_planned" ON "drill_runs" USING btree ("planned_for") WHERE state in ('awaiting_approval', 'planned');--> statement-breakpoint
CREATE INDEX "drill_runs_of" ON "drill_runs" USING btree ("slug","id");--> statement-breakpoint
CREATE INDEX "drill_runs_changed" ON "drill_runs" USING btree ("changed_at");
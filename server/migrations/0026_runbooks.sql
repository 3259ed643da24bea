CREATE TABLE "runbook_runs" (
	"incident_id" uuid NOT NULL,
	"slug" text NOT NULL,
	"snapshot" jsonb NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "runbook_runs_incident_id_slug_pk" PRIMARY KEY("incident_id","slug")
);
--> statement-breakpoint
CREATE TABLE "runbook_steps" (
	"id" uuid PRIMARY KEY NOT NULL,
	"incident_id" uuid NOT NULL,
	"slug" text NOT NULL,
	"step_id" text NOT NULL,
	"action" text,
	"state" text NOT NULL,
	"by_id" text NOT NULL,
	"by_name" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"answer" text,
	"input" jsonb NOT NULL,
	"deed" jsonb,
	"undo" jsonb,
	"consequence" jsonb,
	"figures" text[],
	"before" jsonb,
	"after" jsonb,
	"verify_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"verdict" text,
	"outcome" jsonb,
	"claimed_until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "third_parties" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"label" text,
	"contact" jsonb NOT NULL,
	"contract" jsonb NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "runbook_steps_one" ON "runbook_steps" USING btree ("incident_id","slug","step_id") WHERE "runbook_steps"."state" not in ('failed', 'reverted');--> statement-breakpoint
CREATE INDEX "runbook_steps_moving" ON "runbook_steps" USING btree ("state") WHERE "runbook_steps"."state" in ('acting', 'watching', 'reverting');
CREATE TABLE "alerts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"rule" text NOT NULL,
	"rule_version" integer,
	"level" smallint NOT NULL,
	"labels" jsonb NOT NULL,
	"title" jsonb NOT NULL,
	"facts" jsonb NOT NULL,
	"runbook" text,
	"state" text NOT NULL,
	"source" text NOT NULL,
	"condition_since" timestamp (3) with time zone NOT NULL,
	"fired_at" timestamp (3) with time zone NOT NULL,
	"last_true_at" timestamp (3) with time zone NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	"incident_id" uuid,
	"suppressed_by" jsonb,
	"ends_at" timestamp (3) with time zone,
	CONSTRAINT "alerts_state" CHECK ("alerts"."state" in ('firing', 'resolved')),
	CONSTRAINT "alerts_resolved" CHECK (("alerts"."state" = 'resolved') = ("alerts"."resolved_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "detection_lease" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" uuid NOT NULL,
	"until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "maintenance_windows" (
	"id" uuid PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"matchers" jsonb NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rule_versions" (
	"slug" text NOT NULL,
	"version" integer NOT NULL,
	"settings" jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"by" text NOT NULL,
	"reason" text NOT NULL,
	CONSTRAINT "rule_versions_slug_version_pk" PRIMARY KEY("slug","version")
);
--> statement-breakpoint
CREATE TABLE "silences" (
	"id" uuid PRIMARY KEY NOT NULL,
	"matchers" jsonb NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"by" text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "alerts_firing" ON "alerts" USING btree ("key") WHERE "alerts"."state" = 'firing';--> statement-breakpoint
CREATE INDEX "alerts_sent" ON "alerts" USING btree ("ends_at") WHERE "alerts"."state" = 'firing' and "alerts"."ends_at" is not null;--> statement-breakpoint
CREATE INDEX "alerts_rule" ON "alerts" USING btree ("rule","fired_at");--> statement-breakpoint
CREATE INDEX "alerts_incident" ON "alerts" USING btree ("incident_id") WHERE "alerts"."incident_id" is not null;--> statement-breakpoint
CREATE INDEX "maintenance_windows_ends" ON "maintenance_windows" USING btree ("ends_at");--> statement-breakpoint
CREATE INDEX "silences_ends" ON "silences" USING btree ("ends_at");
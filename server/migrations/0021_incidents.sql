CREATE TABLE "incident_alerts" (
	"alert_id" uuid PRIMARY KEY NOT NULL,
	"incident_id" uuid NOT NULL,
	"joined_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "incident_deadlines" (
	"incident_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"level" smallint NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"met_at" timestamp (3) with time zone,
	"missed_at" timestamp (3) with time zone,
	"active" boolean DEFAULT true NOT NULL,
	CONSTRAINT "incident_deadlines_incident_id_kind_pk" PRIMARY KEY("incident_id","kind")
);
--> statement-breakpoint
CREATE TABLE "incident_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"incident_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"type" text NOT NULL,
	"by_id" text,
	"by_name" text,
	"text" jsonb,
	"facts" jsonb NOT NULL,
	"links" jsonb NOT NULL,
	"corrects" uuid
);
--> statement-breakpoint
CREATE TABLE "incident_levels" (
	"incident_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"level" smallint NOT NULL,
	CONSTRAINT "incident_levels_incident_id_at_pk" PRIMARY KEY("incident_id","at")
);
--> statement-breakpoint
CREATE TABLE "incident_orders" (
	"incident_id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	"added_at" timestamp (3) with time zone NOT NULL,
	"waived_at" timestamp (3) with time zone,
	"waived_by_id" text,
	"waived_by" text,
	"waived_reason" text,
	CONSTRAINT "incident_orders_incident_id_order_id_pk" PRIMARY KEY("incident_id","order_id")
);
--> statement-breakpoint
CREATE TABLE "incident_roles" (
	"id" uuid PRIMARY KEY NOT NULL,
	"incident_id" uuid NOT NULL,
	"role" text NOT NULL,
	"staff_id" text NOT NULL,
	"name" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "incidents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "incidents_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"level" smallint NOT NULL,
	"state" text NOT NULL,
	"title" jsonb NOT NULL,
	"rule" text,
	"labels" jsonb NOT NULL,
	"group_key" text,
	"runbook" text,
	"drill" boolean DEFAULT false NOT NULL,
	"scope" jsonb NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"acknowledged_at" timestamp (3) with time zone,
	"acknowledged_by_id" text,
	"acknowledged_by" text,
	"plan_started_at" timestamp (3) with time zone,
	"third_party_engaged_at" timestamp (3) with time zone,
	"mitigated_at" timestamp (3) with time zone,
	"healed_at" timestamp (3) with time zone,
	"resolved_at" timestamp (3) with time zone,
	"reviewed_at" timestamp (3) with time zone,
	"ended_by" text,
	"merged_into" uuid,
	"scanned_to" timestamp (3) with time zone NOT NULL,
	"frozen_at" timestamp (3) with time zone,
	"revision" integer DEFAULT 1 NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "incidents_number_unique" UNIQUE("number"),
	CONSTRAINT "incidents_level" CHECK ("incidents"."level" between 1 and 3),
	CONSTRAINT "incidents_state" CHECK ("incidents"."state" in ('detected', 'acknowledged', 'mitigating', 'monitoring', 'resolved', 'reviewed', 'merged', 'false_alarm')),
	CONSTRAINT "incidents_merged" CHECK (("incidents"."state" = 'merged') = ("incidents"."merged_into" is not null))
);
--> statement-breakpoint
ALTER TABLE "incident_alerts" ADD CONSTRAINT "incident_alerts_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident_deadlines" ADD CONSTRAINT "incident_deadlines_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident_events" ADD CONSTRAINT "incident_events_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident_levels" ADD CONSTRAINT "incident_levels_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident_orders" ADD CONSTRAINT "incident_orders_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident_roles" ADD CONSTRAINT "incident_roles_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "incident_alerts_incident" ON "incident_alerts" USING btree ("incident_id");--> statement-breakpoint
CREATE INDEX "incident_deadlines_due" ON "incident_deadlines" USING btree ("due_at") WHERE "incident_deadlines"."active" and "incident_deadlines"."met_at" is null and "incident_deadlines"."missed_at" is null;--> statement-breakpoint
CREATE INDEX "incident_events_incident" ON "incident_events" USING btree ("incident_id","id");--> statement-breakpoint
CREATE INDEX "incident_orders_order" ON "incident_orders" USING btree ("order_id");--> statement-breakpoint
CREATE INDEX "incident_roles_incident" ON "incident_roles" USING btree ("incident_id");--> statement-breakpoint
CREATE UNIQUE INDEX "incident_roles_one" ON "incident_roles" USING btree ("incident_id","role") WHERE "incident_roles"."until" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "incidents_one_open" ON "incidents" USING btree ("group_key") WHERE state in ('detected', 'acknowledged', 'mitigating', 'monitoring');--> statement-breakpoint
CREATE INDEX "incidents_open" ON "incidents" USING btree ("id") WHERE state in ('detected', 'acknowledged', 'mitigating', 'monitoring');--> statement-breakpoint
CREATE INDEX "incidents_changed" ON "incidents" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "incidents_rule" ON "incidents" USING btree ("rule","id");
CREATE TABLE "escalation_pages" (
	"notification_id" uuid PRIMARY KEY NOT NULL,
	"escalation_id" uuid NOT NULL,
	"turn" integer NOT NULL,
	"step" integer NOT NULL,
	"round" integer NOT NULL,
	"user_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	CONSTRAINT "escalation_pages_state" CHECK ("escalation_pages"."state" in ('pending', 'reached', 'exhausted'))
);
--> statement-breakpoint
CREATE TABLE "escalation_policies" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"steps" jsonb NOT NULL,
	"repeats" integer NOT NULL,
	"auto_unack_seconds" integer,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "escalations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"incident_id" uuid NOT NULL,
	"level" integer NOT NULL,
	"title" jsonb NOT NULL,
	"policy" jsonb NOT NULL,
	"state" text NOT NULL,
	"turn" integer NOT NULL,
	"step" integer NOT NULL,
	"round" integer NOT NULL,
	"next_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone NOT NULL,
	"acknowledged_by" text,
	CONSTRAINT "escalations_incident_id_unique" UNIQUE("incident_id"),
	CONSTRAINT "escalations_state" CHECK ("escalations"."state" in ('paging', 'acknowledged', 'stopped', 'exhausted'))
);
--> statement-breakpoint
CREATE TABLE "level_policies" (
	"level" integer PRIMARY KEY NOT NULL,
	"policy_id" uuid NOT NULL,
	CONSTRAINT "level_policies_level" CHECK ("level_policies"."level" between 1 and 3)
);
--> statement-breakpoint
CREATE TABLE "rota_overrides" (
	"id" uuid PRIMARY KEY NOT NULL,
	"rota_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"from_at" timestamp (3) with time zone NOT NULL,
	"until_at" timestamp (3) with time zone NOT NULL,
	"swap_id" uuid,
	"reason" text,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "rota_overrides_forward" CHECK ("rota_overrides"."from_at" < "rota_overrides"."until_at")
);
--> statement-breakpoint
CREATE TABLE "rotas" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"time_zone" text NOT NULL,
	"layers" jsonb NOT NULL,
	"holidays" jsonb NOT NULL,
	"handoff_notices" boolean NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"handed_to" text,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "escalation_pages" ADD CONSTRAINT "escalation_pages_escalation_id_escalations_id_fk" FOREIGN KEY ("escalation_id") REFERENCES "public"."escalations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "level_policies" ADD CONSTRAINT "level_policies_policy_id_escalation_policies_id_fk" FOREIGN KEY ("policy_id") REFERENCES "public"."escalation_policies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rota_overrides" ADD CONSTRAINT "rota_overrides_rota_id_rotas_id_fk" FOREIGN KEY ("rota_id") REFERENCES "public"."rotas"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "escalation_pages_turn" ON "escalation_pages" USING btree ("escalation_id","turn");--> statement-breakpoint
CREATE INDEX "escalation_pages_open" ON "escalation_pages" USING btree ("notification_id") WHERE "escalation_pages"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "escalations_due" ON "escalations" USING btree ("next_at") WHERE "escalations"."next_at" is not null;--> statement-breakpoint
CREATE INDEX "rota_overrides_rota" ON "rota_overrides" USING btree ("rota_id","until_at");--> statement-breakpoint
CREATE INDEX "rota_overrides_swap" ON "rota_overrides" USING btree ("swap_id") WHERE "rota_overrides"."swap_id" is not null;
CREATE TABLE "public_updates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"incident_id" uuid NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"phase" text NOT NULL,
	"impact" jsonb NOT NULL,
	"title" jsonb NOT NULL,
	"text" jsonb NOT NULL,
	"state" text NOT NULL,
	"needs_approval" boolean NOT NULL,
	"author_id" text NOT NULL,
	"author" text NOT NULL,
	"proposed_at" timestamp (3) with time zone NOT NULL,
	"decider_id" text,
	"decider" text,
	"published_at" timestamp (3) with time zone,
	"announced_at" timestamp (3) with time zone,
	CONSTRAINT "public_updates_approved" CHECK ("public_updates"."state" <> 'published' or ("public_updates"."published_at" is not null and "public_updates"."decider_id" is not null
        and not ("public_updates"."needs_approval" and "public_updates"."decider_id" = "public_updates"."author_id")))
);
--> statement-breakpoint
CREATE TABLE "status_subscriptions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"target" "bytea" NOT NULL,
	"target_key" bigint NOT NULL,
	"locale" text NOT NULL,
	"state" text NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"question_sent_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE INDEX "public_updates_incident" ON "public_updates" USING btree ("incident_id");--> statement-breakpoint
CREATE INDEX "public_updates_published" ON "public_updates" USING btree ("published_at") WHERE "public_updates"."state" = 'published';--> statement-breakpoint
CREATE UNIQUE INDEX "status_subscriptions_target" ON "status_subscriptions" USING btree ("kind","target_key");--> statement-breakpoint
CREATE INDEX "status_subscriptions_question" ON "status_subscriptions" USING btree ("asked_at") WHERE "status_subscriptions"."state" = 'pending' and "status_subscriptions"."question_sent_at" is null;--> statement-breakpoint
CREATE INDEX "status_subscriptions_confirmed" ON "status_subscriptions" USING btree ("id") WHERE "status_subscriptions"."state" = 'confirmed';
CREATE TABLE "contact_points" (
	"id" uuid PRIMARY KEY NOT NULL,
	"staff_id" text NOT NULL,
	"channel" text NOT NULL,
	"address" "bytea" NOT NULL,
	"address_key" "bytea" NOT NULL,
	"target" text NOT NULL,
	"language" text NOT NULL,
	"position" integer NOT NULL,
	"code_key" "bytea",
	"code_expires_at" timestamp (3) with time zone,
	"code_tries" integer DEFAULT 0 NOT NULL,
	"verified_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "contact_points_address" UNIQUE("staff_id","address_key")
);
--> statement-breakpoint
CREATE TABLE "notification_attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"notification_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"round" integer NOT NULL,
	"channel" text NOT NULL,
	"point" text NOT NULL,
	"target" text NOT NULL,
	"state" text NOT NULL,
	"calls" integer NOT NULL,
	"provider_id" text,
	"detail" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"accepted_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "notification_attempts_number" UNIQUE("notification_id","number")
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"staff_id" text,
	"order_id" uuid,
	"address" "bytea",
	"recipient_key" "bytea",
	"incident_id" uuid,
	"urgent" boolean NOT NULL,
	"title" jsonb NOT NULL,
	"body" jsonb NOT NULL,
	"link" text,
	"state" text NOT NULL,
	"bundled_into" uuid,
	"next_at" timestamp (3) with time zone,
	"claim" uuid,
	"claimed_until" timestamp (3) with time zone,
	"rounds" integer DEFAULT 0 NOT NULL,
	"begun_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"delivered_at" timestamp (3) with time zone,
	"read_at" timestamp (3) with time zone,
	"reason" text,
	CONSTRAINT "notifications_key_unique" UNIQUE("key"),
	CONSTRAINT "notifications_state" CHECK ("notifications"."state" in ('queued', 'sending', 'sent', 'delivered', 'exhausted')),
	CONSTRAINT "notifications_recipient" CHECK (num_nonnulls("notifications"."staff_id", "notifications"."order_id", "notifications"."address") = 1)
);
--> statement-breakpoint
ALTER TABLE "contact_points" ADD CONSTRAINT "contact_points_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_attempts" ADD CONSTRAINT "notification_attempts_notification_id_notifications_id_fk" FOREIGN KEY ("notification_id") REFERENCES "public"."notifications"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_bundled_into_notifications_id_fk" FOREIGN KEY ("bundled_into") REFERENCES "public"."notifications"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "contact_points_order" ON "contact_points" USING btree ("staff_id","position");--> statement-breakpoint
CREATE INDEX "notifications_due" ON "notifications" USING btree ("next_at") WHERE "notifications"."next_at" is not null;--> statement-breakpoint
CREATE INDEX "notifications_staff" ON "notifications" USING btree ("staff_id","id");--> statement-breakpoint
CREATE INDEX "notifications_begun" ON "notifications" USING btree ("staff_id","begun_at") WHERE "notifications"."begun_at" is not null;--> statement-breakpoint
CREATE INDEX "notifications_incident" ON "notifications" USING btree ("incident_id","id");--> statement-breakpoint
CREATE INDEX "notifications_bundle" ON "notifications" USING btree ("bundled_into") WHERE "notifications"."bundled_into" is not null;
CREATE TABLE "order_lookups" (
	"contact_key" bigint PRIMARY KEY NOT NULL,
	"id" uuid NOT NULL,
	"contact" "bytea" NOT NULL,
	"order_id" uuid,
	"language" text NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"due" boolean NOT NULL,
	"asked" smallint DEFAULT 1 NOT NULL,
	"hour_from" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "notifications" DROP CONSTRAINT "notifications_recipient";--> statement-breakpoint
ALTER TABLE "restock_notices" ADD COLUMN "email_key" bigint;--> statement-breakpoint
ALTER TABLE "restock_notices" ADD COLUMN "device_key" bigint;--> statement-breakpoint
CREATE INDEX "order_lookups_due" ON "order_lookups" USING btree ("asked_at") WHERE "order_lookups"."due";--> statement-breakpoint
CREATE INDEX "notifications_order" ON "notifications" USING btree ("order_id") WHERE "notifications"."order_id" is not null;--> statement-breakpoint
CREATE INDEX "notifications_addressed" ON "notifications" USING btree ("id") WHERE "notifications"."address" is not null and "notifications"."next_at" is null;--> statement-breakpoint
CREATE INDEX "restock_notices_email" ON "restock_notices" USING btree ("email_key") WHERE "restock_notices"."email_key" is not null;--> statement-breakpoint
CREATE INDEX "restock_notices_device" ON "restock_notices" USING btree ("device_key") WHERE "restock_notices"."device_key" is not null;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_recipient" CHECK (num_nonnulls("notifications"."staff_id", "notifications"."order_id", "notifications"."address") = 1
        or ("notifications"."kind" = 'buyer' and "notifications"."next_at" is null and num_nonnulls("notifications"."staff_id", "notifications"."order_id", "notifications"."address") = 0));
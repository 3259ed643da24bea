CREATE TABLE "status_subscriptions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"channel" text NOT NULL,
	"address" "bytea" NOT NULL,
	"address_key" "bytea" NOT NULL,
	"language" text NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"link_due" boolean NOT NULL,
	"confirmed_at" timestamp (3) with time zone,
	CONSTRAINT "status_subscriptions_address_key_unique" UNIQUE("address_key")
);
--> statement-breakpoint
ALTER TABLE "public_updates" ADD COLUMN "announced_to" uuid;--> statement-breakpoint
ALTER TABLE "public_updates" ADD COLUMN "announced_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "status_subscriptions_due" ON "status_subscriptions" USING btree ("id") WHERE "status_subscriptions"."link_due";--> statement-breakpoint
CREATE INDEX "public_updates_unannounced" ON "public_updates" USING btree ("published_at") WHERE "public_updates"."state" = 'published' and "public_updates"."announced_at" is null;
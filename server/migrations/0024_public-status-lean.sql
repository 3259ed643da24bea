DROP TABLE "status_subscriptions" CASCADE;--> statement-breakpoint
ALTER TABLE "public_updates" DROP COLUMN "announced_at";
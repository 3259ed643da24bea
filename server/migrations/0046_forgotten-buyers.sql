ALTER TABLE "orders" ADD COLUMN "forget" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "forgotten_news" bigint;--> statement-breakpoint
CREATE INDEX "orders_forget" ON "orders" USING btree ("id") WHERE "orders"."forget";
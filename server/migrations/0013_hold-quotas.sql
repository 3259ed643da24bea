DROP INDEX "orders_phone";--> statement-breakpoint
DROP INDEX "orders_phone_tail";--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "limit_per_buyer" integer;--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "limit_days" integer;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "account_key" bigint;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "held_units" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "orders_device" ON "orders" USING btree ("device_key","status","created_at") WHERE "orders"."device_key" is not null;--> statement-breakpoint
CREATE INDEX "orders_account" ON "orders" USING btree ("account_key","status","created_at") WHERE "orders"."account_key" is not null;--> statement-breakpoint
CREATE INDEX "orders_phone_tail" ON "orders" USING btree ("phone_tail_key","phone_key") WHERE "orders"."phone_tail_key" is not null;--> statement-breakpoint
ALTER TABLE "products" ADD CONSTRAINT "products_buyer_limit" CHECK (("products"."limit_per_buyer" is null) = ("products"."limit_days" is null));
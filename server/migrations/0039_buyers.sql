CREATE TABLE "buyer_codes" (
	"phone_key" bigint PRIMARY KEY NOT NULL,
	"id" uuid NOT NULL,
	"phone" "bytea" NOT NULL,
	"language" text NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"due" boolean NOT NULL,
	"tries" smallint DEFAULT 0 NOT NULL,
	"asked" smallint DEFAULT 1 NOT NULL,
	"hour_from" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "buyer_devices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"buyer_id" uuid NOT NULL,
	"device_key" bigint NOT NULL,
	"orders_from" timestamp (3) with time zone,
	"joined_at" timestamp (3) with time zone NOT NULL,
	"left_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "buyer_sessions" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"buyer_id" uuid NOT NULL,
	"device_key" bigint,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "buyers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"phone" "bytea" NOT NULL,
	"phone_key" bigint NOT NULL,
	"details" "bytea",
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "order_watchers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"subscription" "bytea" NOT NULL,
	"subscription_key" "bytea" NOT NULL,
	"language" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "restock_notices" ADD COLUMN "phone_key" bigint;--> statement-breakpoint
ALTER TABLE "buyer_devices" ADD CONSTRAINT "buyer_devices_buyer_id_buyers_id_fk" FOREIGN KEY ("buyer_id") REFERENCES "public"."buyers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "buyer_sessions" ADD CONSTRAINT "buyer_sessions_buyer_id_buyers_id_fk" FOREIGN KEY ("buyer_id") REFERENCES "public"."buyers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "buyer_codes_due" ON "buyer_codes" USING btree ("asked_at") WHERE "buyer_codes"."due";--> statement-breakpoint
CREATE UNIQUE INDEX "buyer_devices_one" ON "buyer_devices" USING btree ("device_key") WHERE "buyer_devices"."left_at" is null;--> statement-breakpoint
CREATE INDEX "buyer_devices_buyer" ON "buyer_devices" USING btree ("buyer_id");--> statement-breakpoint
CREATE INDEX "buyer_devices_left" ON "buyer_devices" USING btree ("device_key","left_at");--> statement-breakpoint
CREATE INDEX "buyer_sessions_buyer" ON "buyer_sessions" USING btree ("buyer_id");--> statement-breakpoint
CREATE INDEX "buyer_sessions_end" ON "buyer_sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "buyers_phone" ON "buyers" USING btree ("phone_key");--> statement-breakpoint
CREATE UNIQUE INDEX "order_watchers_once" ON "order_watchers" USING btree ("order_id","subscription_key");--> statement-breakpoint
CREATE INDEX "restock_notices_phone" ON "restock_notices" USING btree ("phone_key") WHERE "restock_notices"."phone_key" is not null;
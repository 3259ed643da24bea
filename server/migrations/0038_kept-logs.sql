CREATE TABLE "kept_logs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"node" text NOT NULL,
	"level" text NOT NULL,
	"request_id" text,
	"order_id" uuid,
	"payment_id" uuid,
	"message" text NOT NULL
);
--> statement-breakpoint
CREATE INDEX "kept_logs_at" ON "kept_logs" USING btree ("at");--> statement-breakpoint
CREATE INDEX "kept_logs_order" ON "kept_logs" USING btree ("order_id") WHERE "kept_logs"."order_id" is not null;--> statement-breakpoint
CREATE INDEX "kept_logs_payment" ON "kept_logs" USING btree ("payment_id") WHERE "kept_logs"."payment_id" is not null;--> statement-breakpoint
CREATE INDEX "kept_logs_request" ON "kept_logs" USING btree ("request_id") WHERE "kept_logs"."request_id" is not null;
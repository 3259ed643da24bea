CREATE TABLE "products" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sku" text NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"price_fen" integer NOT NULL,
	"limit_per_order" integer,
	"archived" boolean DEFAULT false NOT NULL,
	"demo" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "products_sku_unique" UNIQUE("sku"),
	CONSTRAINT "products_kind" CHECK ("products"."kind" in ('code', 'recharge')),
	CONSTRAINT "products_price" CHECK ("products"."price_fen" > 0)
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"body" "bytea" NOT NULL,
	"order_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "order_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"type" text NOT NULL,
	"status" text NOT NULL,
	"code" text,
	"method" text NOT NULL,
	"origin" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"facts" jsonb
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "order_lines" (
	"order_id" uuid NOT NULL,
	"line_no" smallint NOT NULL,
	"id" uuid NOT NULL,
	"product_id" uuid NOT NULL,
	"quantity" integer NOT NULL,
	"price_fen" integer NOT NULL,
	"supplier_reference" text,
	CONSTRAINT "order_lines_order_id_line_no_pk" PRIMARY KEY("order_id","line_no"),
	CONSTRAINT "order_lines_quantity" CHECK ("order_lines"."quantity" > 0)
) PARTITION BY RANGE ("order_id");
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"status" text NOT NULL,
	"origin" text NOT NULL,
	"amount_fen" integer NOT NULL,
	"payment_method" text NOT NULL,
	"contact" "bytea",
	"phone_key" bigint,
	"phone_tail_key" bigint,
	"email_key" bigint,
	"recharge_account" "bytea",
	"address_key" bigint NOT NULL,
	"device_key" bigint,
	"session" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"prolonged" boolean DEFAULT false NOT NULL,
	"paid_at" timestamp (3) with time zone,
	"delivered_at" timestamp (3) with time zone,
	"failure_code" text,
	"failure_detail" text,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"lease_token" uuid,
	CONSTRAINT "orders_status" CHECK ("orders"."status" in ('awaiting_payment', 'paid', 'expired', 'cancelled', 'under_review', 'delivering', 'delivered', 'delivery_failed', 'refunding', 'refunded')),
	CONSTRAINT "orders_amount" CHECK ("orders"."amount_fen" > 0)
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "payment_notices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"notice_id" text,
	"payment_id" uuid,
	"trade_no" text,
	"amount_fen" integer,
	"paid_at" timestamp (3) with time zone,
	"verdict" text NOT NULL,
	"reason" text,
	"received_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "payment_notices_verdict" CHECK ("payment_notices"."verdict" in ('pending', 'settled', 'surplus', 'refused'))
);
--> statement-breakpoint
CREATE TABLE "payments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"method" text NOT NULL,
	"status" text NOT NULL,
	"amount_fen" integer NOT NULL,
	"trade_no" text,
	"url" text,
	"failure_code" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"opened_at" timestamp (3) with time zone,
	"paid_at" timestamp (3) with time zone,
	"asked_at" timestamp (3) with time zone,
	CONSTRAINT "payments_status" CHECK ("payments"."status" in ('created', 'opened', 'paid', 'closed'))
);
--> statement-breakpoint
CREATE TABLE "refunds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"payment_id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	"amount_fen" integer NOT NULL,
	"reason" text NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"done_at" timestamp (3) with time zone,
	CONSTRAINT "refunds_amount" CHECK ("refunds"."amount_fen" > 0)
);
--> statement-breakpoint
CREATE TABLE "codes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "codes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"product_id" uuid NOT NULL,
	"status" text DEFAULT 'available' NOT NULL,
	"sealed" "bytea" NOT NULL,
	"lookup" "bytea" NOT NULL,
	"import_id" uuid NOT NULL,
	"order_id" uuid,
	"line_id" uuid,
	CONSTRAINT "codes_status" CHECK ("codes"."status" in ('available', 'held', 'sold', 'void')),
	CONSTRAINT "codes_order_iff_taken" CHECK (("codes"."status" in ('held', 'sold')) = ("codes"."order_id" is not null and "codes"."line_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "delivered_codes" (
	"code_id" bigint PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "restock_notices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"product_id" uuid NOT NULL,
	"contact" "bytea" NOT NULL,
	"contact_key" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stock_imports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"product_id" uuid NOT NULL,
	"status" text NOT NULL,
	"received" integer NOT NULL,
	"imported" integer DEFAULT 0 NOT NULL,
	"duplicates" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"detail" text,
	"staff_id" text,
	CONSTRAINT "stock_imports_status" CHECK ("stock_imports"."status" in ('running', 'finished', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "codes" ADD CONSTRAINT "codes_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delivered_codes" ADD CONSTRAINT "delivered_codes_code_id_codes_id_fk" FOREIGN KEY ("code_id") REFERENCES "public"."codes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "restock_notices" ADD CONSTRAINT "restock_notices_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stock_imports" ADD CONSTRAINT "stock_imports_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idempotency_keys_age" ON "idempotency_keys" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "order_events_order" ON "order_events" USING btree ("order_id");--> statement-breakpoint
CREATE INDEX "order_events_xid" ON "order_events" USING btree ("xid");--> statement-breakpoint
CREATE INDEX "orders_address" ON "orders" USING btree ("address_key","created_at");--> statement-breakpoint
CREATE INDEX "orders_due" ON "orders" USING btree ("next_attempt_at") WHERE "orders"."next_attempt_at" is not null;--> statement-breakpoint
CREATE INDEX "orders_expiring" ON "orders" USING btree ("expires_at") WHERE "orders"."status" = 'awaiting_payment';--> statement-breakpoint
CREATE INDEX "orders_phone" ON "orders" USING btree ("phone_key") WHERE "orders"."phone_key" is not null;--> statement-breakpoint
CREATE INDEX "orders_phone_tail" ON "orders" USING btree ("phone_tail_key") WHERE "orders"."phone_tail_key" is not null;--> statement-breakpoint
CREATE INDEX "orders_email" ON "orders" USING btree ("email_key") WHERE "orders"."email_key" is not null;--> statement-breakpoint
CREATE INDEX "orders_failure" ON "orders" USING btree ("failure_code","id") WHERE "orders"."failure_code" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "payment_notices_once" ON "payment_notices" USING btree ("provider","notice_id") WHERE "payment_notices"."verdict" <> 'refused';--> statement-breakpoint
CREATE INDEX "payment_notices_pending" ON "payment_notices" USING btree ("received_at") WHERE "payment_notices"."verdict" = 'pending';--> statement-breakpoint
CREATE INDEX "payment_notices_payment" ON "payment_notices" USING btree ("payment_id") WHERE "payment_notices"."payment_id" is not null;--> statement-breakpoint
CREATE INDEX "payments_order" ON "payments" USING btree ("order_id");--> statement-breakpoint
CREATE INDEX "payments_trade" ON "payments" USING btree ("trade_no") WHERE "payments"."trade_no" is not null;--> statement-breakpoint
CREATE INDEX "refunds_order" ON "refunds" USING btree ("order_id");--> statement-breakpoint
CREATE INDEX "refunds_payment" ON "refunds" USING btree ("payment_id");--> statement-breakpoint
CREATE INDEX "refunds_due" ON "refunds" USING btree ("next_attempt_at") WHERE "refunds"."status" = 'requested';--> statement-breakpoint
CREATE UNIQUE INDEX "codes_lookup" ON "codes" USING btree ("lookup");--> statement-breakpoint
CREATE INDEX "codes_available" ON "codes" USING btree ("product_id","id") WHERE "codes"."status" = 'available';--> statement-breakpoint
CREATE INDEX "codes_order" ON "codes" USING btree ("order_id") WHERE "codes"."order_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "restock_notices_once" ON "restock_notices" USING btree ("product_id","contact_key");--> statement-breakpoint
CREATE INDEX "stock_imports_product" ON "stock_imports" USING btree ("product_id");
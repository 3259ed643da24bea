-- Written by hand: locks in the order that writers take them, before anything is built; the other way round deadlocks with them.
lock table "orders", "payments", "order_events" in share mode;
--> statement-breakpoint
CREATE INDEX "order_events_trouble" ON "order_events" USING btree ("at") WHERE "order_events"."type" in ('failed', 'delivery_retry');--> statement-breakpoint
CREATE INDEX "orders_late" ON "orders" USING btree ("paid_at") WHERE "orders"."delivered_at" - "orders"."paid_at" > interval '10 seconds' or "orders"."status" in ('delivery_failed', 'under_review', 'refunding');--> statement-breakpoint
CREATE INDEX "payments_active" ON "payments" USING btree ("method",greatest("read_at", "opened_at")) WHERE "payments"."ask_at" is not null;
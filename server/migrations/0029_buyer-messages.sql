CREATE TABLE "buyer_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"incident_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"title" jsonb NOT NULL,
	"text" jsonb NOT NULL,
	"needs_approval" boolean NOT NULL,
	"author_id" text,
	"author" text,
	"decider_id" text,
	"decider" text,
	"reason" text,
	"proposed_at" timestamp (3) with time zone NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"told_orders" integer DEFAULT 0 NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "buyer_messages_approved" CHECK ("buyer_messages"."state" <> 'sent' or not "buyer_messages"."needs_approval" or "buyer_messages"."reason" is not null
        or ("buyer_messages"."decider_id" is not null and "buyer_messages"."decider_id" is distinct from "buyer_messages"."author_id"))
);
--> statement-breakpoint
CREATE INDEX "buyer_messages_incident" ON "buyer_messages" USING btree ("incident_id");--> statement-breakpoint
CREATE INDEX "buyer_messages_moving" ON "buyer_messages" USING btree ("id") WHERE "buyer_messages"."settled_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "buyer_messages_one" ON "buyer_messages" USING btree ("incident_id","kind") WHERE "buyer_messages"."state" <> 'withdrawn';
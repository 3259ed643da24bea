CREATE TABLE "call_wishes" (
	"conversation_id" uuid PRIMARY KEY NOT NULL,
	"phone" "bytea" NOT NULL,
	"best_from" timestamp (3) with time zone,
	"best_to" timestamp (3) with time zone,
	"note" "bytea",
	"news" bigint NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "conversation_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"conversation_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"author" text NOT NULL,
	"kind" text NOT NULL,
	"text" "bytea" NOT NULL,
	"key" text,
	"news" bigint
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_id" uuid,
	"key" "bytea",
	"state" text NOT NULL,
	"language" text NOT NULL,
	"origin" text NOT NULL,
	"sku" text,
	"quantity" smallint,
	"code" text,
	"phone_key" bigint,
	"phone_tail_key" bigint,
	"email_key" bigint,
	"news" bigint DEFAULT 0 NOT NULL,
	"taken" bigint DEFAULT 0 NOT NULL,
	"rating" smallint,
	"rating_note" "bytea",
	"rated_news" bigint,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "conversations_order_id_unique" UNIQUE("order_id"),
	CONSTRAINT "conversations_key_unique" UNIQUE("key"),
	CONSTRAINT "conversations_state" CHECK ("conversations"."state" in ('open', 'answered', 'resolved')),
	CONSTRAINT "conversations_rating" CHECK ("conversations"."rating" between 1 and 5),
	CONSTRAINT "conversations_about" CHECK (("conversations"."order_id" is null) = ("conversations"."key" is not null))
);
--> statement-breakpoint
ALTER TABLE "call_wishes" ADD CONSTRAINT "call_wishes_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversation_messages" ADD CONSTRAINT "conversation_messages_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "conversation_messages_thread" ON "conversation_messages" USING btree ("conversation_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "conversation_messages_once" ON "conversation_messages" USING btree ("conversation_id","key");--> statement-breakpoint
CREATE INDEX "conversations_news" ON "conversations" USING btree ("changed_at","id") WHERE "conversations"."news" > "conversations"."taken";
CREATE TABLE "ticket_clocks" (
	"ticket_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"due_at" timestamp (3) with time zone,
	"left_ms" bigint,
	"met_at" timestamp (3) with time zone,
	"missed_at" timestamp (3) with time zone,
	CONSTRAINT "ticket_clocks_ticket_id_kind_pk" PRIMARY KEY("ticket_id","kind")
);
--> statement-breakpoint
CREATE TABLE "ticket_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"ticket_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"type" text NOT NULL,
	"by_id" text,
	"by_name" text,
	"facts" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ticket_intervals" (
	"ticket_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"until" timestamp (3) with time zone,
	"state" text NOT NULL,
	"unanswered" boolean NOT NULL,
	CONSTRAINT "ticket_intervals_ticket_id_seq_pk" PRIMARY KEY("ticket_id","seq")
);
--> statement-breakpoint
CREATE TABLE "ticket_notes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"ticket_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"by_id" text NOT NULL,
	"by_name" text NOT NULL,
	"text" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tickets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "tickets_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conversation_id" uuid,
	"cause" text NOT NULL,
	"cause_key" text NOT NULL,
	"subject" jsonb NOT NULL,
	"order_id" uuid,
	"sku" text,
	"channel" text,
	"code" text,
	"origin" text NOT NULL,
	"language" text NOT NULL,
	"phone_key" bigint,
	"phone_tail_key" bigint,
	"email_key" bigint,
	"state" text NOT NULL,
	"priority" smallint NOT NULL,
	"team" text NOT NULL,
	"skills" text[] DEFAULT '{}' NOT NULL,
	"assignee_id" text,
	"assignee_name" text,
	"assigned_at" timestamp (3) with time zone,
	"incident_id" uuid,
	"merged_into" uuid,
	"split_from" uuid,
	"unanswered" boolean NOT NULL,
	"policy" jsonb NOT NULL,
	"next_due_at" timestamp (3) with time zone,
	"unowned_paged_at" timestamp (3) with time zone,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"reopened" smallint DEFAULT 0 NOT NULL,
	"rating" smallint,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "tickets_number_unique" UNIQUE("number"),
	CONSTRAINT "tickets_cause_key_unique" UNIQUE("cause_key"),
	CONSTRAINT "tickets_state" CHECK ("tickets"."state" in ('new', 'open', 'waiting_buyer', 'waiting_engineering', 'resolved', 'closed')),
	CONSTRAINT "tickets_priority" CHECK ("tickets"."priority" between 1 and 4),
	CONSTRAINT "tickets_team" CHECK ("tickets"."team" in ('support', 'engineering')),
	CONSTRAINT "tickets_merged" CHECK ("tickets"."merged_into" is null or "tickets"."state" = 'closed'),
	CONSTRAINT "tickets_owner" CHECK (("tickets"."assignee_id" is null) = ("tickets"."assignee_name" is null) and ("tickets"."assignee_id" is null) = ("tickets"."assigned_at" is null))
);
--> statement-breakpoint
CREATE TABLE "answer_uses" (
	"id" uuid PRIMARY KEY NOT NULL,
	"answer" text NOT NULL,
	"ticket_id" uuid NOT NULL,
	"language" text NOT NULL,
	"by_id" text NOT NULL,
	"by_name" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "support_policies" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"causes" text[],
	"targets" jsonb NOT NULL,
	"calendar" jsonb NOT NULL,
	"handoff_timeout_min" integer NOT NULL,
	"close_after_days" smallint NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ticket_agents" (
	"user_id" text PRIMARY KEY NOT NULL,
	"capacity" integer NOT NULL,
	"skills" text[] DEFAULT '{}' NOT NULL,
	"auto_assign" boolean DEFAULT false NOT NULL,
	"out_from" timestamp (3) with time zone,
	"out_until" timestamp (3) with time zone,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "ticket_agents_capacity" CHECK ("ticket_agents"."capacity" >= 0)
);
--> statement-breakpoint
CREATE TABLE "ticket_call_attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"call_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"by_id" text NOT NULL,
	"by_name" text NOT NULL,
	"outcome" text NOT NULL,
	"note" "bytea"
);
--> statement-breakpoint
CREATE TABLE "ticket_calls" (
	"id" uuid PRIMARY KEY NOT NULL,
	"ticket_id" uuid NOT NULL,
	"wish_id" uuid,
	"state" text NOT NULL,
	"phone" "bytea",
	"best_from" timestamp (3) with time zone,
	"best_to" timestamp (3) with time zone,
	"next_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "ticket_calls_wish_id_unique" UNIQUE("wish_id"),
	CONSTRAINT "ticket_calls_state" CHECK ("ticket_calls"."state" in ('open', 'done', 'cancelled'))
);
--> statement-breakpoint
CREATE TABLE "ticket_handoffs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"ticket_id" uuid NOT NULL,
	"from_team" text NOT NULL,
	"to_team" text NOT NULL,
	"state" text NOT NULL,
	"note" "bytea" NOT NULL,
	"offered_by_id" text NOT NULL,
	"offered_by" text NOT NULL,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"answered_by_id" text,
	"answered_by" text,
	"answered_at" timestamp (3) with time zone,
	"reason" "bytea",
	CONSTRAINT "ticket_handoffs_state" CHECK ("ticket_handoffs"."state" in ('offered', 'accepted', 'declined', 'timed_out', 'withdrawn')),
	CONSTRAINT "ticket_handoffs_teams" CHECK ("ticket_handoffs"."from_team" <> "ticket_handoffs"."to_team")
);
--> statement-breakpoint
ALTER TABLE "ticket_clocks" ADD CONSTRAINT "ticket_clocks_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_events" ADD CONSTRAINT "ticket_events_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_intervals" ADD CONSTRAINT "ticket_intervals_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_notes" ADD CONSTRAINT "ticket_notes_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "answer_uses" ADD CONSTRAINT "answer_uses_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_call_attempts" ADD CONSTRAINT "ticket_call_attempts_call_id_ticket_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."ticket_calls"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_calls" ADD CONSTRAINT "ticket_calls_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_handoffs" ADD CONSTRAINT "ticket_handoffs_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "ticket_clocks_due" ON "ticket_clocks" USING btree ("due_at") WHERE "ticket_clocks"."due_at" is not null and "ticket_clocks"."met_at" is null and "ticket_clocks"."missed_at" is null;--> statement-breakpoint
CREATE INDEX "ticket_events_ticket" ON "ticket_events" USING btree ("ticket_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_intervals_current" ON "ticket_intervals" USING btree ("ticket_id") WHERE "ticket_intervals"."until" is null;--> statement-breakpoint
CREATE INDEX "ticket_notes_ticket" ON "ticket_notes" USING btree ("ticket_id","id");--> statement-breakpoint
CREATE INDEX "tickets_queue" ON "tickets" USING btree ("priority","id") WHERE state in ('new', 'open', 'waiting_buyer', 'waiting_engineering');--> statement-breakpoint
CREATE INDEX "tickets_state" ON "tickets" USING btree ("state","priority","id");--> statement-breakpoint
CREATE INDEX "tickets_team" ON "tickets" USING btree ("team","priority","id") WHERE state in ('new', 'open', 'waiting_buyer', 'waiting_engineering');--> statement-breakpoint
CREATE INDEX "tickets_assignee" ON "tickets" USING btree ("assignee_id","priority","id");--> statement-breakpoint
CREATE INDEX "tickets_unowned" ON "tickets" USING btree ("priority","id") WHERE state in ('new', 'open') and assignee_id is null;--> statement-breakpoint
CREATE INDEX "tickets_due" ON "tickets" USING btree ("next_due_at","id") WHERE "tickets"."next_due_at" is not null;--> statement-breakpoint
CREATE INDEX "tickets_cause" ON "tickets" USING btree ("cause","priority","id");--> statement-breakpoint
CREATE INDEX "tickets_sku" ON "tickets" USING btree ("sku","priority","id");--> statement-breakpoint
CREATE INDEX "tickets_code" ON "tickets" USING btree ("code","priority","id");--> statement-breakpoint
CREATE INDEX "tickets_priority" ON "tickets" USING btree ("priority","id");--> statement-breakpoint
CREATE INDEX "tickets_incident" ON "tickets" USING btree ("incident_id") WHERE "tickets"."incident_id" is not null;--> statement-breakpoint
CREATE INDEX "tickets_order" ON "tickets" USING btree ("order_id") WHERE "tickets"."order_id" is not null;--> statement-breakpoint
CREATE INDEX "tickets_conversation" ON "tickets" USING btree ("conversation_id") WHERE "tickets"."conversation_id" is not null;--> statement-breakpoint
CREATE INDEX "tickets_phone_tail" ON "tickets" USING btree ("phone_tail_key","phone_key") WHERE "tickets"."phone_tail_key" is not null;--> statement-breakpoint
CREATE INDEX "tickets_email" ON "tickets" USING btree ("email_key") WHERE "tickets"."email_key" is not null;--> statement-breakpoint
CREATE INDEX "tickets_changed" ON "tickets" USING btree ("changed_at","id");--> statement-breakpoint
CREATE INDEX "tickets_to_close" ON "tickets" USING btree ("resolved_at") WHERE state = 'resolved';--> statement-breakpoint
CREATE INDEX "answer_uses_answer" ON "answer_uses" USING btree ("answer","at");--> statement-breakpoint
CREATE INDEX "answer_uses_ticket" ON "answer_uses" USING btree ("ticket_id");--> statement-breakpoint
CREATE INDEX "ticket_call_attempts_call" ON "ticket_call_attempts" USING btree ("call_id","id");--> statement-breakpoint
CREATE INDEX "ticket_calls_ticket" ON "ticket_calls" USING btree ("ticket_id");--> statement-breakpoint
CREATE INDEX "ticket_calls_open" ON "ticket_calls" USING btree ("next_at") WHERE "ticket_calls"."state" = 'open';--> statement-breakpoint
CREATE INDEX "ticket_handoffs_ticket" ON "ticket_handoffs" USING btree ("ticket_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_handoffs_one" ON "ticket_handoffs" USING btree ("ticket_id") WHERE "ticket_handoffs"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "ticket_handoffs_due" ON "ticket_handoffs" USING btree ("due_at") WHERE "ticket_handoffs"."state" = 'offered';
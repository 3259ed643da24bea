CREATE TABLE "consoles" (
	"url" text PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "live_counts" (
	"step_s" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"type" text NOT NULL,
	"code" text NOT NULL,
	"method" text NOT NULL,
	"origin" text NOT NULL,
	"n" bigint NOT NULL,
	CONSTRAINT "live_counts_step_s_at_type_code_method_origin_pk" PRIMARY KEY("step_s","at","type","code","method","origin")
);
--> statement-breakpoint
CREATE TABLE "live_cursor" (
	"name" text PRIMARY KEY NOT NULL,
	"xid" "xid8" NOT NULL,
	"moved_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "live_measures" (
	"step_s" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"requests" bigint NOT NULL,
	"refused" jsonb NOT NULL,
	"beacons" jsonb NOT NULL,
	"sketch" "bytea",
	CONSTRAINT "live_measures_step_s_at_pk" PRIMARY KEY("step_s","at")
);

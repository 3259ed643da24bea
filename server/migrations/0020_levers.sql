CREATE TABLE "levers" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"paused" text[] NOT NULL,
	"max_units" integer,
	"limit_factor" real,
	"shed" text NOT NULL,
	"version" integer NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"changed_by" text NOT NULL,
	"reason" text NOT NULL,
	CONSTRAINT "levers_one" CHECK ("levers"."only")
);

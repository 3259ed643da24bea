CREATE TABLE "visit_steps" (
	"session" text NOT NULL,
	"step" text NOT NULL,
	"sku" text NOT NULL,
	"code" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "visit_steps_session_step_sku_code_pk" PRIMARY KEY("session","step","sku","code")
);
--> statement-breakpoint
CREATE TABLE "visits" (
	"session" text PRIMARY KEY NOT NULL,
	"began_at" timestamp (3) with time zone NOT NULL,
	"device" text NOT NULL,
	"origin" text NOT NULL,
	CONSTRAINT "visits_device" CHECK ("visits"."device" in ('phone', 'tablet', 'desktop', 'unknown'))
);
--> statement-breakpoint
CREATE INDEX "visit_steps_at" ON "visit_steps" USING brin ("at");--> statement-breakpoint
CREATE INDEX "visits_began" ON "visits" USING brin ("began_at");
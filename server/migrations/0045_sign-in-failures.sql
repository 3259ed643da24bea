CREATE TABLE "sign_in_failures" (
	"slot" timestamp (3) with time zone PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL
);

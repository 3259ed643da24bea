DROP INDEX "codes_available";--> statement-breakpoint
ALTER TABLE "codes" ADD COLUMN "position" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "codes_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
CREATE INDEX "codes_available" ON "codes" USING btree ("product_id","position") WHERE "codes"."status" = 'available';
CREATE TABLE "stock_changes" (
	"product_id" uuid NOT NULL,
	"available" integer NOT NULL,
	"held" integer NOT NULL,
	"sold" integer NOT NULL,
	"void" integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX "stock_changes_product" ON "stock_changes" USING btree ("product_id");
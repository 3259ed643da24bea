import type { ThirdParty, ThirdPartyKind } from "@orderwatch/shared/ops/third-parties.ts";
import { jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { time } from "../../platform/columns.ts";

/** The companies that we depend on. */
export const thirdParties = pgTable("third_parties", {
  id: uuid().primaryKey(),
  name: text().notNull(),
  kind: text().$type<ThirdPartyKind>().notNull(),
  /** What incidents are labelled with when it is about this company. */
  label: text(),
  contact: jsonb().$type<ThirdParty["contact"]>().notNull(),
  contract: jsonb().$type<ThirdParty["contract"]>().notNull(),
  changedAt: time("changed_at").notNull(),
});

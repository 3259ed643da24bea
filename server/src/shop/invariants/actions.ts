import { countedTypes } from "../../live/business.ts";
import type { Sql } from "../../platform/db.ts";
import { rules, transitions } from "../orders/actions.ts";
import { checkSpan, checkStock, type Known, type Violation } from "./store.ts";

export { listMismatches, type StockMismatch } from "./stock-store.ts";
export { type Check, runChecks, type Violation } from "./store.ts";

const known: Known = {
  heldQuota: Math.max(rules.heldPerAddress, rules.heldPerDevice),
  arrows: Object.entries(transitions).flatMap(([from, all]) => all.map((to) => [from, to] as const)),
  countedTypes,
};

/** Every violation that the rows show. The shop must have come to rest: all that is due is worked off. */
export const checkRows = (sql: Pick<Sql, "query">): Promise<Violation[]> =>
  checkSpan(sql, known, { from: null, until: null, settledBy: null });

/**
 * Violations among orders placed within a span, of a shop that goes on selling: what had ended by itself before `settledBy`
 * must be over, what is under way must be consistent at the moment of looking.
 */
export const checkOrders = (
  sql: Pick<Sql, "query">,
  span: { from: Date; until: Date; settledBy: Date },
): Promise<Violation[]> => checkSpan(sql, known, span);

/** What holds at every moment of stock, orders under way included: read in one snapshot. */
export const checkMoment = (sql: Pick<Sql, "query">): Promise<Violation[]> => checkStock(sql, known);

import type { Origin, PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import { rules } from "./domain.ts";

/** An order on its way into the database. */
export interface NewOrder {
  id: string;
  paymentId: string;
  /** Keyed hash of the idempotency key, and hash of the body that came under it. */
  key: Buffer;
  bodyHash: Buffer;
  origin: Origin;
  method: PaymentMethod;
  expectedAmountFen: number | null;
  addressKey: bigint;
  /** Null unless we signed the device. */
  deviceKey: bigint | null;
  /** Of whom the buyer says to be; null for one who says nothing. */
  accountKey: bigint | null;
  contact: Buffer | null;
  phoneKey: bigint | null;
  phoneTailKey: bigint | null;
  emailKey: bigint | null;
  rechargeAccount: Buffer | null;
  session: string | null;
  language: Language;
  lines: readonly { sku: string; quantity: number }[];
}

export type Placing =
  | { outcome: "placed"; orderId: string; paymentId: string; amountFen: number; expiresAt: Date }
  | { outcome: "replay"; orderId: string; sameBody: boolean }
  | { outcome: "contended" }
  /** The id is of another time than the order. */
  | { outcome: "wrong_clock" }
  | { outcome: "unknown_product" | "account_required" | "sold_out"; sku: string }
  | { outcome: "price_changed" | "over_amount"; amountFen: number }
  | { outcome: "over_limit"; sku: string; units: number }
  /** `units` are left to the buyer now; more are at `retryAt`, unless the order asks for more than there ever will be. */
  | { outcome: "over_hold"; units: number; retryAt: Date | null }
  | { outcome: "over_buyer"; sku: string; units: number; retryAt: Date | null }
  | { outcome: "too_many"; retryAt: Date };

interface Row {
  outcome: Placing["outcome"];
  order_id: string;
  payment_id: string;
  amount: number;
  expires: Date;
  same_body: boolean;
  sku: string;
  units: number;
  retry_at: Date | null;
}

/** The whole of ordering, as the database sees it. The benchmark runs this very text with batches of one. */
export const placeOrdersSql = `select outcome, order_id, payment_id, amount, expires, same_body, sku, units, retry_at
from place_orders($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`;

/**
 * Places a batch in one statement and one commit; see the function place_orders in the migrations.
 * `now` null lets the database's clock decide, which is the same for all nodes.
 */
export async function placeOrders(
  sql: Sql,
  batch: readonly NewOrder[],
  now: Date | null,
): Promise<Placing[]> {
  const pick = <T>(field: (order: NewOrder) => T): T[] => batch.map(field);
  const lines = batch.flatMap((order, at) => order.lines.map((line) => ({ order: at + 1, ...line })));
  const { rows } = await sql.query<Row>({
    name: "place-orders",
    text: placeOrdersSql,
    values: [
      now,
      `${rules.holdMs} ms`,
      `${rules.rateWindowMs} ms`,
      rules.ratePerAddress,
      [rules.heldPerAddress, rules.heldPerDevice, rules.heldPerAccount],
      pick((order) => order.id),
      pick((order) => order.paymentId),
      pick((order) => order.key),
      pick((order) => order.bodyHash),
      pick((order) => order.origin),
      pick((order) => order.method),
      pick((order) => order.expectedAmountFen),
      pick((order) => order.addressKey),
      pick((order) => order.deviceKey),
      pick((order) => order.accountKey),
      pick((order) => order.contact),
      pick((order) => order.phoneKey),
      pick((order) => order.phoneTailKey),
      pick((order) => order.emailKey),
      pick((order) => order.rechargeAccount),
      pick((order) => order.session),
      lines.map((line) => line.order),
      lines.map((line) => line.sku),
      lines.map((line) => line.quantity),
      pick((order) => order.language),
    ],
  });
  return rows.map(toPlacing);
}

function toPlacing(row: Row): Placing {
  switch (row.outcome) {
    case "placed":
      return {
        outcome: row.outcome,
        orderId: row.order_id,
        paymentId: row.payment_id,
        amountFen: row.amount,
        expiresAt: row.expires,
      };
    case "replay":
      return { outcome: row.outcome, orderId: row.order_id, sameBody: row.same_body };
    case "unknown_product":
    case "account_required":
    case "sold_out":
      return { outcome: row.outcome, sku: row.sku };
    case "price_changed":
    case "over_amount":
      return { outcome: row.outcome, amountFen: row.amount };
    case "over_limit":
      return { outcome: row.outcome, sku: row.sku, units: row.units };
    case "over_hold":
      return { outcome: row.outcome, units: row.units, retryAt: row.retry_at };
    case "over_buyer":
      return { outcome: row.outcome, sku: row.sku, units: row.units, retryAt: row.retry_at };
    case "too_many":
      if (row.retry_at === null) throw new Error("a refusal for a while without its end");
      return { outcome: row.outcome, retryAt: row.retry_at };
    case "contended":
    case "wrong_clock":
      return { outcome: row.outcome };
  }
}

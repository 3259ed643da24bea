import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import { isDenied, type SupplierTestimony, unclearLines } from "./enquiry-domain.ts";
import { keepConfirmed, readRecharges } from "./enquiry-store.ts";
import { isPartlyRefunded, restartDelivery } from "./redelivery-store.ts";
import type { Supplier } from "./supplier.ts";

export { type SupplierTestimony, whyNotGiveBack } from "./enquiry-domain.ts";
export { readRecharges } from "./enquiry-store.ts";

/**
 * Asks the supplier what became of the lines of an order whose delivery failed, as far as that is unclear; it sends nothing.
 * Null where there is nothing to ask. Without a supplier, or when it is silent, a line is neither delivered nor denied.
 */
export async function askAboutRecharges(
  { db, supplier }: { db: Database; supplier: Supplier | undefined },
  orderId: string,
): Promise<SupplierTestimony | null> {
  const recharges = await readRecharges(db.sql, orderId);
  const unclear = recharges ? unclearLines(recharges) : [];
  if (!recharges || unclear.length === 0) return null;
  const testimony: SupplierTestimony = { begunAt: recharges.begunAt, delivered: [], denied: [] };
  for (const id of supplier ? unclear : []) {
    const said = await supplier?.ask(id);
    if (said?.state === "success") testimony.delivered.push({ id, reference: said.reference });
    else if (said && isDenied(said)) testimony.denied.push(id);
    // No line was sent before the ones ahead of it were confirmed, and whoever waits is not to wait for each of them.
    else break;
  }
  return testimony;
}

/**
 * Keeps what the supplier had delivered after all, and has the order delivered on. Call it inside a transaction to write
 * more with it. False where the order is not delivered on: it has moved on meanwhile, or a part of its money went back.
 */
export async function deliverOn(
  { db, clock }: { db: Database; clock: Clock },
  order: { id: string; by: string | null },
  { delivered }: Pick<SupplierTestimony, "delivered">,
): Promise<boolean> {
  if (!(await keepConfirmed(db.sql, order.id, delivered))) return false;
  if (await isPartlyRefunded(db.sql, order.id)) return false;
  const reason = "the supplier had done the recharge after all";
  return await restartDelivery(db.sql, { ...order, reason, now: clock.now() });
}

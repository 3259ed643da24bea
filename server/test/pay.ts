import type { PlacedOrder, Tender } from "@orderwatch/shared/shop/orders.ts";
import { createNoticeLog, settleDue } from "../src/shop/payments/actions.ts";
import type { TestShop } from "./order-backend.ts";

/** What is left of settling when nobody is told. */
export const settling = (shop: TestShop) => ({
  db: shop.db,
  clock: shop.clock,
  signals: shop.signals,
  log: shop.log,
  fire: () => undefined,
});

/** Puts verified notices of payments on record, as callbacks would; settling them is another step. */
export async function noteMoney(
  shop: TestShop,
  payments: readonly { id: string; method: Tender; amountFen: number }[],
): Promise<void> {
  const notices = createNoticeLog({ sql: shop.db.sql, clock: shop.clock, newId: shop.newId });
  const fates = await Promise.all(
    payments.map((payment) =>
      notices.receive({
        provider: payment.method,
        noticeId: shop.newId(),
        paymentId: payment.id,
        tradeNo: `trade-${payment.id}`,
        amountFen: payment.amountFen,
        paidAt: shop.clock.now(),
      }),
    ),
  );
  if (fates.some((fate) => fate !== "accepted")) throw new Error(`money was not accepted: ${fates.join()}`);
}

export const moneyOf = ({ payment, amountFen }: PlacedOrder) => ({
  id: payment.id,
  method: payment.method,
  amountFen,
});

/** Pays orders, as far as the shop is concerned. */
export async function payFor(shop: TestShop, orders: readonly PlacedOrder[]): Promise<void> {
  await noteMoney(shop, orders.map(moneyOf));
  while ((await settleDue(settling(shop))).more);
}

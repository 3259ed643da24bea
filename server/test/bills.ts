import type { ReconciliationDifference } from "@orderwatch/shared/ops/reconciliation.ts";
import type { PaymentMethod, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import {
  createNoticeLog,
  learnOfPayment,
  openPayment,
  type PaymentDeps,
  switchPayment,
} from "../src/shop/payments/actions.ts";
import { listDifferences, reconcileDue, startRun } from "../src/shop/reconciliation/actions.ts";
import { dayAt } from "../src/shop/reconciliation/day-domain.ts";
import { openTestShop, orderBody, type TestShop } from "./order-backend.ts";
import { openTestSandbox, type TestSandbox } from "./sandbox.ts";

/** A shop that hears no callback, beside the companies whose bills know better; both follow the test's clock. */
export interface TestBills {
  shop: TestShop;
  sandbox: TestSandbox;
  payments: PaymentDeps;
  /** Paid on a page that this shop had closed already, while the company could not be told. */
  paidUnheard(): Promise<PlacedOrder>;
  /** The same, and paid again at the other company, of which the shop hears. */
  paidTwice(): Promise<PlacedOrder>;
  /** Compares the shop's present day at a company and answers all that differs and has not ended. */
  compare(provider: PaymentMethod): Promise<ReconciliationDifference[]>;
  /** The day in Beijing that it is for the shop. */
  today(): string;
  close(): Promise<void>;
}

const nobody = "http://127.0.0.1:9";

export async function openTestBills(): Promise<TestBills> {
  const shop = await openTestShop();
  const sandbox = await openTestSandbox({ ...shop, shopUrl: nobody });
  const payments: PaymentDeps = {
    ...shop,
    shopUrl: nobody,
    providers: sandbox.providers,
    notices: createNoticeLog({ sql: shop.db.sql, clock: shop.clock, newId: shop.newId }),
    fire: () => undefined,
  };
  await shop.addProduct({ sku: "CARD", codes: 50, priceFen: 1_000 });
  const today = () => dayAt(shop.clock.now());
  /** As the payer does, on the company's own page. */
  const pay = async (paymentId: string) => {
    const status = await sandbox.pay(paymentId);
    if (status !== 200) throw new Error(`paying was answered ${status}`);
  };
  const open = async (paymentId: string) => {
    const { url } = await openPayment(payments, paymentId, "192.0.2.1");
    await fetch(url, { redirect: "manual" });
  };
  const paidUnheard = async (): Promise<PlacedOrder> => {
    const order = await shop.place({ body: orderBody("CARD", 1, { paymentMethod: "wechat" }) });
    await open(order.payment.id);
    await sandbox.behave({ provider: "wechat", errorRate: 1 });
    await switchPayment(payments, order.id, "alipay");
    await sandbox.recover();
    await pay(order.payment.id);
    return order;
  };
  return {
    ...{ shop, sandbox, payments, paidUnheard, today },
    async paidTwice() {
      const order = await paidUnheard();
      const other = await shop.value<string>("select id from payments where order_id = $1 and id <> $2", [
        order.id,
        order.payment.id,
      ]);
      await open(other);
      await pay(other);
      await learnOfPayment(payments, order.id);
      return order;
    },
    async compare(provider) {
      const { id } = await startRun(shop, { provider, day: today(), requestedBy: "Li Lei" });
      while ((await reconcileDue(payments)).more);
      return (await listDifferences(shop, id, { limit: 100, state: "open" })).items;
    },
    async close() {
      await sandbox.close();
      await shop.close();
    },
  };
}

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../test/order-backend.ts";
import { payFor } from "../../test/pay.ts";
import { type Fate, openProxy, type TestProxy } from "../../test/proxy.ts";
import { openTestSandbox, type TestSandbox } from "../../test/sandbox.ts";
import { callOutbound } from "../platform/outbound.ts";
import { createRecharger } from "../shop/fulfilment/actions.ts";
import { HttpSupplier } from "../shop/fulfilment/supplier.ts";
import { expireDue, rules } from "../shop/orders/actions.ts";
import {
  askDue,
  createNoticeLog,
  createProviders,
  learnOfPayment,
  openPayment,
  type PaymentDeps,
  refundDue,
  switchPayment,
} from "../shop/payments/actions.ts";

let shop: TestShop;
let sandbox: TestSandbox;
let proxy: TestProxy;
let payments: PaymentDeps;
/**
 * For each call outward, how many of the shop's connections had a transaction open at that moment and were doing nothing in
 * it, as one does that waits for a call. A statement of somebody else that runs meanwhile is none.
 */
let open: { call: string; transactions: number }[];

beforeAll(async () => {
  shop = await openTestShop();
  sandbox = await openTestSandbox({ ...shop, shopUrl: "http://shop.test" });
  proxy = await openProxy(sandbox.url, async (call): Promise<Fate> => {
    const transactions = await shop.value<number>(
      `select count(*)::int from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'`,
    );
    open.push({ call: call.replace(/[0-9a-f-]{32,36}.*/, "…"), transactions });
    return "through";
  });
  const { wechat, alipay } = sandbox.merchants;
  payments = {
    ...shop,
    shopUrl: "http://shop.test",
    providers: createProviders(
      {
        wechat: { ...wechat, baseUrl: proxy.url },
        alipay: { ...alipay, gateway: `${proxy.url}/gateway.do` },
      },
      { clock: shop.clock },
    ),
    notices: createNoticeLog({ sql: shop.db.sql, clock: shop.clock, newId: shop.newId }),
    fire: () => undefined,
  };
  await shop.addProduct({ sku: "CARD", codes: 100 });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
});
afterAll(async () => {
  await proxy.close();
  await sandbox.close();
  await shop.close();
});

async function calls(work: () => Promise<unknown>): Promise<string[]> {
  open = [];
  await work();
  expect(open.filter(({ transactions }) => transactions > 0)).toEqual([]);
  return open.map(({ call }) => call);
}

const place = (method: PaymentMethod) =>
  shop.place({ body: orderBody("CARD", 1, { paymentMethod: method }) });
const gateway = "POST /gateway.do";

describe("D5: no transaction is open while another company is called", () => {
  it("to prepay, to close, and to ask", async () => {
    const order = await place("wechat");
    expect(await calls(() => openPayment(payments, order.payment.id, "192.0.2.1"))).toEqual([
      "POST /v3/pay/transactions/h5",
    ]);
    expect(await calls(() => learnOfPayment(payments, order.id))).toEqual([
      "GET /v3/pay/transactions/out-trade-no/…",
    ]);
    expect(await calls(() => switchPayment(payments, order.id, "alipay"))).toEqual([
      "POST /v3/pay/transactions/out-trade-no/…",
    ]);
    const other = await place("alipay");
    await openPayment(payments, other.payment.id, "192.0.2.1");
    shop.clock.advance(30_000);
    const made = await calls(() => askDue(payments));
    expect(made.some((call) => call.includes(gateway))).toBe(true);
    expect((await calls(() => switchPayment(payments, other.id, "wechat")))[0]).toContain(gateway);
  });

  it("to give money back", async () => {
    const orders = [await place("wechat"), await place("alipay")];
    shop.clock.advance(rules.holdMs);
    await expireDue(shop);
    await shop.db.sql.query("update products set archived = true where sku = 'CARD'");
    await payFor(shop, orders);
    // One after the other: what is noted of one while the other is called would look like a transaction of the call.
    const made = [
      ...(await calls(() => refundDue(payments, 1))),
      ...(await calls(() => refundDue(payments, 1))),
    ];
    expect(made.some((call) => call.startsWith("POST /v3/refund"))).toBe(true);
    expect(made.some((call) => call.startsWith(gateway))).toBe(true);
  });

  it("to recharge", async () => {
    const order = await shop.place({ body: orderBody("TOPUP", 1, { rechargeAccount: "10001" }) });
    await payFor(shop, [order]);
    const recharger = createRecharger({
      ...shop,
      supplier: new HttpSupplier({
        url: `${proxy.url}/supplier`,
        key: sandbox.merchants.supplier.key,
        clock: shop.clock,
      }),
      fireLater: () => undefined,
      onFreed: () => undefined,
    });
    const made = await calls(async () => {
      await recharger.begin();
      await recharger.idle();
    });
    expect(made).toEqual(["POST /supplier/v1/recharges"]);
    expect(await shop.value("select status from orders where id = $1", [order.id])).toBe("delivered");
  });

  it("because a call from inside one is refused before it leaves, however deep it is made", async () => {
    open = [];
    const call = () =>
      callOutbound({ url: `${proxy.url}/behaviour`, method: "GET", timeoutMs: 1_000, maxBytes: 10_000 });
    await expect(
      shop.db.transaction(async (sql) => {
        await sql.query("select 1");
        await Promise.all([1, 2].map(async () => call()));
      }),
    ).rejects.toThrow("inside a database transaction");
    expect(open).toEqual([]);
    await shop.db.transaction(async (sql) => sql.query("select 1"));
    expect((await call()).status).toBe(200);
  });

  it("and there is no other way out for the shop or for what staff do", () => {
    const folder = join(import.meta.dirname, "..");
    const files = globSync("{shop,ops}/**/*.ts", { cwd: folder }).filter(
      (file) => !file.endsWith(".test.ts"),
    );
    expect(files.length).toBeGreaterThan(50);
    const waysOut =
      /\bfetch\(|\bnew (WebSocket|EventSource)\(|sdk\.(exec|curl)\(|import (?!type)[^;]* from "(node:(http2?|https|net|tls|dgram)|undici)"/;
    expect(files.filter((file) => waysOut.test(readFileSync(join(folder, file), "utf8")))).toEqual([]);
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuyerOrder, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildWeb } from "../../../web/build.ts";
import { testSecretKey } from "../../test/context.ts";
import { freePorts } from "../../test/free-ports.ts";
import { openTestShop, type TestShop } from "../../test/order-backend.ts";
import { eventually } from "../../test/poll.ts";
import { callJson } from "../../test/product.ts";
import { type Role, startRole } from "../../test/role.ts";

/** The shop in three processes, one for each part, as on machines of their own, beside a sandbox. */
let shop: TestShop;
let env: Record<string, string>;
let urls: Record<"shop" | "payments" | "sandbox", string>;
const ports = { orders: 0, payments: 0, fulfilment: 0, sandbox: 0 };
beforeAll(async () => {
  await buildWeb();
  shop = await openTestShop();
  await shop.addProduct({ sku: "CARD", codes: 50 });
  const [orders = 0, payments = 0, fulfilment = 0, sandbox = 0] = await freePorts(4);
  Object.assign(ports, { orders, payments, fulfilment, sandbox });
  urls = {
    shop: `http://127.0.0.1:${orders}`,
    payments: `http://127.0.0.1:${payments}`,
    sandbox: `http://127.0.0.1:${sandbox}`,
  };
  env = {
    DATA_DIR: await mkdtemp(join(tmpdir(), "test-parts-")),
    DATABASE_URL: shop.url,
    SECRET_KEY: testSecretKey,
    SHOP_PORT: String(orders),
    SANDBOX_PORT: String(sandbox),
    PAYMENTS_PORT: String(payments),
  };
});
afterAll(async () => {
  await shop.close();
  await rm(env.DATA_DIR ?? "", { recursive: true });
});

const start = {
  sandbox: () => startRole(ports.sandbox, { ...env, ROLE: "sandbox" }),
  orders: () => startRole(ports.orders, { ...env, ROLE: "shop", PARTS: "orders", NODE_NAME: "orders-1" }),
  payments: () =>
    startRole(ports.payments, { ...env, ROLE: "shop", PARTS: "payments", NODE_NAME: "payments-1" }),
  fulfilment: () =>
    startRole(ports.fulfilment, {
      ...{ ...env, ROLE: "shop", PARTS: "fulfilment", NODE_NAME: "fulfilment-1" },
      SHOP_PORT: String(ports.fulfilment),
      SHOP_URL: urls.shop,
    }),
};

const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
let buyers = 0;
const place = async () =>
  PlacedOrder.parse(
    await callJson(
      `${urls.shop}/api/orders`,
      post(
        { sku: "CARD", quantity: 1, paymentMethod: buyers++ % 2 ? "wechat" : "alipay", contact: {} },
        { "idempotency-key": shop.newId(), "x-forwarded-for": `10.0.0.${buyers}` },
      ),
    ),
  );
const open = ({ payment }: PlacedOrder) => fetch(`${urls.shop}/pay/${payment.id}`, { redirect: "manual" });
const pay = ({ payment }: PlacedOrder) =>
  callJson(`${urls.sandbox}/payments/${payment.id}/pay`, post({ payer: "payer-1", outcome: "success" }));
const read = async ({ id, token }: PlacedOrder) =>
  BuyerOrder.parse(
    await callJson(`${urls.shop}/api/orders/${id}`, { headers: { authorization: `Bearer ${token}` } }),
  );
const until = (order: PlacedOrder, status: string, withinMs = 20_000) =>
  eventually(
    `${order.id} is ${status}`,
    async () => (await shop.value("select status from orders where id = $1", [order.id])) === status,
    withinMs,
  );
const events = (order: PlacedOrder) =>
  shop.value("select jsonb_agg(type order by id) from order_events where order_id = $1", [order.id]);
const wholeWay = ["placed", "paid", "delivering", "delivered"];

async function startAll(): Promise<Record<"orders" | "payments" | "fulfilment", Role>> {
  const [orders, payments, fulfilment] = await Promise.all([
    start.orders(),
    start.payments(),
    start.fulfilment(),
    start.sandbox(),
  ]);
  return { orders, payments, fulfilment };
}

it("D2: any one part of the shop may die, the others go on, and what it left is finished when it is back", async () => {
  const parts = await startAll();

  // All there: the payment company calls the payments' own port, and delivery follows.
  const whole = await place();
  await pay(whole);
  await until(whole, "delivered");

  // Without delivery, buyers order and pay; delivery catches up.
  await parts.fulfilment.kill();
  const undelivered = await place();
  await pay(undelivered);
  await until(undelivered, "paid");
  await place();
  await start.fulfilment();
  await until(undelivered, "delivered");

  // Without payments, buyers order, whoever looks at a paid order has it found and delivered, and the rest later.
  await parts.payments.kill();
  const unread = await place();
  await pay(unread);
  const unheard = await place();
  await pay(unheard);
  await eventually(
    "the buyer learns of the payment",
    async () => (await read(unheard)).status === "delivered",
  );
  expect(await shop.value("select status from orders where id = $1", [unread.id])).toBe("awaiting_payment");
  await start.payments();
  await until(unread, "delivered", 60_000);

  // Without the part that takes orders, a buyer who was paying already is heard and gets the code.
  const paying = await place();
  expect((await open(paying)).status).toBe(303);
  await parts.orders.kill();
  await pay(paying);
  await until(paying, "delivered");
  await start.orders();
  expect((await read(paying)).codes).toHaveLength(1);

  for (const order of [whole, undelivered, unheard, unread, paying])
    expect(await events(order)).toEqual(wholeWay);
});

it("a part answers what is its own: callbacks on their port, probes alone where only delivery runs", async () => {
  const parts = await startAll();
  const status = async (base: string, path: string, init?: RequestInit) =>
    (await fetch(base + path, init)).status;
  const fulfilment = `http://127.0.0.1:${ports.fulfilment}`;
  // WeChat Pay's word for what it is to send again: this one carries no signature.
  expect(await status(urls.payments, "/api/payments/wechat/notify", { method: "POST" })).toBe(500);
  expect(await status(urls.shop, "/api/payments/wechat/notify", { method: "POST" })).toBe(404);
  expect(await status(urls.payments, "/api/orders", post({}))).toBe(404);
  for (const path of ["/healthz", "/readyz", "/metrics"]) expect(await status(fulfilment, path)).toBe(200);
  expect(await status(fulfilment, "/api/products")).toBe(404);
  await parts.payments.kill();

  const taken = createServer((_request, response) => response.writeHead(503).end()).listen(
    ports.payments,
    "127.0.0.1",
  );
  const refused = await startRole(ports.payments, { ...env, ROLE: "shop", PARTS: "payments" }).catch(String);
  taken.close();
  expect(refused).toContain(`PAYMENTS_PORT: port ${ports.payments} is taken by another program`);
});

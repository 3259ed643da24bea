import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { findInDatabase } from "../../test/canary.ts";
import { signNotice } from "../../test/payment-notices.ts";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { createLog } from "../platform/log.ts";
import { importCodes } from "../shop/stock/actions.ts";

const canaries = {
  phone: "13987650123",
  email: "canary.mail@secret-place.example",
  account: "canary-account-4711",
  device: "canary-device-0815",
  key: "canary-key-0123456789",
  code: "CANARY-CODE-8GTX",
  spoiltCode: "CANARY-CODE-9HUY",
  waiting: "canary.waiting@secret-place.example",
};

let shop: TestShopServer;
let logged = "";
const errorBodies: string[] = [];
const tokens: string[] = [];

beforeAll(async () => {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  shop = await openTestShopServer({ log: createLog({ level: "trace", name: "test" }, stream) });
  await live();
});
afterAll(() => shop.close());

const body = (sku: string, more: object = {}) => ({
  ...{
    sku,
    quantity: 1,
    paymentMethod: "alipay",
    deviceId: canaries.device,
    rechargeAccount: canaries.account,
  },
  contact: { phone: canaries.phone, email: canaries.email },
  ...more,
});

async function place(sku: string): Promise<PlacedOrder> {
  const answer = await shop.call("POST", "/api/orders", { key: randomUUID(), body: body(sku) });
  expect(answer.status, answer.text).toBe(201);
  const order = PlacedOrder.parse(answer.body);
  tokens.push(order.token);
  return order;
}

/** A call that must fail, however. */
async function fail(...call: Parameters<TestShopServer["call"]>): Promise<void> {
  const answer = await shop.call(...call);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  errorBodies.push(answer.text, JSON.stringify([...answer.headers]));
}

/** Everything that can happen to an order, with secrets wherever there is room for one. */
async function live(): Promise<void> {
  await shop.addProduct({ sku: "CARD" });
  await shop.addProduct({ sku: "SPOILT" });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
  await importCodes(shop, { sku: "CARD", codes: [canaries.code, canaries.code], staffId: null });
  await importCodes(shop, { sku: "SPOILT", codes: [canaries.spoiltCode], staffId: null });
  await shop.call("POST", "/api/restock-notices", {
    body: { sku: "CARD", contact: { email: canaries.waiting } },
  });
  for (const contact of [{ email: canaries.email }, { phone: canaries.phone }])
    expect((await shop.call("POST", "/api/order-lookups", { body: { contact } })).status).toBe(202);

  const orders = [await place("CARD"), await place("TOPUP")];
  for (const order of orders) expect(await shop.sandbox.pay(order.payment.id)).toBe(200);
  for (const order of orders) await shop.until(order.id, "delivered");
  const [delivered] = await Promise.all(orders.map(shop.read));
  expect(delivered?.codes).toEqual([{ sku: "CARD", code: canaries.code }]);

  const spoilt = await place("SPOILT");
  await shop.db.sql.query("update codes set sealed = set_byte(sealed, 30, 1) where order_id = $1", [
    spoilt.id,
  ]);
  expect(await shop.sandbox.pay(spoilt.payment.id)).toBe(200);
  const look = async () => {
    shop.clock.advance(1_000);
    expect(await shop.status(spoilt.id)).toBe("delivery_failed");
  };
  await vi.waitFor(look, { timeout: 15_000, interval: 100 });

  const order = await place("TOPUP");
  const address = `/api/orders/${order.id}`;
  const key = randomUUID();
  await fail("POST", "/api/orders", { key, body: body("CARD") });
  await fail("POST", "/api/orders", { key: `${canaries.key} `.repeat(9), body: body("CARD") });
  await fail("POST", "/api/orders", { key, body: body("CARD", { paymentMethod: canaries.phone }) });
  await fail("POST", "/api/orders", { key, body: body("CARD", { contact: { phone: canaries.email } }) });
  await fail("POST", "/api/orders", { key, body: body("CARD", { contact: { email: canaries.phone } }) });
  await fail("POST", "/api/orders", {
    key,
    body: body("TOPUP", { rechargeAccount: canaries.account.repeat(9) }),
  });
  await fail("POST", "/api/orders", { key, body: `{"contact":"${canaries.phone}` });
  await fail("POST", "/api/orders", {
    body: body("CARD"),
    headers: { authorization: `Bearer ${order.token}` },
  });
  await fail("GET", address, { token: `${order.token}x` });
  await fail("POST", "/api/restock-notices", { body: { sku: "NONE", contact: { email: canaries.waiting } } });
  const notice = signNotice(inject("sandboxKeys"), "alipay", {
    paymentId: order.payment.id,
    amountFen: 1,
    now: shop.clock.now(),
  });
  await shop.call("POST", "/api/payments/alipay/notify", {
    ...notice,
    body: `${notice.body}&x=${canaries.phone}`,
  });

  // And a failure of our own, with all of that in the statement that fails.
  await shop.db.sql.query("alter function place_orders rename to place_orders_away");
  await fail("POST", "/api/orders", { key: canaries.key, body: body("CARD") });
  await shop.db.sql.query("alter function place_orders_away rename to place_orders");
  await shop.db.sql.query("alter table restock_notices rename to restock_notices_away");
  await fail("POST", "/api/restock-notices", { body: { sku: "CARD", contact: { phone: canaries.phone } } });
  await shop.db.sql.query("alter table restock_notices_away rename to restock_notices");
  expect(errorBodies.filter((text) => text.includes("server.failed"))).toHaveLength(2);
}

/** A secret as it is, and in the dress in which it often travels. */
const formsOf = (secret: string) => [
  secret,
  Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -1),
  Buffer.from(secret).toString("hex"),
  encodeURIComponent(secret),
];

describe("R1: code, phone, e-mail, account, device and token", () => {
  it("are in clear in no table, the queue's own included", async () => {
    const secrets = [...Object.values(canaries), ...tokens];
    expect(await findInDatabase(shop.db, secrets.flatMap(formsOf))).toEqual([]);
    const { rows } = await shop.db.sql.query(
      "select from information_schema.tables where table_schema = 'bullmq'",
    );
    expect(rows.length).toBeGreaterThan(3);
  });

  it("are in no log, down to trace", () => {
    expect(logged.length).toBeGreaterThan(5_000);
    expect(logged).toContain("request failed");
    for (const secret of [...Object.values(canaries), ...tokens])
      for (const form of formsOf(secret)) expect(logged.includes(form), form).toBe(false);
  });

  it("are in no error that anybody is shown", () => {
    expect(errorBodies.length).toBeGreaterThan(20);
    for (const secret of [...Object.values(canaries), ...tokens])
      for (const form of formsOf(secret)) expect(errorBodies.join("\n").includes(form), form).toBe(false);
  });

  it("would be found if they were there", async () => {
    await shop.db.sql.query(
      "update orders set failure_detail = $1 where id = (select id from orders limit 1)",
      [`call ${canaries.phone}`],
    );
    await shop.db.sql.query("update restock_notices set contact = $1", [Buffer.from(canaries.waiting)]);
    expect(await findInDatabase(shop.db, canaries.phone)).toEqual(["public.orders.failure_detail"]);
    expect(await findInDatabase(shop.db, canaries.waiting)).toEqual(["public.restock_notices.contact"]);
    shop.log.error({ where: canaries.email }, "a careless line");
    expect(logged).toContain(canaries.email);
  });
});

import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { createPostgresBackend, withBackend } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";

let shop: TestShopServer;
/** The shop's own queue, in the hands of somebody who means ill. */
let queue: ReturnType<typeof openQueue>;
const openQueue = (connectionString: string) =>
  new (withBackend(createPostgresBackend).Queue)("triggers", {
    connection: { connectionString, schema: "bullmq", max: 2 },
  });
beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 200 });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
  queue = openQueue(shop.url);
  await queue.waitUntilReady();
});
afterEach(() => queue.resume());
afterAll(async () => {
  await queue.close();
  await shop.close();
});

async function buy(count: number): Promise<PlacedOrder[]> {
  const orders = await Promise.all(
    Array.from({ length: count }, (_, n) =>
      n % 5 === 4
        ? shop.order("TOPUP", { account: "10001" })
        : shop.order("CARD", { method: n % 2 ? "wechat" : "alipay" }),
    ),
  );
  const paid = await Promise.all(orders.map(({ payment }) => shop.sandbox.pay(payment.id)));
  expect(paid).toEqual(orders.map(() => 200));
  return orders;
}

/**
 * Read from BullMQ's own table: a stopped queue's triggers are counted in ways that its types do not name. The one that
 * waits for its hour tomorrow is not meant.
 */
const waitingCount = () =>
  shop.value<number>(
    "select count(*)::int from bullmq.job where state in ('waiting', 'delayed') and name <> 'reconciliation.daily'",
  );

async function expectDeliveredOnce(orders: PlacedOrder[]): Promise<void> {
  for (const order of orders) await shop.until(order.id, "delivered");
  for (const { id } of orders)
    expect(
      await shop.value("select jsonb_agg(type order by id) from order_events where order_id = $1", [id]),
    ).toEqual(["placed", "paid", "delivering", "delivered"]);
  const codes = await Promise.all(orders.map(shop.read));
  expect(new Set(codes.flatMap((order) => order.codes?.map(({ code }) => code))).size).toBe(orders.length);
  const { recharges } = await shop.sandbox.books();
  expect(recharges).toHaveLength(
    await shop.value<number>("select count(*)::int from order_lines where supplier_reference is not null"),
  );
}

describe("D3: triggers", () => {
  it("that are lost lose nothing: with the queue stopped and emptied, rows bring every order to its end", async () => {
    await queue.pause();
    const orders = await buy(10);
    await expect.poll(waitingCount).toBeGreaterThan(0);
    // Rows are swept meanwhile and each step triggers the next, so triggers are lost until the last order is through.
    for (const { id } of orders)
      await expect
        .poll(
          async () => {
            await queue.drain(true);
            return shop.status(id);
          },
          { timeout: 20_000 },
        )
        .toBe("delivered");
    expect(await queue.isPaused()).toBe(true);
    await expectDeliveredOnce(orders);
  });

  it("that are doubled double nothing: hundreds of them while orders are being delivered", async () => {
    const flood = async () => {
      for (let round = 0; round < 10; round++)
        await queue.addBulk(
          Array.from({ length: 30 }, (_, n) => ({
            name: n % 2 ? "orders.fulfil" : "payments.settle",
            data: {},
            opts: { removeOnComplete: true },
          })),
        );
    };
    const [orders] = await Promise.all([buy(20), flood()]);
    await expectDeliveredOnce(orders);
    await expect.poll(waitingCount, { timeout: 20_000 }).toBe(0);
    await expectDeliveredOnce(orders);
  });

  it("that come late change nothing: what they ask for was done long ago", async () => {
    await queue.pause();
    const orders = await buy(5);
    await expectDeliveredOnce(orders);
    expect(await waitingCount()).toBeGreaterThan(0);
    await queue.resume();
    await expect.poll(waitingCount, { timeout: 20_000 }).toBe(0);
    await expectDeliveredOnce(orders);
  });

  it("are merged while they wait, so that a busy shop fills no queue", async () => {
    await queue.pause();
    const orders = await buy(30);
    await expectDeliveredOnce(orders);
    expect(await waitingCount()).toBeLessThanOrEqual(4);
  });

  it("carry nothing about anybody", async () => {
    await queue.pause();
    await buy(2);
    await expect.poll(waitingCount).toBeGreaterThan(0);
    expect(await shop.value("select jsonb_agg(distinct data) from bullmq.job")).toEqual([{}]);
  });
});

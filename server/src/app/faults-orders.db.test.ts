import { randomUUID } from "node:crypto";
import type { BlastRadius, DrillFault } from "@orderwatch/shared/ops/drill-faults.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { testSecretKey } from "../../test/context.ts";
import { silentLog } from "../../test/live.ts";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { systemClock } from "../platform/clock.ts";
import { createKeys } from "../platform/crypto.ts";
import { FaultHolder } from "../platform/faults/leases.ts";
import { signLease } from "../platform/faults/proof.ts";

const keys = createKeys(testSecretKey);
const everybody: BlastRadius = { traffic: "live", percent: 100, orders: 1_000, buyers: 1_000 };

let faults: FaultHolder;
let shop: TestShopServer;
let leases: string[] = [];

beforeAll(async () => {
  faults = new FaultHolder({
    ...{ target: "shop-1", keys, clock: systemClock, log: silentLog },
    points: ["payment", "supplier", "full_queue", "sold_out", "queue"],
  });
  shop = await openTestShopServer({ faults });
  await shop.addProduct({ sku: "CARD", codes: 100 });
  await shop.addProduct({ sku: "OTHER", codes: 100 });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
});
afterEach(async () => {
  for (const lease of leases) await faults.revert(lease);
  leases = [];
});
afterAll(async () => {
  await shop.close();
  await faults.close();
});

function strike(fault: DrillFault, radius: Partial<BlastRadius> = {}): string {
  const id = randomUUID();
  leases.push(id);
  const expiresAt = new Date(Date.now() + 10_000).toISOString();
  const lease = { id, run: randomUUID(), fault, radius: { ...everybody, ...radius }, expiresAt };
  expect(faults.grant(signLease(keys, "shop-1", lease)).state).toBe("active");
  return id;
}
const touched = (lease: string) => faults.report(lease).touched;

const placed = (sku: string) =>
  shop.call("POST", "/api/orders", {
    key: randomUUID(),
    body: { sku, quantity: 1, paymentMethod: "wechat", contact: { phone: "13800138000" } },
    headers: { "x-forwarded-for": `10.9.0.${Math.floor(Math.random() * 250)}` },
  });
const openPage = (paymentId: string) => shop.call("GET", `/pay/${paymentId}`);
const delivered = (orderId: string) =>
  shop.value<number>("select count(*)::int from delivered_codes where order_id = $1", [orderId]);

describe("O9: an order beyond the blast radius", () => {
  it("is a buyer's while the traffic is synthetic: it meets no fault at all", async () => {
    const synthetic = { traffic: "synthetic" } as const;
    const struck = [
      strike({ kind: "full_queue", rate: 1 }, synthetic),
      strike({ kind: "payment", channel: "wechat", errorRate: 1, dropCallbacks: 1 }, synthetic),
      strike({ kind: "supplier", errorRate: 1 }, synthetic),
    ];
    const order = await shop.order("TOPUP", { account: "13800138000" });
    expect((await openPage(order.payment.id)).status).toBe(303);
    expect(await shop.sandbox.pay(order.payment.id)).toBe(200);
    await shop.until(order.id, "delivered");
    expect(struck.map((lease) => touched(lease).orders)).toEqual([0, 0, 0]);
  });

  it("is spared once as many were touched as may be", async () => {
    const lease = strike({ kind: "payment", channel: "wechat", errorRate: 1 }, { orders: 1 });
    const [first, second] = [await shop.order("CARD"), await shop.order("CARD")];
    expect(await openPage(first.payment.id)).toMatchObject({
      body: { code: "payment.channel_unavailable" },
    });
    expect((await openPage(second.payment.id)).status).toBe(303);
    expect(faults.report(lease)).toMatchObject({ limited: true, touched: { orders: 1, buyers: 1 } });
    await faults.revert(lease);
    expect((await openPage(first.payment.id)).status).toBe(303);
  });
});

describe("a struck order", () => {
  it("is refused as by a real full queue, and placed again once the fault is over", async () => {
    const lease = strike({ kind: "full_queue", rate: 1 });
    const refused = await placed("CARD");
    expect(refused).toMatchObject({ status: 503, body: { code: "server.busy" } });
    expect(refused.headers.get("retry-after")).not.toBeNull();
    expect(shop.refused.at(-1)).toBe("server.busy");
    await faults.revert(lease);
    expect((await placed("CARD")).status).toBe(201);
  });

  it("is refused as sold out with a way on, for the product that is meant and for no other", async () => {
    strike({ kind: "sold_out", sku: "CARD", rate: 1 });
    const { status, body } = await placed("CARD");
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: "stock.sold_out",
      remedies: [{ kind: "restock_notice" }, { kind: "similar_product" }],
    });
    expect((await placed("OTHER")).status).toBe(201);
  });

  it("P5: is found to be paid by asking, when every callback is lost", async () => {
    const lease = strike({ kind: "payment", channel: "alipay", dropCallbacks: 1 });
    const order = await shop.order("CARD", { method: "alipay" });
    await openPage(order.payment.id);
    await shop.sandbox.pay(order.payment.id);
    await expect
      .poll(
        async () => {
          shop.clock.advance(5_000);
          return shop.status(order.id);
        },
        { timeout: 15_000, interval: 100 },
      )
      .toBe("delivered");
    expect(touched(lease).orders).toBe(1);
    expect(await delivered(order.id)).toBe(1);
  });

  it("P1: is delivered once, though each callback comes twice and late", async () => {
    strike({ kind: "payment", channel: "wechat", duplicateCallbacks: 1, delayCallbacksMs: 50 });
    const order = await shop.order("CARD");
    await openPage(order.payment.id);
    expect(await shop.sandbox.pay(order.payment.id)).toBe(200);
    await shop.until(order.id, "delivered");
    expect(await delivered(order.id)).toBe(1);
  });

  it("whose supplier cannot be reached fails after its tries, and one that needs none is delivered meanwhile", async () => {
    strike({ kind: "supplier", errorRate: 1 });
    const order = await shop.order("TOPUP", { account: "13800138000" });
    const code = await shop.order("CARD");
    for (const { payment } of [order, code]) {
      await openPage(payment.id);
      expect(await shop.sandbox.pay(payment.id)).toBe(200);
    }
    await shop.until(code.id, "delivered");
    await expect
      .poll(
        async () => {
          shop.clock.advance(1_000);
          return shop.status(order.id);
        },
        { timeout: 15_000, interval: 100 },
      )
      .toBe("delivery_failed");
  });

  it("is delivered by the sweep, when every trigger is lost", async () => {
    const lease = strike({ kind: "queue", node: "shop-1", dropRate: 1 });
    const order = await shop.order("CARD");
    await openPage(order.payment.id);
    expect(await shop.sandbox.pay(order.payment.id)).toBe(200);
    await shop.until(order.id, "delivered");
    expect(touched(lease).passes).toBeGreaterThan(0);
  });
});

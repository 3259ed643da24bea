import { randomUUID } from "node:crypto";
import type { LeverChange } from "@orderwatch/shared/ops/levers.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { orderBody } from "../../../test/order-backend.ts";
import { openTestShopServer, type TestShopServer } from "../../../test/shop-server.ts";
import { setLevers } from "../../ops/levers/actions.ts";
import { announceLevers, readLevers, watchLevers } from "./actions.ts";

let shop: TestShopServer;
const by = { staff: { id: "staff-1", name: "Li Na" }, requestId: "request-1" };

beforeAll(async () => {
  shop = await openTestShopServer({ gated: true });
  await shop.addProduct({ sku: "CARD", codes: 200, limit: 10 });
  await shop.addProduct({ sku: "FREE", codes: 200 });
});
afterEach(() => set({ paused: [], maxUnits: null, limitFactor: null, shed: "none" }));
afterAll(() => shop.close());

const set = (change: Omit<LeverChange, "reason">) =>
  setLevers({ ...shop, nodes: () => [] }, by, { ...change, reason: "a test" });
let buyers = 0;
/** Each from an address of its own, or the limits of addresses would refuse them. */
const tryOrder = (
  sku: string,
  quantity = 1,
  paymentMethod: "wechat" | "alipay" = "alipay",
  key = randomUUID(),
) =>
  shop.call("POST", "/api/orders", {
    key,
    body: orderBody(sku, quantity, { paymentMethod }),
    headers: { "x-forwarded-for": `10.9.0.${++buyers % 250}` },
  });
const until = (look: () => Promise<void>) => vi.waitFor(look, { timeout: 5_000, interval: 20 });
const answered = (status: number, sent: () => ReturnType<typeof tryOrder>) =>
  until(async () => expect((await sent()).status).toBe(status));

describe("a paused payment method", () => {
  it("is refused to new orders, with the way to pay otherwise, until it is resumed", async () => {
    await set({ paused: ["alipay"] });
    await answered(503, () => tryOrder("CARD"));
    expect((await tryOrder("CARD")).body).toMatchObject({
      code: "payment.channel_unavailable",
      remedies: [{ kind: "switch_payment", paymentMethods: ["wechat"] }],
    });
    expect((await tryOrder("CARD", 1, "wechat")).status).toBe(201);
    expect(shop.refused).toContain("payment.channel_unavailable");
    await set({ paused: [] });
    await answered(201, () => tryOrder("CARD"));
  });

  it("leaves payments valid that wait, and gives an order that was placed its answer again", async () => {
    const key = randomUUID();
    const first = await tryOrder("CARD", 1, "alipay", key);
    const waiting = await shop.order("CARD", { method: "alipay" });
    const other = await shop.order("CARD", { method: "wechat" });
    await set({ paused: ["alipay"] });
    await answered(503, () => tryOrder("CARD"));
    expect((await tryOrder("CARD", 1, "alipay", key)).body).toEqual(first.body);
    const change = await shop.call("POST", `/api/orders/${other.id}/pay`, {
      token: other.token,
      body: { paymentMethod: "alipay" },
    });
    expect(change.body).toMatchObject({ code: "payment.channel_unavailable" });
    await shop.call("GET", `/pay/${waiting.payment.id}`);
    expect(await shop.sandbox.pay(waiting.payment.id)).toBe(200);
    await shop.until(waiting.id, "delivered");
  });
});

describe("limited purchases", () => {
  it("are refused beyond the units, with the number that is left", async () => {
    await set({ maxUnits: 2 });
    await answered(409, () => tryOrder("FREE", 3));
    expect((await tryOrder("FREE", 3)).body).toMatchObject({
      code: "stock.limit_exceeded",
      remedies: [{ kind: "lower_quantity", sku: "FREE", maxQuantity: 2 }],
    });
    expect((await tryOrder("FREE", 2)).status).toBe(201);
  });

  it("follow a product's own limit by a factor, and leave one without a limit alone", async () => {
    await set({ limitFactor: 0.5 });
    await answered(409, () => tryOrder("CARD", 6));
    await answered(201, () => tryOrder("CARD", 5));
    expect((await tryOrder("CARD", 6)).status).toBe(409);
    expect((await tryOrder("FREE", 6)).status).toBe(201);
  });
});

describe("shed load", () => {
  it("refuses browsing and keeps taking orders", async () => {
    await set({ shed: "browse" });
    await until(async () => expect((await shop.call("GET", "/api/products")).status).toBe(503));
    expect((await tryOrder("CARD", 1, "wechat")).status).toBe(201);
    await set({ shed: "none" });
    await until(async () => expect((await shop.call("GET", "/api/products")).status).toBe(200));
  });

  it("refuses orders as well when told so, and still lets buyers come to what they have", async () => {
    const order = await shop.order("CARD");
    await set({ shed: "order" });
    await answered(503, () => tryOrder("CARD"));
    expect((await shop.read(order)).id).toBe(order.id);
  });
});

describe("levers", () => {
  it("keep what a change does not name, however many change at once", async () => {
    const before = (await readLevers(shop.db.sql)).version;
    await Promise.all([set({ paused: ["wechat"] }), set({ maxUnits: 3 }), set({ shed: "browse" })]);
    expect(await readLevers(shop.db.sql)).toMatchObject({
      ...{ paused: ["wechat"], maxUnits: 3, shed: "browse" },
      ...{ version: before + 3, changedBy: "Li Na", reason: "a test" },
    });
  });

  it("reach a node whose announcement was lost", async () => {
    const watch = await watchLevers({ sql: shop.db.sql, cache: shop.cache, log: shop.log });
    await shop.db.sql.query(
      `insert into levers (paused, shed, version, changed_at, changed_by, reason)
        values ('{}', 'none', 1, now(), 'x', 'x') on conflict ("only") do update set version = levers.version + 100`,
    );
    const { version } = await readLevers(shop.db.sql);
    await until(async () => expect(watch.current().version).toBe(version));
    await watch.close();
    announceLevers(shop.cache);
  });
});

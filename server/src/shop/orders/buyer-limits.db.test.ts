import { randomUUID } from "node:crypto";
import { DomainError, type Remedy } from "@orderwatch/shared/problem.ts";
import type { PlaceOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type PlaceTry, type TestShop } from "../../../test/order-backend.ts";
import { issueDevice } from "./device.ts";

const day = 86_400_000;
let shop: TestShop;
let deviceId: string;
beforeEach(async () => {
  shop = await openTestShop();
  deviceId = issueDevice(shop.keys);
});
afterEach(() => shop.close());

const limit = (sku: string, units: number, days: number) =>
  shop.db.sql.query("update products set limit_per_buyer = $2, limit_days = $3 where sku = $1", [
    sku,
    units,
    days,
  ]);

let people = 0;
const wish = (quantity: number, who: Partial<PlaceOrder> & { address?: string } = {}): PlaceTry => {
  const { address = `10.9.${++people >> 8}.${people & 255}`, ...body } = who;
  return {
    key: randomUUID(),
    address,
    origin: "buyer",
    body: orderBody("CARD", quantity, { contact: {}, ...body }),
  };
};
const place = (one: PlaceTry, node = shop.placer): Promise<"placed" | { code: string; remedies: Remedy[] }> =>
  node.place(one).then(
    () => "placed" as const,
    (error: unknown) => {
      if (error instanceof DomainError) return { code: error.code, remedies: error.remedies };
      throw error;
    },
  );
const bought = () => shop.value<number>("select coalesce(sum(quantity), 0)::int from order_lines");

describe("R2: what one buyer may buy of a product", () => {
  it.each<[string, () => Partial<PlaceOrder> & { address?: string }]>([
    ["address, where nothing else is said", () => ({ address: "203.0.113.77" })],
    [
      "address without a device, whatever phones it makes up",
      () => ({ address: "203.0.113.77", contact: { phone: `1391${randomDigits()}` } }),
    ],
    [
      "device, whatever it says of itself and wherever it is",
      () => ({ deviceId, contact: { phone: `1391${randomDigits()}` } }),
    ],
  ])("is exact for one %s over three nodes and inside a batch", async (_, who) => {
    await shop.addProduct({ sku: "CARD", codes: 100 });
    await limit("CARD", 5, 7);
    const nodes = [shop.placer, shop.createPlacer(), shop.createPlacer()];
    const quantities = Array.from({ length: 24 }, (_, n) => (n % 3) + 1);
    const results = await Promise.all(quantities.map((units, n) => place(wish(units, who()), nodes[n % 3])));
    const had = quantities.filter((_, n) => results[n] === "placed").reduce((sum, units) => sum + units, 0);
    expect(await bought()).toBe(had);
    expect(had).toBeLessThanOrEqual(5);
    for (const [n, result] of results.entries())
      if (result !== "placed") expect(quantities[n]).toBeGreaterThan(5 - had);
    expect(await place(wish(5, { contact: { phone: "13900139000" } }))).toBe("placed");
  });

  it.each<[string, Partial<PlaceOrder>]>([
    ["phone", { contact: { phone: "13800138000" } }],
    ["e-mail address", { contact: { email: "Buyer@Example.com" } }],
    ["account to recharge", { rechargeAccount: "player-1" }],
  ])(
    "counts what was paid for under one %s wherever, and what waits for payment where it was ordered alone",
    async (_, who) => {
      await shop.addProduct({ sku: "CARD", kind: who.rechargeAccount ? "recharge" : "code", codes: 100 });
      await limit("CARD", 3, 7);
      // Whoever knows the name could keep its owner from buying.
      for (let n = 0; n < 3; n++) expect(await place(wish(3, who))).toBe("placed");
      await shop.db.sql.query("update orders set status = 'expired'");
      const mine = { ...who, address: "203.0.113.77" };
      expect(await place(wish(2, mine))).toBe("placed");
      expect(await place(wish(2, mine))).not.toBe("placed");
      await shop.db.sql.query("update orders set status = 'paid' where status = 'awaiting_payment'");
      expect(await place(wish(2, { ...who, deviceId }))).toMatchObject({
        ...{ code: "stock.limit_exceeded", remedies: [{ kind: "lower_quantity", maxQuantity: 1 }, {}] },
      });
      expect(await place(wish(1, { ...who, deviceId }))).toBe("placed");
    },
  );

  it("goes by the contact where an account comes with codes alone, and by the account where one is recharged", async () => {
    await shop.addProduct({ sku: "CARD", codes: 100 });
    await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
    await limit("CARD", 1, 7);
    const contact = { phone: "13800138000" };
    expect(await place(wish(1, { contact, rechargeAccount: "needless-0" }))).toBe("placed");
    await shop.db.sql.query("update orders set status = 'paid'");
    for (const rechargeAccount of [undefined, "needless-1"])
      expect(await place(wish(1, { contact, rechargeAccount }))).not.toBe("placed");
    const items = [
      { sku: "CARD", quantity: 1 },
      { sku: "TOPUP", quantity: 1 },
    ];
    expect(await place(wish(1, { contact, rechargeAccount: "player-1", items }))).toBe("placed");
  });

  it("leaves many buyers behind one address alone who have a device each", async () => {
    await shop.addProduct({ sku: "CARD", codes: 100 });
    await limit("CARD", 1, 7);
    const address = "203.0.113.77";
    for (let n = 0; n < 3; n++)
      expect(await place(wish(1, { address, deviceId: issueDevice(shop.keys) }))).toBe("placed");
    expect(await place(wish(1, { address }))).toBe("placed");
    expect(await place(wish(1, { address }))).not.toBe("placed");
  });

  it("slides with its window; the refusal says how many are left now, and when this many will be", async () => {
    await shop.addProduct({ sku: "CARD", codes: 100 });
    await limit("CARD", 5, 2);
    const from = { contact: { phone: "13800138000" }, address: "203.0.113.77" };
    const start = shop.clock.now().getTime();
    expect(await place(wish(1, from))).toBe("placed");
    shop.clock.advance(3_600_000);
    expect(await place(wish(2, from))).toBe("placed");
    shop.clock.advance(3_600_000);
    expect(await place(wish(1, from))).toBe("placed");
    const until = new Date(start + 3_600_000 + 2 * day).toISOString();
    expect(await place(wish(3, from))).toMatchObject({
      code: "stock.limit_exceeded",
      remedies: [
        { kind: "lower_quantity", sku: "CARD", maxQuantity: 1 },
        { kind: "wait_until", until },
      ],
    });
    shop.clock.advance(Date.parse(until) - shop.clock.now().getTime() - 1);
    expect(await place(wish(3, from))).not.toBe("placed");
    shop.clock.advance(1);
    expect(await place(wish(3, from))).toBe("placed");
  });

  it("counts what is paid and what waits for payment, not what expired or went back", async () => {
    await shop.addProduct({ sku: "CARD", codes: 100 });
    await shop.addProduct({ sku: "FREE", codes: 100 });
    await limit("CARD", 3, 30);
    const from = { contact: { email: "a@example.com" }, address: "203.0.113.77" };
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push((await shop.place(wish(1, from))).id);
    const move = (n: number, status: string) =>
      shop.db.sql.query("update orders set status = $2 where id = $1", [ids[n], status]);
    const refused = async () => (await place(wish(1, from))) !== "placed";
    for (const status of ["paid", "under_review", "delivering", "delivered", "delivery_failed"]) {
      await move(0, status);
      expect(await refused()).toBe(true);
    }
    expect(await place({ ...wish(1), body: orderBody("FREE", 9, { contact: from.contact }) })).toBe("placed");
    await move(0, "expired");
    expect(await refused()).toBe(false);
    await move(1, "refunded");
    expect(await refused()).toBe(false);
    expect(await refused()).toBe(true);
  });

  it("an order that asks for more than anyone may is told the most, and not to wait", async () => {
    await shop.addProduct({ sku: "CARD", codes: 100 });
    await limit("CARD", 5, 30);
    expect(await place(wish(6, { contact: { phone: "13800138000" } }))).toMatchObject({
      remedies: [{ kind: "lower_quantity", maxQuantity: 5 }],
    });
  });
});

const randomDigits = () => String(Math.floor(Math.random() * 10_000_000)).padStart(7, "0");

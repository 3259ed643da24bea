import { randomBytes, randomUUID } from "node:crypto";
import { DomainError, type Remedy } from "@orderwatch/shared/problem.ts";
import type { PlaceOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newOrder } from "../../../test/new-order.ts";
import { openTestShop, orderBody, type PlaceTry, type TestShop } from "../../../test/order-backend.ts";
import { expireDue } from "./actions.ts";
import { issueDevice } from "./device.ts";
import { rules } from "./domain.ts";
import { type NewOrder, placeOrders } from "./place-statement.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.close());

type Refusal = { code: string; remedies: Remedy[] };
const outcome = (placed: Promise<unknown>): Promise<"placed" | Refusal> =>
  placed.then(
    () => "placed" as const,
    (error: unknown) => {
      if (error instanceof DomainError) return { code: error.code, remedies: error.remedies };
      throw error;
    },
  );
const codeOf = (result: "placed" | Refusal) => (result === "placed" ? result : result.code);

/** Someone new each time: another address, no device, another phone. */
let people = 0;
const stranger = (): Pick<PlaceTry, "key" | "address" | "origin"> & { contact: PlaceOrder["contact"] } => ({
  key: randomUUID(),
  address: `10.${++people >> 16}.${(people >> 8) & 255}.${people & 255}`,
  origin: "buyer",
  contact: { phone: `139${String(people).padStart(8, "0")}` },
});
const wish = (
  quantity: number,
  more: Partial<PlaceTry> & { body?: never } = {},
  body: Partial<PlaceOrder> = {},
) => {
  const { contact, ...who } = stranger();
  return { ...who, body: orderBody("CARD", quantity, { contact, ...body }), ...more };
};
const nodes = () => [shop.placer, shop.createPlacer(), shop.createPlacer()];
const race = async (tries: PlaceTry[]) => {
  const all = nodes();
  return await Promise.all(tries.map((each, n) => outcome((all[n % 3] ?? shop.placer).place(each))));
};
const heldUnits = () => shop.value<number>("select count(*)::int from codes where status = 'held'");

const topUp = { sku: "TOP-UP", quantity: 1 };
/** What makes the tries of a race one: each kind of holder with its quota. */
const holders = [
  {
    kind: "address",
    quota: rules.heldPerAddress,
    as: (quantity: number) => wish(quantity, { address: "203.0.113.5" }),
  },
  {
    kind: "device",
    quota: rules.heldPerDevice,
    as: (quantity: number, name: string) => wish(quantity, {}, { deviceId: name }),
  },
  {
    kind: "account to recharge",
    quota: rules.heldPerAccount,
    as: (quantity: number) =>
      wish(quantity, {}, { rechargeAccount: " Player-1 ", items: [{ sku: "CARD", quantity }, topUp] }),
  },
] as const;

describe("S6: unpaid stock", () => {
  it.each(holders)(
    "of one $kind stays within its quota, whatever carts race for it over three nodes",
    async ({ quota, as }) => {
      await shop.addProduct({ sku: "CARD", codes: 400 });
      await shop.addProduct({ sku: "TOP-UP", kind: "recharge" });
      const device = issueDevice(shop.keys);
      const quantities = Array.from({ length: 40 }, (_, n) => [30, 7, 1, 12][n % 4] ?? 1);
      const results = await race(quantities.map((quantity) => as(quantity, device)));
      const placed = quantities.filter((_, n) => results[n] === "placed");
      expect(await heldUnits()).toBe(placed.reduce((sum, units) => sum + units, 0));
      expect(await heldUnits()).toBeLessThanOrEqual(quota);
      // And nobody is refused needlessly: what was refused would not fit now either.
      const room = quota - (await heldUnits());
      for (const [n, result] of results.entries())
        if (result !== "placed") {
          expect(result.code).toBe("stock.limit_exceeded");
          expect(quantities[n]).toBeGreaterThan(room);
        }
      expect(codeOf(await outcome(shop.place(wish(5))))).toBe("placed");
    },
  );

  it("counts earlier orders of the same batch, all lines of an order, and no recharge", async () => {
    await shop.addProduct({ sku: "CARD", codes: 300 });
    await shop.addProduct({ sku: "OTHER", codes: 300 });
    await shop.addProduct({ sku: "TOP-UP", kind: "recharge" });
    const order = (lines: NewOrder["lines"]): NewOrder =>
      newOrder({ addressKey: 5n, rechargeAccount: randomBytes(40), lines });
    const placed = await placeOrders(
      shop.db.sql,
      [
        order([{ sku: "CARD", quantity: 60 }]),
        order([
          { sku: "CARD", quantity: 21 },
          { sku: "OTHER", quantity: 20 },
        ]),
        order([{ sku: "TOP-UP", quantity: 90 }]),
        order([{ sku: "OTHER", quantity: 40 }]),
        order([{ sku: "CARD", quantity: 1 }]),
      ],
      shop.clock.now(),
    );
    expect(placed).toMatchObject([
      { outcome: "placed" },
      { outcome: "over_hold", units: 40 },
      { outcome: "placed" },
      { outcome: "placed" },
      { outcome: "over_hold", units: 0 },
    ]);
  });

  it("of a device that we did not sign, or whose mark is forged, counts for its address; the order is taken", async () => {
    await shop.addProduct({ sku: "CARD", codes: 300 });
    const signed = issueDevice(shop.keys);
    const forged = `${signed.slice(0, -4)}AAAA`;
    const address = "203.0.113.9";
    for (const deviceId of [forged, "sim-visitor", `${signed}x`])
      expect(codeOf(await outcome(shop.place(wish(30, { address }, { deviceId }))))).toBe("placed");
    expect(codeOf(await outcome(shop.place(wish(30, { address }, { deviceId: "another" }))))).toBe(
      "stock.limit_exceeded",
    );
    // Elsewhere the same unsigned name is somebody else; the signed one is itself everywhere.
    expect(codeOf(await outcome(shop.place(wish(80, {}, { deviceId: forged }))))).toBe("placed");
    expect(codeOf(await outcome(shop.place(wish(80, {}, { deviceId: signed }))))).toBe("placed");
    expect(codeOf(await outcome(shop.place(wish(80, {}, { deviceId: signed }))))).toBe(
      "stock.limit_exceeded",
    );
    expect(await shop.value("select count(*)::int from orders where device_key is not null")).toBe(1);
  });

  it("is free again when its hold ends, not a moment before; the refusal says when, and how many fit now", async () => {
    await shop.addProduct({ sku: "CARD", codes: 300 });
    const address = "203.0.113.7";
    await shop.place(wish(60, { address }));
    shop.clock.advance(60_000);
    await shop.place(wish(30, { address }));
    const refusal = await outcome(shop.place(wish(11, { address })));
    const until = new Date(shop.clock.now().getTime() - 60_000 + rules.holdMs).toISOString();
    expect(refusal).toMatchObject({
      code: "stock.limit_exceeded",
      remedies: [
        { kind: "lower_quantity", sku: "CARD", maxQuantity: 10 },
        { kind: "wait_until", until },
      ],
    });
    const expire = () => expireDue(shop);
    shop.clock.advance(Date.parse(until) - shop.clock.now().getTime() - 1);
    await expire();
    expect(codeOf(await outcome(shop.place(wish(11, { address }))))).toBe("stock.limit_exceeded");
    shop.clock.advance(1);
    await expire();
    expect(await outcome(shop.place(wish(70, { address })))).toBe("placed");
    expect(codeOf(await outcome(shop.place(wish(1, { address }))))).toBe("stock.limit_exceeded");
  });

  it("is free again when it is paid", async () => {
    await shop.addProduct({ sku: "CARD", codes: 300 });
    const deviceId = issueDevice(shop.keys);
    const { id } = await shop.place(wish(100, {}, { deviceId }));
    expect(codeOf(await outcome(shop.place(wish(1, {}, { deviceId }))))).toBe("stock.limit_exceeded");
    await shop.db.sql.query("update orders set status = 'paid', paid_at = created_at where id = $1", [id]);
    expect(await outcome(shop.place(wish(100, {}, { deviceId })))).toBe("placed");
  });

  it("an order that asks for more than the quota at once is told what could be had, and never to wait for it", async () => {
    await shop.addProduct({ sku: "CARD", codes: 300 });
    await shop.addProduct({ sku: "OTHER", codes: 300 });
    const items = [
      { sku: "CARD", quantity: 60 },
      { sku: "OTHER", quantity: 60 },
    ];
    const refusal = await outcome(shop.place(wish(1, {}, { items })));
    expect(refusal).toMatchObject({ remedies: [{ kind: "lower_quantity", maxQuantity: 100 }] });
  });

  it("locks of addresses, devices and accounts are taken in one order: batches that cross never deadlock", async () => {
    await shop.addProduct({ sku: "CARD", codes: 2000 });
    const devices = Array.from({ length: 4 }, () => issueDevice(shop.keys));
    const phones = Array.from({ length: 4 }, (_, n) => `1371234567${n}`);
    const tries = Array.from({ length: 400 }, (_, n) =>
      wish(
        1,
        { address: `203.0.113.${n % 5}` },
        { deviceId: devices[(n >> 1) % 4] ?? "", contact: { phone: phones[(n * 7) % 4] ?? "" } },
      ),
    );
    const results = await race(tries);
    const codes = new Set(results.map(codeOf));
    expect([...codes].sort()).toEqual(["placed", "risk.too_many_requests"]);
    expect(results.filter((each) => each === "placed")).toHaveLength(5 * rules.ratePerAddress);
  });

  it("A2: an order repeated after a refusal is tried anew under its key, and a refused order leaves no key behind", async () => {
    await shop.addProduct({ sku: "CARD", codes: 300 });
    const address = "203.0.113.8";
    const { id } = await shop.place(wish(100, { address }));
    const again = wish(50, { address });
    expect(codeOf(await outcome(shop.place(again)))).toBe("stock.limit_exceeded");
    expect(await shop.value("select count(*)::int from idempotency_keys")).toBe(1);
    await shop.db.sql.query("update orders set status = 'paid', paid_at = created_at where id = $1", [id]);
    expect(await outcome(shop.place(again))).toBe("placed");
  });
});

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { createRehearsal } from "./rehearsal.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
  await shop.addProduct({ sku: "CARD", codes: 1 });
});
afterAll(() => shop.close());

const everything = () =>
  shop.value(
    `select jsonb_build_array((select jsonb_agg(p order by id) from products p), (select jsonb_agg(c order by id) from codes c),
      (select jsonb_agg(s) from stock_changes s), (select count(*) from orders), (select count(*) from order_lines),
      (select count(*) from order_events), (select count(*) from payments), (select count(*) from idempotency_keys))`,
  );
const rehearse = (body = orderBody("CARD")) => {
  const { db: ordering, keys, newId, log } = shop;
  const placer = createRehearsal({ ordering, keys, newId, shopUrl: "http://shop.test", log });
  return { place: (key: string) => placer.place({ key, body, address: "192.0.2.1", origin: "buyer" }) };
};

describe("a rehearsal", () => {
  it("places orders as if they were real, and leaves nothing behind", async () => {
    const before = await everything();
    const { place } = rehearse();
    const placed = await Promise.all(Array.from({ length: 20 }, () => place(randomUUID())));
    expect(placed.map(({ status }) => status)).toEqual(placed.map(() => "awaiting_payment"));
    expect(new Set(placed.map(({ id }) => id)).size).toBe(20);
    expect(await everything()).toEqual(before);
  });

  it("takes no stock of a real product, whatever is ordered and while it goes on", async () => {
    const [rehearsed, real] = await Promise.all([
      rehearse(orderBody("CARD", 1)).place(randomUUID()),
      shop.place({ body: orderBody("CARD", 1) }),
    ]);
    expect(rehearsed.amountFen).toBe(1);
    expect(real.amountFen).not.toBe(1);
    expect(await rehearse(orderBody("CARD", 100)).place(randomUUID())).toMatchObject({ amountFen: 1 });
    await expect(shop.place({ body: orderBody("CARD", 1) })).rejects.toMatchObject({
      code: "stock.sold_out",
    });
  });
});

import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { countRead } from "../../../test/rows-read.ts";
import { expireDue } from "./actions.ts";
import { rules } from "./domain.ts";
import { expireOrders } from "./store.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

/** How many expired at `now`, and how many rows of codes were read for it. */
const expireAt = (now: Date) => countRead(shop.db, "codes", (sql) => expireOrders(sql, now, 500));

it("letting orders expire reads their own codes alone, with statistics from before any code was taken", async () => {
  await shop.addProduct({ sku: "CARD", codes: 3_000 });
  await shop.db.sql.query("vacuum analyze");
  const placed = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      shop.place({
        address: `10.0.0.${n}`,
        body: orderBody("CARD", 3, { contact: { phone: `139000001${n}`.slice(0, 11).padEnd(11, "0") } }),
      }),
    ),
  );
  expect(placed).toHaveLength(100);
  const none = await expireAt(shop.clock.now());
  expect(none.value).toBe(0);
  // Planning looks at the ends of an index.
  expect(none.read).toBeLessThan(10);
  const all = await expireAt(new Date(shop.clock.now().getTime() + rules.holdMs + 1));
  expect(all.value).toBe(100);
  // Each is found by its order, and then by its id.
  expect(all.read).toBeLessThan(610);
});

it("a hold ends by the database's clock, however fast a node's own is", async () => {
  const order = await shop.place();
  const fast = { now: () => new Date(shop.clock.now().getTime() + rules.holdMs) };
  const status = () => shop.value<string>("select status from orders where id = $1", [order.id]);
  const node = { ...shop, clock: fast, at: () => null };
  await expireDue(node);
  expect(await status()).toBe("awaiting_payment");
  await expireDue({ ...shop, at: fast.now });
  expect(await status()).toBe("expired");
});

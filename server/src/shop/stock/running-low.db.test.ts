import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { listRunningLow } from "./actions.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const low = async () =>
  (await listRunningLow(shop)).map(({ sku, available, soldLastHour }) => [sku, available, soldLastHour]);

async function sell(sku: string, quantity: number): Promise<void> {
  const { id } = await shop.place({ body: orderBody(sku, quantity), address: shop.newId() });
  await shop.db.sql.query("update orders set status = 'paid', paid_at = $2 where id = $1", [
    id,
    shop.clock.now(),
  ]);
}

describe("what is about to run out", () => {
  test("is what would not last an hour of selling as in the last one, the most urgent first", async () => {
    await shop.addProduct({ sku: "PLENTY", codes: 500 });
    await shop.addProduct({ sku: "FEW", codes: 19 });
    await shop.addProduct({ sku: "FAST", codes: 150 });
    await shop.addProduct({ sku: "GONE", codes: 0 });
    await shop.addProduct({ sku: "RECHARGE", kind: "recharge" });
    await shop.addProduct({ sku: "OLD", codes: 1 });
    await shop.db.sql.query("update products set archived = true where sku = 'OLD'");
    expect(await low()).toEqual([
      ["GONE", 0, 0],
      ["FEW", 19, 0],
    ]);
    await sell("FAST", 80);
    await sell("PLENTY", 80);
    // Placed but not paid: nothing is sold yet.
    await shop.place({ body: orderBody("PLENTY", 100), address: shop.newId() });
    expect(await low()).toEqual([
      ["GONE", 0, 0],
      ["FAST", 70, 80],
      ["FEW", 19, 0],
    ]);
    await shop.db.sql.query("update products set demo = true where sku = 'FAST'");
    expect((await low()).map(([sku]) => sku)).toEqual(["GONE", "FEW"]);
    await shop.db.sql.query("update products set demo = false where sku = 'FAST'");
    shop.clock.advance(3_700_000);
    expect((await low()).map(([sku]) => sku)).toEqual(["GONE", "FEW"]);
  });
});

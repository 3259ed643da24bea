import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { payFor } from "../../../test/pay.ts";
import { readDelivery } from "./truth-store.ts";

const patienceS = 60;
let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
  await shop.addProduct({ sku: "CARD", codes: 10 });
});
afterEach(() => shop.close());

const truth = () => readDelivery(shop.db.sql, shop.clock.now(), patienceS);

describe("what is paid for without a code", () => {
  it("counts from the 61st second on, and ends with delivery", async () => {
    const order = await shop.place();
    await payFor(shop, [order]);
    shop.clock.advance(patienceS * 1_000);
    expect(await truth()).toMatchObject({ paidWithoutCode: 0 });
    shop.clock.advance(1_000);
    expect(await truth()).toMatchObject({ paidWithoutCode: 1 });
    await shop.db.sql.query("update orders set status = 'delivered', next_attempt_at = null");
    expect(await truth()).toMatchObject({ paidWithoutCode: 0, deliveryLagS: 0 });
  });

  it("counts though it fell out of the queue, so that nothing would ever deliver it", async () => {
    await payFor(shop, [await shop.place(), await shop.place()]);
    await shop.db.sql.query("update orders set next_attempt_at = null, lease_token = null");
    shop.clock.advance((patienceS + 1) * 1_000);
    expect(await truth()).toMatchObject({ paidWithoutCode: 2, deliveryLagS: 0 });
  });

  it("does not count drills", async () => {
    await payFor(shop, [await shop.place({ origin: "drill" })]);
    shop.clock.advance((patienceS + 1) * 1_000);
    expect(await truth()).toMatchObject({ paidWithoutCode: 0 });
  });

  it("is found by an index of its own among any number of delivered orders", async () => {
    await payFor(shop, [await shop.place()]);
    const plan = await shop.db.transaction(async (sql) => {
      await sql.query("set local enable_seqscan = off");
      const { rows } = await sql.query<{ "QUERY PLAN": string }>(
        "explain select 1 from orders where status in ('paid', 'delivering') and origin <> 'drill' order by paid_at limit 5000",
      );
      return rows.map((row) => row["QUERY PLAN"]).join("\n");
    });
    expect(plan).toMatch(/paid_at_idx|undelivered/);
  });
});

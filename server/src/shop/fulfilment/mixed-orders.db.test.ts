import { afterEach, beforeEach, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { payFor } from "../../../test/pay.ts";
import { openTestRecharging, type TestRecharging } from "../../../test/recharging.ts";
import { requestRefund } from "../payments/actions.ts";
import { askAboutRecharges } from "./enquiry-actions.ts";

let shop: TestShop;
let recharging: TestRecharging;
beforeEach(async () => {
  shop = await openTestShop();
  recharging = await openTestRecharging(shop);
});
afterEach(async () => {
  await recharging.close();
  await shop.close();
});

it("S2: a code that cannot be read, bought together with a recharge, goes to nobody else after the refund", async () => {
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
  await shop.addProduct({ sku: "CARD", codes: 2 });
  const order = await recharging.buy(["TOPUP", "CARD"]);
  await shop.db.sql.query(
    "update codes set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) where order_id = $1",
    [order.id],
  );
  await recharging.tryToTheEnd();
  const testimony = await askAboutRecharges({ ...shop, supplier: recharging.supplier }, order.id);
  await requestRefund(shop, {
    ...{ orderId: order.id, code: "refund.by_staff", reason: "it failed", by: null },
    testimony: testimony ?? undefined,
  });
  expect([await recharging.status(order.id), recharging.sent()]).toEqual(["refunding", 0]);
  const next = await shop.place({ address: "10.0.0.1", body: orderBody("CARD") });
  await payFor(shop, [next]);
  await recharging.tryOnce();
  expect(await recharging.status(next.id)).toBe("delivered");
});

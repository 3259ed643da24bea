import { afterEach, beforeEach, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { openTestRecharging, type TestRecharging } from "../../../test/recharging.ts";
import { actOnOrders, declare, type IncidentContext } from "./actions.ts";

let shop: TestShop;
let recharging: TestRecharging;
beforeEach(async () => {
  shop = await openTestShop();
  recharging = await openTestRecharging(shop);
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
});
afterEach(async () => {
  await recharging.close();
  await shop.close();
});

const by = { staff: { id: "staff-1", name: "Li Na" }, role: "admin" as const };

it("D2: refunds of an incident's orders ask the supplier about each, and each says what became of it", async () => {
  const heard = async () => undefined;
  const context: IncidentContext = {
    ...shop,
    on: { opened: heard, levelChanged: heard, acknowledged: heard, ended: heard },
  };
  const repairs = { ...shop, providers: {}, supplier: recharging.supplier };
  recharging.line((call) => (call.startsWith("POST") ? "unanswered" : "lost"));
  const done = await recharging.buy(["TOPUP"], "10001");
  const silent = await recharging.buy(["TOPUP"], "10002");
  await recharging.tryToTheEnd();
  recharging.line(() => "lost");
  const never = await recharging.buy(["TOPUP"], "10003");
  await recharging.tryToTheEnd();
  const orderIds = [done, silent, never].map(({ id }) => id);
  const id = await declare(context, by, { level: 2, title: "the supplier is silent", orderIds });
  const line = await shop.value<string>("select id from order_lines where order_id = $1", [silent.id]);
  recharging.line((call) => (call.endsWith(line) ? "lost" : "through"));
  const refund = async (more: object = {}) => {
    const given = { action: "refund" as const, orderIds, reason: "an outage", ...more };
    return (await actOnOrders({ ...context, repairs }, by, id, given)).results.map(
      ({ ok, code }) => code ?? ok,
    );
  };
  expect(await refund()).toEqual(["refund.recharge_done", "refund.recharge_unclear", true]);
  await recharging.tryOnce();
  expect(await Promise.all(orderIds.map(recharging.status))).toEqual([
    "delivered",
    "delivery_failed",
    "refunding",
  ]);
  orderIds.splice(0, 1);
  expect(await refund({ despiteSupplier: true })).toEqual([true, "order.not_refundable"]);
});

import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { openTestRecharging, signed, type TestRecharging } from "../../../test/recharging.ts";
import { redeliver } from "../../shop/fulfilment/redelivery-actions.ts";
import { readStaffOrder } from "../../shop/orders/search-actions.ts";
import { listAudit } from "../audit/actions.ts";
import { askBeforeRefund, giveBack, type RepairContext, redeliverOrder, refundOrder } from "./actions.ts";

let shop: TestShop;
let recharging: TestRecharging;
let context: RepairContext;
const by = { staff: { id: "staff-1", name: "Li Na" } };
const reason = "an outage";

beforeEach(async () => {
  shop = await openTestShop();
  recharging = await openTestRecharging(shop);
  context = { ...shop, providers: {}, supplier: recharging.supplier };
  for (const sku of ["TOPUP", "GEMS"]) await shop.addProduct({ sku, kind: "recharge", priceFen: 1000 });
});
afterEach(async () => {
  await recharging.close();
  await shop.close();
});

const refunds = () => shop.value<number>("select coalesce(sum(amount_fen), 0)::int from refunds");
const audit = async () => (await listAudit(context, { limit: 20 })).items;
const refund = (order: PlacedOrder, more: object = {}) =>
  refundOrder(context, by, order.id, { reason, ...more });

/** Sent, and done by the supplier, whose answers all got lost. */
async function doneUnheard(skus = ["TOPUP"]): Promise<PlacedOrder> {
  const order = await recharging.buy(skus);
  recharging.line(() => "unanswered");
  await recharging.tryToTheEnd();
  expect(await recharging.status(order.id)).toBe("delivery_failed");
  return order;
}

describe("D2: money for a recharge whose delivery failed", () => {
  it("does not go back when the supplier had done it: the order is delivered instead, and nothing is sent again", async () => {
    const order = await doneUnheard();
    recharging.line(() => "through");
    const sent = recharging.sent();
    await expect(refund(order, { despiteSupplier: true })).rejects.toMatchObject({
      code: "refund.recharge_done",
    });
    expect(await recharging.status(order.id)).toBe("delivering");
    await recharging.tryOnce();
    expect(await recharging.status(order.id)).toBe("delivered");
    expect([recharging.sent(), await refunds()]).toEqual([sent, 0]);
    expect((await recharging.sandbox.books()).recharges).toHaveLength(1);
    expect(await audit()).toMatchObject([
      { action: "order.redelivered", actor: "Li Na", facts: { supplierSaid: "success" } },
    ]);
  });

  it.each([
    { when: "it is silent", line: () => "unanswered" as const },
    { when: "it cannot be reached", line: () => "lost" as const },
  ])("waits while the supplier may have done it ($when), unless a person insists", async ({ line }) => {
    const order = await doneUnheard();
    recharging.line(line);
    for (const more of [{}, { amountFen: 400 }])
      await expect(refund(order, more)).rejects.toMatchObject({ code: "refund.recharge_unclear" });
    expect([await recharging.status(order.id), await refunds()]).toEqual(["delivery_failed", 0]);
    expect((await refund(order, { despiteSupplier: true })).status).toBe("refunding");
    expect(await audit()).toMatchObject([{ action: "order.refunded", facts: { despiteSupplier: true } }]);
  });

  it("waits while the supplier is still at it, however long that takes", async () => {
    const order = await recharging.buy(["TOPUP"]);
    recharging.line(signed({ ...shop, ...recharging }, { state: "processing" }, true));
    await recharging.tryOnce();
    shop.clock.advance(11 * 60_000);
    await recharging.tryOnce();
    expect(await recharging.status(order.id)).toBe("delivery_failed");
    await expect(refund(order)).rejects.toMatchObject({ code: "refund.recharge_unclear" });
  });

  it("waits where this process has no supplier to ask", async () => {
    const order = await doneUnheard();
    context = { ...context, supplier: undefined };
    await expect(refund(order)).rejects.toMatchObject({ code: "refund.recharge_unclear" });
  });

  it("goes back at once where the supplier never saw it", async () => {
    const order = await recharging.buy(["TOPUP"]);
    recharging.line(() => "lost");
    await recharging.tryToTheEnd();
    recharging.line(() => "through");
    expect((await refund(order)).status).toBe("refunding");
    expect([recharging.sent(), (await recharging.sandbox.books()).recharges]).toEqual([0, []]);
  });

  it("goes back without a question where the account was refused, which is a last word", async () => {
    const order = await recharging.buy(["TOPUP"], "invalid-1");
    await recharging.tryToTheEnd();
    const asked = recharging.asked();
    expect((await refund(order)).status).toBe("refunding");
    expect(recharging.asked()).toBe(asked);
  });

  it("does not go back on what was said before the order was sent once more", async () => {
    const order = await recharging.buy(["TOPUP"]);
    recharging.line(() => "lost");
    await recharging.tryToTheEnd();
    recharging.line(() => "through");
    const testimony = await askBeforeRefund(context, by, order.id);
    expect(testimony?.denied).toHaveLength(1);
    await redeliver(shop, { id: order.id, reason: "somebody else was faster", by: null });
    recharging.line((call) => (call.startsWith("POST") ? "unanswered" : "through"));
    await recharging.tryOnce();
    recharging.line(() => "lost");
    shop.clock.advance(1_000);
    await recharging.tryToTheEnd();
    expect(await recharging.status(order.id)).toBe("delivery_failed");
    await expect(giveBack(context, by, order.id, { reason, testimony })).rejects.toMatchObject({
      code: "refund.recharge_unclear",
    });
  });

  it("goes back in part where staff see that a part was recharged, and in full only if a person insists", async () => {
    let posts = 0;
    recharging.line((call) => (call.startsWith("POST") && ++posts > 1 ? "lost" : "through"));
    const order = await recharging.buy(["TOPUP", "GEMS"]);
    await recharging.tryToTheEnd();
    await expect(refund(order)).rejects.toMatchObject({ code: "refund.partly_recharged" });
    expect((await readStaffOrder(context, order.id)).items).toMatchObject([
      { sku: "TOPUP", reference: expect.stringMatching(/^SR/) },
      { sku: "GEMS", reference: null },
    ]);
    expect((await refund(order, { amountFen: 1000 })).status).toBe("delivery_failed");
    await expect(refund(order)).rejects.toMatchObject({ code: "refund.partly_recharged" });
    expect((await refund(order, { despiteSupplier: true })).status).toBe("refunding");
  });
});

describe("P7: an order of which a part was given back", () => {
  it("is delivered again only if a person insists", async () => {
    recharging.line(() => "lost");
    const order = await recharging.buy(["TOPUP"]);
    await recharging.tryToTheEnd();
    recharging.line(() => "through");
    await refund(order, { amountFen: 300 });
    await expect(redeliverOrder(context, by, order.id, { reason })).rejects.toMatchObject({
      code: "order.partly_refunded",
    });
    await redeliverOrder(context, by, order.id, { reason, despiteRefund: true });
    await recharging.tryOnce();
    expect(await recharging.status(order.id)).toBe("delivered");
    expect(await audit()).toMatchObject([
      { action: "order.redelivered", facts: { despiteRefund: true } },
      { action: "order.refunded" },
    ]);
  });

  it("is not delivered on by what the supplier turns out to have done, which is kept", async () => {
    const order = await doneUnheard(["TOPUP", "GEMS"]);
    await refund(order, { amountFen: 1000, despiteSupplier: true });
    recharging.line(() => "through");
    await expect(refund(order)).rejects.toMatchObject({ code: "refund.partly_recharged" });
    expect(await recharging.status(order.id)).toBe("delivery_failed");
    expect(await shop.value("select count(supplier_reference)::int from order_lines")).toBe(1);
  });
});

import { randomUUID } from "node:crypto";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { moneyOf, noteMoney, payFor, settling } from "../../../test/pay.ts";
import { type Fate, openProxy, type TestProxy } from "../../../test/proxy.ts";
import { openTestSandbox, type TestSandbox } from "../../../test/sandbox.ts";
import { settleDue } from "../payments/actions.ts";
import { createRecharger, type FulfilDeps, type Recharger } from "./actions.ts";
import { rules } from "./domain.ts";
import { claimDue, failDelivery, keepReference } from "./store.ts";
import { HttpSupplier } from "./supplier.ts";

let shop: TestShop;
let sandbox: TestSandbox;
let proxy: TestProxy;
let deps: FulfilDeps;
/** Recharges that are on their way to the supplier, in their order; they arrive once they are let through. */
let sending: ((fate: Fate) => void)[];

beforeEach(async () => {
  shop = await openTestShop();
  sandbox = await openTestSandbox({ ...shop, shopUrl: "http://shop.test" });
  sending = [];
  proxy = await openProxy(sandbox.url, (call) =>
    call.startsWith("POST") ? new Promise<Fate>((resolve) => sending.push(resolve)) : "through",
  );
  const { key } = sandbox.merchants.supplier;
  const supplier = new HttpSupplier({ url: `${proxy.url}/supplier`, key, clock: shop.clock });
  deps = { ...shop, supplier, fireLater: () => undefined };
});
afterEach(async () => {
  for (const letGo of sending) letGo("lost");
  await Promise.all(workers.splice(0).map((worker) => worker.idle()));
  await proxy.close();
  await sandbox.close();
  await shop.close();
});

const workers: Recharger[] = [];
function openWorker(): Recharger {
  const worker = createRecharger({ ...deps, onFreed: () => undefined });
  workers.push(worker);
  return worker;
}

/** An order of three recharges. */
async function placeUnpaid(): Promise<PlacedOrder> {
  const skus = ["TOPUP-1", "TOPUP-2", "TOPUP-3"];
  for (const sku of skus) await shop.addProduct({ sku, kind: "recharge" });
  return await shop.place({
    body: {
      ...orderBody("TOPUP-1", 1, { rechargeAccount: "10001" }),
      items: skus.map((sku) => ({ sku, quantity: 1 })),
    },
  });
}
async function placePaid(): Promise<PlacedOrder> {
  const order = await placeUnpaid();
  await payFor(shop, [order]);
  return order;
}

const sent = (count: number) => expect.poll(() => sending.length).toBe(count);
const standing = (order: PlacedOrder) =>
  shop.value<{ status: string; references: (string | null)[]; delivered: number }>(
    `select jsonb_build_object('status', status,
        'references', (select jsonb_agg(supplier_reference order by line_no) from order_lines where order_id = o.id),
        'delivered', (select count(*) from order_events e where e.order_id = o.id and type = 'delivered'))
      from orders o where id = $1`,
    [order.id],
  );
const recharged = async () => (await sandbox.books()).recharges.map(({ sku }) => sku);

/** Another worker takes the order once its lease is over, and gives it up, so that staff may give the money back. */
async function takeOverAndFail(order: PlacedOrder): Promise<void> {
  const token = randomUUID();
  const now = shop.clock.now();
  const { leaseMs } = rules;
  const claimed = await claimDue(shop.db.sql, { of: "recharges", token, at: now, leaseMs, limit: 10 });
  expect(claimed.map(({ id }) => id)).toEqual([order.id]);
  const failure = { code: "delivery.supplier_failed", detail: "given up" };
  expect(await failDelivery(shop.db.sql, { id: order.id, token, now, ...failure })).toBe(true);
}

describe("D2: the lease on an order of several recharges", () => {
  it("is renewed before each, so that nobody takes over from a worker that is only slow", async () => {
    const order = await placePaid();
    const [slow, other] = [openWorker(), openWorker()];
    await slow.begin();
    for (const line of [1, 2, 3]) {
      await sent(line);
      shop.clock.advance(rules.leaseMs - 10_000);
      await other.begin();
      await other.idle();
      sending[line - 1]?.("through");
    }
    await slow.idle();
    expect(await standing(order)).toMatchObject({ status: "delivered", delivered: 1 });
    expect(await recharged()).toEqual(["TOPUP-1", "TOPUP-2", "TOPUP-3"]);
    expect(proxy.arrived.filter((call) => call.startsWith("GET"))).toEqual([]);
  });

  it("is judged by the database's clock: a node whose own is fast takes nothing over, and what it hears of is due at once", async () => {
    const fast = { now: () => new Date(shop.clock.now().getTime() + rules.leaseMs) };
    const order = await placeUnpaid();
    await noteMoney(shop, [moneyOf(order)]);
    await settleDue({ ...settling(shop), clock: fast });
    deps = { ...deps, at: () => null };
    const active = openWorker();
    deps = { ...deps, clock: fast };
    const other = openWorker();
    await active.begin();
    await sent(1);
    await other.begin();
    await other.idle();
    expect(sending).toHaveLength(1);
    for (const line of [1, 2, 3]) {
      await sent(line);
      sending[line - 1]?.("through");
    }
    await active.idle();
    expect(await standing(order)).toMatchObject({ status: "delivered", delivered: 1 });
  });

  it("lost between two of them ends the sending: a failed order, given back meanwhile, is recharged no further", async () => {
    const order = await placePaid();
    const slow = openWorker();
    await slow.begin();
    await sent(1);
    shop.clock.advance(rules.leaseMs);
    await takeOverAndFail(order);
    const failed = await standing(order);
    sending[0]?.("through");
    // Without the lease the next would be on its way now.
    await Promise.race([slow.idle(), sent(2)]);
    expect(await recharged()).toEqual(["TOPUP-1"]);
    expect(sending).toHaveLength(1);
    expect(await standing(order)).toEqual(failed);
    expect(failed).toEqual({ status: "delivery_failed", references: [null, null, null], delivered: 0 });
  });

  it("lost before the first of them sends nothing", async () => {
    const order = await placePaid();
    const slow = openWorker();
    // Between the claim and the first call another takes over; the row is what decides, whenever that is.
    await shop.db.sql.query(
      `create function taken_over() returns trigger language plpgsql as $$
        begin new.lease_token := gen_random_uuid(); return new; end $$;
      create trigger taken_over before update on orders for each row
        when (new.status = 'delivering' and old.status = 'paid') execute function taken_over()`,
    );
    await slow.begin();
    await Promise.race([slow.idle(), sent(1)]);
    expect(sending).toHaveLength(0);
    expect(await standing(order)).toMatchObject({ status: "delivering", references: [null, null, null] });
  });

  it("is needed to keep a confirmation", async () => {
    const order = await placePaid();
    const at = shop.clock.now();
    const token = randomUUID();
    await claimDue(shop.db.sql, { of: "recharges", token, at, leaseMs: rules.leaseMs, limit: 10 });
    const line = { orderId: order.id, lineNo: 2, reference: "SR-1" };
    expect(await keepReference(shop.db.sql, { ...line, token: randomUUID() })).toBe(false);
    expect((await standing(order)).references).toEqual([null, null, null]);
    expect(await keepReference(shop.db.sql, { ...line, token })).toBe(true);
    expect((await standing(order)).references).toEqual([null, "SR-1", null]);
  });
});

import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findInDatabase } from "../../../test/canary.ts";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { moneyOf, noteMoney, payFor, settling } from "../../../test/pay.ts";
import { type Fate, openProxy, type TestProxy } from "../../../test/proxy.ts";
import { signed } from "../../../test/recharging.ts";
import { openTestSandbox, type TestSandbox } from "../../../test/sandbox.ts";
import { viewOrder } from "../orders/actions.ts";
import { settleDue } from "../payments/actions.ts";
import { createRecharger, type FulfilDeps, fulfilCodes, type Recharger } from "./actions.ts";
import { rules } from "./domain.ts";
import { redeliver } from "./redelivery-actions.ts";
import { completeDelivery } from "./store.ts";
import { HttpSupplier } from "./supplier.ts";

let shop: TestShop;
let sandbox: TestSandbox;
let proxy: TestProxy;
let deps: FulfilDeps;
let recharger: Recharger;
/** What becomes of each call to the supplier. */
let decide: Parameters<typeof openProxy>[1];

beforeEach(async () => {
  shop = await openTestShop();
  sandbox = await openTestSandbox({ ...shop, shopUrl: "http://shop.test" });
  decide = () => "through";
  proxy = await openProxy(sandbox.url, (call, headers) => decide(call, headers));
  const supplier = new HttpSupplier({
    url: `${proxy.url}/supplier`,
    key: sandbox.merchants.supplier.key,
    clock: shop.clock,
    timeoutMs: 300,
    failuresToBreak: 100,
  });
  deps = { ...shop, supplier, fireLater: () => undefined };
  recharger = createRecharger({ ...deps, onFreed: () => undefined });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
});
afterEach(async () => {
  await recharger.idle();
  await proxy.close();
  await sandbox.close();
  await shop.close();
});

async function placePaid(account: string, sku = "TOPUP"): Promise<PlacedOrder> {
  const order = await shop.place({ body: orderBody(sku, 1, { rechargeAccount: account }) });
  await payFor(shop, [order]);
  return order;
}
async function tryOnce(): Promise<void> {
  await recharger.begin();
  await recharger.idle();
}
const view = (order: PlacedOrder) => viewOrder({ ...shop, shopUrl: "http://shop.test" }, order.id);
const statusOf = (order: PlacedOrder) =>
  shop.value<string>("select status from orders where id = $1", [order.id]);
const history = (order: PlacedOrder) =>
  shop.value<{ type: string; status: string; code: string | null; ms: number }[]>(
    `select jsonb_agg(jsonb_build_object('type', type, 'status', status, 'code', code,
        'ms', (extract(epoch from at - first_value) * 1000)::int) order by id)
      from (select *, first_value(at) over (order by id) from order_events where order_id = $1) e
      where type not in ('placed', 'paid')`,
    [order.id],
  );
const sent = () => proxy.arrived.filter((call) => call.startsWith("POST")).length;
const asked = () => proxy.arrived.filter((call) => call.startsWith("GET")).length;
const code = "delivery.supplier_failed";
const saying = (body: object, arrives?: true) => signed({ ...shop, sandbox }, body, arrives);

describe("a supplier that fails", () => {
  it("D4: is tried three more times, a second apart; then delivery has failed, once, with its reason and ways out", async () => {
    await sandbox.behave({ provider: "supplier", errorRate: 1 });
    const order = await placePaid("10001");
    for (let tries = 0; tries < 6; tries++) {
      await tryOnce();
      shop.clock.advance(rules.retryAfterMs - 1);
      await tryOnce();
      shop.clock.advance(1);
    }
    const retry = { type: "delivery_retry", status: "delivering", code };
    expect(await history(order)).toEqual([
      { type: "delivering", status: "delivering", code: null, ms: 0 },
      { ...retry, ms: 0 },
      { ...retry, ms: 1_000 },
      { ...retry, ms: 2_000 },
      { type: "failed", status: "delivery_failed", code, ms: 3_000 },
    ]);
    expect(await view(order)).toMatchObject({
      status: "delivery_failed",
      failure: {
        code,
        detail: "the supplier answered 500",
        remedies: [{ kind: "wait" }, { kind: "contact_support" }],
      },
    });
    expect((await view(order)).codes).toBeUndefined();
    expect((await sandbox.books()).recharges).toEqual([]);
  });

  it("and recovers between two tries delivers, and nothing of the failure is left to see", async () => {
    await sandbox.behave({ provider: "supplier", errorRate: 1 });
    const order = await placePaid("10001");
    await tryOnce();
    await sandbox.recover();
    shop.clock.advance(rules.retryAfterMs);
    await tryOnce();
    expect(await view(order)).toMatchObject({ status: "delivered", codes: [{ sku: "TOPUP" }] });
    expect((await view(order)).failure).toBeUndefined();
    expect((await history(order)).map(({ type }) => type)).toEqual([
      "delivering",
      "delivery_retry",
      "delivered",
    ]);
  });

  it("because the account does not exist fails at once, and says that the account is to be corrected", async () => {
    const order = await placePaid("invalid-7");
    await tryOnce();
    expect(await view(order)).toMatchObject({
      status: "delivery_failed",
      failure: { code: "delivery.invalid_account", remedies: [{ kind: "correct_account" }] },
    });
    expect((await history(order)).map(({ type }) => type)).toEqual(["delivering", "failed"]);
  });
});

describe("D1: a recharge", () => {
  it("is delivered with the supplier's own confirmation", async () => {
    const order = await placePaid("10001");
    await tryOnce();
    const { recharges } = await sandbox.books();
    expect(recharges).toMatchObject([{ account: "10001", sku: "TOPUP", quantity: 1 }]);
    expect((await view(order)).codes).toEqual([{ sku: "TOPUP", code: recharges[0]?.reference }]);
  });

  it("is not delivered while the supplier is still at it, and that counts as no failure", async () => {
    const order = await placePaid("slow-1");
    await tryOnce();
    expect(await statusOf(order)).toBe("delivering");
    shop.clock.advance(1_000);
    await tryOnce();
    expect(await statusOf(order)).toBe("delivering");
    shop.clock.advance(1_000);
    await tryOnce();
    expect(await view(order)).toMatchObject({ status: "delivered", codes: [{}] });
    expect((await history(order)).map(({ type }) => type)).toEqual(["delivering", "delivered"]);
    expect(sent()).toBe(1);
  });

  it("is waited for from when delivering began, however late the shop heard of the money, and anew when a person asks", async () => {
    const order = await shop.place({ body: orderBody("TOPUP", 1, { rechargeAccount: "10001" }) });
    await noteMoney(shop, [moneyOf(order)]);
    shop.clock.advance(11 * 60_000);
    while ((await settleDue(settling(shop))).more);
    decide = saying({ state: "processing" }, true);
    const tryFor = async (ms: number) => {
      shop.clock.advance(ms);
      await tryOnce();
      return statusOf(order);
    };
    expect(await tryFor(0)).toBe("delivering");
    expect(await tryFor(10 * 60_000)).toBe("delivering");
    expect(await tryFor(1_000)).toBe("delivery_failed");
    await redeliver(shop, { id: order.id, reason: "asked by a person", by: null });
    expect(await tryFor(60_000)).toBe("delivering");
    decide = () => "through";
    expect(await tryFor(1_000)).toBe("delivered");
    expect((await sandbox.books()).recharges).toHaveLength(1);
  });

  it("cannot be completed without a confirmation, whoever holds the lease", async () => {
    decide = () => "lost";
    const order = await placePaid("10001");
    const begun = recharger.begin();
    await begun;
    const token = await shop.value<string>("select lease_token from orders where id = $1", [order.id]);
    expect(
      await completeDelivery(shop.db.sql, { token, orderIds: [order.id], now: shop.clock.now() }),
    ).toEqual([]);
    await recharger.idle();
    expect(await statusOf(order)).toBe("delivering");
  });

  it("D1: is not sent for an order that lacks one of its codes, and could not be handed over", async () => {
    await shop.addProduct({ sku: "CARD", codes: 2 });
    const items = ["TOPUP", "CARD"].map((sku) => ({ sku, quantity: 1 }));
    const order = await shop.place({ body: { ...orderBody("", 1, { rechargeAccount: "10001" }), items } });
    await payFor(shop, [order]);
    const held = "update codes set status = 'void', order_id = null, line_id = null where order_id = $1";
    await shop.db.sql.query(held, [order.id]);
    for (let tries = 0; tries <= rules.maxRetries; tries++) {
      await tryOnce();
      shop.clock.advance(rules.retryAfterMs);
    }
    expect([await statusOf(order), sent()]).toEqual(["delivery_failed", 0]);
  });

  it("whose account cannot be read, or that has no supplier, comes to its end with a reason", async () => {
    const unreadable = await placePaid("10001");
    await shop.db.sql.query(
      "update orders set recharge_account = set_byte(recharge_account, 30, get_byte(recharge_account, 30) # 1) where id = $1",
      [unreadable.id],
    );
    for (let tries = 0; tries <= rules.maxRetries; tries++) {
      await tryOnce();
      shop.clock.advance(rules.retryAfterMs);
    }
    expect(await view(unreadable)).toMatchObject({ status: "delivery_failed", failure: { code } });
    const alone = await placePaid("10001");
    const without = createRecharger({ ...deps, supplier: undefined, onFreed: () => undefined });
    for (let tries = 0; tries <= rules.maxRetries; tries++) {
      await without.begin();
      await without.idle();
      shop.clock.advance(rules.retryAfterMs);
    }
    expect(await view(alone)).toMatchObject({
      status: "delivery_failed",
      failure: { code, detail: "This shop has no supplier for recharges" },
    });
  });

  it("bought together with card codes is delivered with them, or neither is", async () => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    await sandbox.behave({ provider: "supplier", errorRate: 1 });
    const order = await shop.place({
      body: {
        ...orderBody("CARD", 1, { rechargeAccount: "10001" }),
        items: [
          { sku: "CARD", quantity: 1 },
          { sku: "TOPUP", quantity: 1 },
        ],
      },
    });
    await payFor(shop, [order]);
    await fulfilCodes(deps);
    await tryOnce();
    expect(await shop.value("select status from codes")).toBe("held");
    await sandbox.recover();
    shop.clock.advance(rules.retryAfterMs);
    await tryOnce();
    expect((await view(order)).codes?.map(({ sku }) => sku)).toEqual(["CARD", "TOPUP"]);
  });
});

describe("an answer of the supplier from which nothing can be concluded", () => {
  let letGo: (fate: Fate) => void = () => undefined;
  afterEach(() => letGo("lost"));
  const unclear: [string, typeof decide][] = [
    ["got lost after the recharge was done", () => "unanswered"],
    [
      "was a gateway's error after the recharge was done",
      () => ({ status: 502, body: "<html>", arrives: true }),
    ],
    ["was not signed, and the recharge was done", () => ({ status: 200, body: "{}", arrives: true })],
    ["was a forged refusal", () => ({ status: 200, body: `{"state":"refused","reason":"failed"}` })],
    [
      "never came",
      () =>
        new Promise<Fate>((resolve) => {
          letGo = resolve;
        }),
    ],
    ["could not even be asked for", () => "lost"],
  ];

  it.each(unclear)(
    "since it %s is asked about, and nothing is sent a second time when it was done",
    async (_, fate) => {
      decide = fate;
      const order = await placePaid("10001");
      await tryOnce();
      expect(await statusOf(order)).toBe("delivering");
      const done = (await sandbox.books()).recharges.length;
      const before = sent();
      expect(before).toBe(done);
      decide = () => "through";
      shop.clock.advance(rules.retryAfterMs);
      await tryOnce();
      expect(await view(order)).toMatchObject({ status: "delivered", codes: [{}] });
      expect(asked()).toBe(1);
      expect(sent()).toBe(1);
      expect((await sandbox.books()).recharges).toHaveLength(1);
    },
  );

  it("is not made up for by sending again while the supplier cannot be asked either", async () => {
    decide = () => "unanswered";
    const order = await placePaid("10001");
    for (let tries = 0; tries <= rules.maxRetries; tries++) {
      await tryOnce();
      shop.clock.advance(rules.retryAfterMs);
    }
    expect(await statusOf(order)).toBe("delivery_failed");
    expect(sent()).toBe(1);
    expect(asked()).toBe(3);
  });

  it("because its worker died is asked about by the next one, when the lease has ended", async () => {
    const order = await placePaid("10001");
    let release: (fate: Fate) => void = () => undefined;
    decide = (call) => (call.startsWith("POST") ? new Promise((resolve) => (release = resolve)) : "through");
    // This worker waits for an answer that comes only after its lease has ended.
    const dead = createRecharger({
      ...deps,
      supplier: new HttpSupplier({
        ...sandbox.merchants.supplier,
        url: `${proxy.url}/supplier`,
        clock: shop.clock,
      }),
      onFreed: () => undefined,
    });
    await dead.begin();
    await expect.poll(() => release.length).toBe(1);
    shop.clock.advance(rules.leaseMs);
    release("through");
    decide = () => "through";
    await Promise.all([tryOnce(), dead.idle()]);
    expect(await view(order)).toMatchObject({ status: "delivered", codes: [{}] });
    expect((await history(order)).filter(({ type }) => type === "delivered")).toHaveLength(1);
    expect((await sandbox.books()).recharges).toHaveLength(1);
  });
});

describe("what the supplier says", () => {
  async function tryToTheEnd(): Promise<void> {
    for (let tries = 0; tries <= rules.maxRetries; tries++) {
      await tryOnce();
      shop.clock.advance(rules.retryAfterMs);
    }
  }

  it.each([
    { state: "success", reference: "A\u0000B" },
    { state: "success", reference: "\ud800" },
    { state: "refused", reason: "failed", detail: "no\u0000thing" },
  ])("brings an order to its end even where PostgreSQL could not store it: %j", async (body) => {
    decide = saying(body);
    const order = await placePaid("10001");
    await tryToTheEnd();
    expect(await statusOf(order)).toBe("delivery_failed");
  });

  it("R1: is kept without the account, which suppliers like to repeat", async () => {
    const account = "canary-account-77";
    decide = saying({ state: "refused", reason: "failed", detail: `no balance for ${account}` });
    const order = await placePaid(account);
    await tryToTheEnd();
    expect((await view(order)).failure?.detail).toBe("no balance for …");
    expect(await findInDatabase(shop.db, account)).toEqual([]);
  });
});

describe("a slow supplier", () => {
  it("holds up no order of card codes, and no more recharges at once than there are places", async () => {
    await shop.addProduct({ sku: "CARD", codes: 3 });
    let waiting = 0;
    const releases: ((fate: Fate) => void)[] = [];
    decide = () => {
      waiting++;
      return new Promise((resolve) => releases.push(resolve));
    };
    const patient = createRecharger(
      {
        ...deps,
        supplier: new HttpSupplier({
          ...sandbox.merchants.supplier,
          url: `${proxy.url}/supplier`,
          clock: shop.clock,
        }),
        onFreed: () => void patient.begin(),
      },
      4,
    );
    const slow: PlacedOrder[] = [];
    for (let n = 0; n < 6; n++) slow.push(await placePaid(`1000${n}`));
    await patient.begin();
    await expect.poll(() => waiting).toBe(4);
    const cards = await Promise.all([1, 2, 3].map(() => shop.place()));
    await payFor(shop, cards);
    await fulfilCodes(deps);
    expect(await Promise.all(cards.map(statusOf))).toEqual(["delivered", "delivered", "delivered"]);
    await patient.begin();
    expect(waiting).toBe(4);
    expect(await Promise.all(slow.map(statusOf))).toEqual([
      ...Array.from({ length: 4 }, () => "delivering"),
      ...["paid", "paid"],
    ]);
    decide = () => "through";
    for (const release of releases) release("through");
    await expect
      .poll(async () => (await Promise.all(slow.map(statusOf))).every((status) => status === "delivered"))
      .toBe(true);
    await patient.idle();
  });
});

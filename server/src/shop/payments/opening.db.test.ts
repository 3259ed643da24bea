import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { settling } from "../../../test/pay.ts";
import { openTestSandbox, type TestSandbox } from "../../../test/sandbox.ts";
import { rules } from "../orders/actions.ts";
import { createNoticeLog, createProviders, openPayment, type PaymentDeps, switchPayment } from "./actions.ts";

let shop: TestShop;
let sandbox: TestSandbox;
/** When each prepayment ends at its provider, in the order in which they were asked for. */
let providersEnds: Date[];

beforeEach(async () => {
  shop = await openTestShop();
  await shop.addProduct({ sku: "CARD", codes: 10 });
  sandbox = await openTestSandbox({ ...shop, shopUrl: "http://shop.test" });
  providersEnds = [];
});
afterEach(async () => {
  await sandbox.close();
  await shop.close();
});

/** The real providers; what they are asked for is written down on the way. */
function paying(): PaymentDeps {
  const providers = createProviders(sandbox.merchants, { clock: shop.clock });
  for (const provider of [providers.wechat, providers.alipay]) {
    if (!provider) continue;
    const prepay = provider.prepay.bind(provider);
    provider.prepay = async (payment) => {
      providersEnds.push(payment.expiresAt);
      return await prepay(payment);
    };
  }
  return {
    ...shop,
    ...settling(shop),
    ...{ providers, enquiriesPerSecond: 50, shopUrl: "http://shop.test" },
    notices: createNoticeLog({ sql: shop.db.sql, clock: shop.clock, newId: shop.newId }),
  };
}

const holdEnd = () => shop.value<Date>("select expires_at from orders");
const after = (start: Date, ms: number) => new Date(start.getTime() + ms);

describe("S6: a hold", () => {
  it("is prolonged by a payment that starts, once, and the provider stops 30 s before it ends", async () => {
    const deps = paying();
    const placedAt = shop.clock.now();
    const order = await shop.place();
    expect(await holdEnd()).toEqual(after(placedAt, rules.holdMs));
    shop.clock.advance(60_000);
    const openedAt = shop.clock.now();
    expect((await openPayment(deps, order.payment.id, "192.0.2.1")).go).toBe("provider");
    const end = after(openedAt, rules.prolongMs);
    expect(await holdEnd()).toEqual(end);
    // Neither opening it again nor another payment prolongs it further.
    shop.clock.advance(60_000);
    await openPayment(deps, order.payment.id, "192.0.2.1");
    const other = await switchPayment(deps, order.id, "alipay");
    shop.clock.advance(60_000);
    expect((await openPayment(deps, other.id, "192.0.2.1")).go).toBe("provider");
    expect(await holdEnd()).toEqual(end);
    expect(providersEnds).toEqual([after(end, -30_000), after(end, -30_000)]);
  });

  it("is prolonged, and may be paid for another way, by the database's clock, however fast the node's own is", async () => {
    const fast = { now: () => new Date(shop.clock.now().getTime() + rules.holdMs) };
    const deps = { ...paying(), clock: fast, at: () => null };
    const order = await shop.place();
    expect((await switchPayment(deps, order.id, "alipay")).method).toBe("alipay");
    const payment = await switchPayment(deps, order.id, "wechat");
    expect((await openPayment(deps, payment.id, "192.0.2.1")).go).toBe("provider");
    const latest = await shop.value<Date>("select now() + $1::int * interval '1 ms'", [rules.prolongMs]);
    expect((await holdEnd()).getTime()).toBeLessThanOrEqual(latest.getTime());
  });

  it("is not prolonged by looking at the order, by changing the way to pay, or by a provider that does not answer", async () => {
    const deps = paying();
    const placedAt = shop.clock.now();
    const order = await shop.place();
    shop.clock.advance(60_000);
    const other = await switchPayment(deps, order.id, "wechat");
    await sandbox.close();
    expect(await openPayment(deps, other.id, "192.0.2.1")).toMatchObject({ go: "order" });
    expect(await holdEnd()).toEqual(after(placedAt, rules.holdMs));
    sandbox = await openTestSandbox({ ...shop, shopUrl: "http://shop.test" });
  });

  it("whose provider's end has come cannot be paid for any more", async () => {
    const deps = paying();
    const order = await shop.place();
    await openPayment(deps, order.payment.id, "192.0.2.1");
    const other = await switchPayment(deps, order.id, "alipay");
    shop.clock.advance(rules.prolongMs - rules.providerMarginMs);
    expect(await openPayment(deps, other.id, "192.0.2.1")).toMatchObject({ go: "order" });
    expect(providersEnds).toHaveLength(1);
  });
});

describe("another payment for an order", () => {
  it("is the present one, where that has the same method and was never opened", async () => {
    const deps = paying();
    const order = await shop.place();
    expect(await switchPayment(deps, order.id, "wechat")).toEqual(order.payment);
    const other = await switchPayment(deps, order.id, "alipay");
    const asked = await Promise.all(
      Array.from({ length: 50 }, () => switchPayment(deps, order.id, "alipay")),
    );
    for (const again of asked) expect(again).toEqual(other);
    expect(await shop.value("select count(*)::int from payments")).toBe(2);
    expect(await shop.value("select count(*)::int from order_events where type = 'payment_switched'")).toBe(
      1,
    );
  });

  it("is a new one once the present one was opened, or its company let the buyer down", async () => {
    const deps = paying();
    const order = await shop.place();
    await openPayment(deps, order.payment.id, "192.0.2.1");
    const second = await switchPayment(deps, order.id, "wechat");
    expect(second.id).not.toBe(order.payment.id);
    await sandbox.behave({ provider: "wechat", errorRate: 1 });
    expect((await openPayment(deps, second.id, "192.0.2.1")).refusal?.code).toBe(
      "payment.channel_unavailable",
    );
    const third = await switchPayment(deps, order.id, "wechat");
    expect(third.id).not.toBe(second.id);
    expect(await shop.value("select failure_code from orders")).toBeNull();
  });

  it("is refused after twenty, and the newest can still be paid", async () => {
    const deps = paying();
    const order = await shop.place();
    let newest = order.payment.id;
    for (let n = 1; n < 20; n++)
      newest = (await switchPayment(deps, order.id, n % 2 ? "alipay" : "wechat")).id;
    await expect(switchPayment(deps, order.id, "wechat")).rejects.toMatchObject({ code: "payment.too_many" });
    expect((await switchPayment(deps, order.id, "alipay")).id).toBe(newest);
    expect(await shop.value("select count(*)::int from payments")).toBe(20);
    expect((await openPayment(deps, newest, "192.0.2.1")).go).toBe("provider");
  });
});

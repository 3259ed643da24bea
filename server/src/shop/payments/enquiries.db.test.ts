import type { PaymentMethod, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { settling } from "../../../test/pay.ts";
import { countRead } from "../../../test/rows-read.ts";
import { openTestSandbox, type TestSandbox } from "../../../test/sandbox.ts";
import { expireDue, rules } from "../orders/actions.ts";
import {
  askDue,
  createNoticeLog,
  createProviders,
  learnOfPayment,
  openPayment,
  type PaymentDeps,
  switchPayment,
} from "./actions.ts";
import { claimEnquiries } from "./enquiry-store.ts";

let shop: TestShop;
let sandbox: TestSandbox;
/** Payments that were asked about, in order, since last looked at. */
let asked: string[];

beforeEach(async () => {
  shop = await openTestShop();
  await shop.addProduct({ sku: "CARD", codes: 100 });
  sandbox = await openTestSandbox({ ...shop, shopUrl: "http://shop.test" });
  asked = [];
});
afterEach(async () => {
  await sandbox.close();
  await shop.close();
});

/** One node's part in asking; what it asks is written down on the way. */
function node(enquiriesPerSecond = 50): PaymentDeps {
  const providers = createProviders(sandbox.merchants, { clock: shop.clock });
  for (const provider of [providers.wechat, providers.alipay]) {
    if (!provider) continue;
    const query = provider.query.bind(provider);
    provider.query = async (id) => {
      asked.push(id);
      return await query(id);
    };
  }
  return {
    ...shop,
    ...settling(shop),
    ...{ providers, enquiriesPerSecond, shopUrl: "http://shop.test" },
    notices: createNoticeLog({ sql: shop.db.sql, clock: shop.clock, newId: shop.newId }),
  };
}

const look = (): string[] => asked.splice(0);

let hosts = 0;
async function opened(deps: PaymentDeps, method: PaymentMethod = "wechat"): Promise<PlacedOrder> {
  const order = await shop.place({
    address: `10.9.${++hosts >> 8}.${hosts & 255}`,
    body: orderBody("CARD", 1, { paymentMethod: method }),
  });
  await openPayment(deps, order.payment.id, "192.0.2.1");
  return order;
}

/** Lets so many seconds pass, with the loops of these nodes in each. */
async function pass(seconds: number, ...nodes: PaymentDeps[]): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    shop.clock.advance(1_000);
    await Promise.all(nodes.map((each) => askDue(each)));
  }
}

describe("P5: asking the payment companies", () => {
  it.each(["wechat", "alipay"] as const)(
    "finds money at %s within 60 s of its payment, though no callback comes and nobody looks",
    async (method) => {
      const deps = node();
      const order = await opened(deps, method);
      await pass(45, deps);
      await sandbox.behave({ provider: method, dropCallbacks: true });
      // The payer's page, which is where a trade begins at Alipay.
      await fetch(await shop.value<string>("select url from payments"), { redirect: "manual" });
      expect(await sandbox.pay(order.payment.id)).toBe(200);
      await pass(31, deps);
      expect(await shop.value("select status from orders where id = $1", [order.id])).toBe("paid");
    },
  );

  it("goes on every 30 s while the payment is open, whoever of many nodes asks", async () => {
    const [one, two] = [node(), node()];
    const order = await opened(one);
    await pass(29, one, two);
    expect(look()).toEqual([]);
    await pass(91, one, two);
    expect(look()).toEqual(Array.from({ length: 4 }, () => order.payment.id));
  });

  it("reads only what its budget may reach, however much is due, and asks for active buyers first", async () => {
    const now = shop.clock.now();
    const sinceMs = (n: number) => new Date(now.getTime() - n);
    const add = async (n: number, openedAt: Date, readAt: Date | null): Promise<string[]> => {
      const { rows } = await shop.db.sql.query<{ id: string }>(
        `with bought as (
            insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at)
            select uuidv7(), 'awaiting_payment', 'buyer', 1000, 'wechat', 1, $2, $2::timestamptz + interval '1 hour'
            from generate_series(1, $1::int) returning id
          ), numbered as (select id, row_number() over (order by id) as n from bought)
          insert into payments (id, order_id, method, status, amount_fen, created_at, opened_at, read_at, ask_at)
          select uuidv7(), id, 'wechat', 'opened', 1000, $2, $2, $3, $4::timestamptz - n * interval '1 s' from numbered
          returning id`,
        [n, openedAt, readAt, now],
      );
      return rows.map(({ id }) => id);
    };
    await add(10_000, sinceMs(1_200_000), null);
    const active = await add(30, sinceMs(1_200_000), sinceMs(5_000));
    await shop.db.sql.query("vacuum analyze payments, orders");
    const claim = { method: "wechat", now, everyMs: 30_000, activeMs: 60_000, perSecond: 40 } as const;
    const claimed = await countRead(shop.db, "payments", (sql) => claimEnquiries(sql, claim));
    const ids = claimed.value.map(({ id }) => id);
    expect(ids).toHaveLength(40);
    expect(ids).toEqual(expect.arrayContaining(active));
    const { rows: longest } = await shop.db.sql.query(
      "select id from payments where read_at is null and asked_at is null and ask_at < $1",
      [sinceMs(9_991_000)],
    );
    expect(longest).toEqual([]);
    expect(claimed.read).toBeLessThan(300);
  });

  it("keeps to the budget of each company, whatever nodes and readers there are", async () => {
    const [one, two] = [node(3), node(3)];
    const orders: PlacedOrder[] = [];
    for (let n = 0; n < 12; n++) orders.push(await opened(one));
    const other = await opened(one, "alipay");
    shop.clock.advance(30_000);
    await Promise.all([
      ...[one, two, one, two].map((each) => askDue(each)),
      ...orders.map((order) => learnOfPayment(two, order.id)),
    ]);
    const first = look();
    expect(first.filter((id) => id !== other.payment.id)).toHaveLength(3);
    expect(first).toContain(other.payment.id);
    // Three more each second, until every one had its turn.
    for (const wanted of [3, 3, 3, 0]) {
      await pass(1, one, two);
      expect(look()).toHaveLength(wanted);
    }
  });

  it("asks first for whoever looks, and for whoever has just opened the payment", async () => {
    const deps = node(1);
    const idle = await opened(deps);
    const reading = await opened(deps);
    shop.clock.advance(70_000);
    const fresh = await opened(deps);
    shop.clock.advance(29_000);
    // Reading takes the one question that is left; the reader who comes too late is next in turn.
    await learnOfPayment(deps, fresh.id);
    await learnOfPayment(deps, reading.id);
    expect(look()).toEqual([fresh.payment.id]);
    await pass(1, deps);
    expect(look()).toEqual([reading.payment.id]);
    await pass(1, deps);
    expect(look()).toEqual([idle.payment.id]);
  });

  it("asks once more when the order has expired, so that money whose callback was lost is not", async () => {
    const deps = node();
    const order = await opened(deps);
    await sandbox.behave({ provider: "wechat", dropCallbacks: true, errorRate: 1 });
    expect(await sandbox.pay(order.payment.id)).toBe(200);
    shop.clock.advance(rules.prolongMs);
    await expireDue(shop);
    await sandbox.recover();
    await pass(31, deps);
    expect(await shop.value("select status from orders where id = $1", [order.id])).toBe("paid");
  });

  it.each(["wechat", "alipay"] as const)(
    "ends when %s can say nothing new: nobody paid and the time is up",
    async (method) => {
      const deps = node();
      await opened(deps, method);
      shop.clock.advance(rules.prolongMs);
      await expireDue(shop);
      await pass(1, deps);
      expect(look()).toHaveLength(1);
      await pass(60, deps);
      expect(look()).toEqual([]);
      expect(await shop.value("select count(*)::int from payments where ask_at is not null")).toBe(0);
    },
  );

  it("closes a payment that its buyer replaced while the company could not be reached", async () => {
    const deps = node();
    const order = await opened(deps);
    await sandbox.behave({ provider: "wechat", errorRate: 1 });
    await switchPayment(deps, order.id, "alipay");
    await sandbox.recover();
    await pass(31, deps);
    expect(await sandbox.pay(order.payment.id)).not.toBe(200);
  });

  it.each(["wechat", "alipay"] as const)(
    "takes money that went back at %s without us for none: nothing is delivered for it",
    async (method) => {
      const deps = node();
      const order = await opened(deps, method);
      await sandbox.behave({ provider: method, dropCallbacks: true });
      await fetch(await shop.value<string>("select url from payments"), { redirect: "manual" });
      expect(await sandbox.pay(order.payment.id)).toBe(200);
      const back = { paymentId: order.payment.id, refundId: shop.newId(), reason: "by hand" };
      const { amountFen } = order;
      await deps.providers[method]?.refund({
        ...back,
        totalFen: amountFen,
        amountFen,
        notifyUrl: "http://shop.test",
      });
      await pass(31, deps);
      expect(look()).toEqual([order.payment.id]);
      shop.clock.advance(rules.prolongMs);
      await expireDue(shop);
      await pass(60, deps);
      expect(await shop.value("select status from orders where id = $1", [order.id])).toBe("expired");
      expect(await shop.value("select count(*)::int from payments where ask_at is not null")).toBe(0);
    },
  );

  it("closes what else could be paid when an order is paid by an earlier payment, and asks about it no more", async () => {
    const deps = node();
    const order = await opened(deps);
    await sandbox.behave({ provider: "wechat", errorRate: 1, dropCallbacks: true });
    const next = await switchPayment(deps, order.id, "alipay");
    await openPayment(deps, next.id, "192.0.2.1");
    // The payer's page, which is where a trade begins at Alipay.
    await fetch(await shop.value<string>("select url from payments where id = $1", [next.id]), {
      redirect: "manual",
    });
    expect(await sandbox.pay(order.payment.id)).toBe(200);
    await sandbox.recover();
    await pass(31, deps);
    const states = () =>
      shop.value(
        `select jsonb_build_object('order', o.status, 'payments', (select jsonb_agg(jsonb_build_array(p.status, p.ask_at is null)
          order by p.id) from payments p where p.order_id = o.id)) from orders o where o.id = $1`,
        [order.id],
      );
    await pass(2, deps);
    expect(await states()).toEqual({
      order: "paid",
      payments: [
        ["paid", true],
        ["closed", true],
      ],
    });
    expect(await sandbox.pay(next.id)).not.toBe(200);
    look();
    await pass(120, deps);
    expect(look()).toEqual([]);
  });
});

import type { ReconciliationDifference } from "@orderwatch/shared/ops/reconciliation.ts";
import type { PaymentMethod, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { openTestSandbox, type TestSandbox } from "../../../test/sandbox.ts";
import { expireDue, rules } from "../orders/actions.ts";
import {
  createNoticeLog,
  learnOfPayment,
  openPayment,
  type PaymentDeps,
  refundDue,
  settleDue,
  switchPayment,
} from "../payments/actions.ts";
import { listDifferences, readRun, reconcileDue, resolveDifference, startRun } from "./actions.ts";
import { boundsOf, dayAt, readyAt } from "./day-domain.ts";
import { actDue } from "./repair-actions.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const methods = ["wechat", "alipay"] as const;
const hanMeimei = { id: "staff-1", name: "Han Meimei" };

let shop: TestShop;
let sandbox: TestSandbox;
let payments: PaymentDeps;

beforeAll(async () => {
  shop = await openTestShop();
  // Nobody listens there, so every callback is lost.
  sandbox = await openTestSandbox({ ...shop, shopUrl: "http://127.0.0.1:9" });
  payments = {
    ...shop,
    shopUrl: "http://127.0.0.1:9",
    providers: sandbox.providers,
    notices: createNoticeLog({ sql: shop.db.sql, clock: shop.clock, newId: shop.newId }),
    fire: () => undefined,
  };
  await shop.addProduct({ sku: "CARD", codes: 200, priceFen: 1000 });
});
/** Each test has a day in Beijing of its own and begins at noon. */
beforeEach(() => {
  const noonMs = Date.parse(`${dayAt(shop.clock.now())}T04:00:00Z`);
  shop.clock.advance(noonMs + dayMs - shop.clock.now().getTime());
});
afterEach(() => sandbox.recover());
afterAll(async () => {
  await sandbox.close();
  await shop.close();
});

let hosts = 0;
const place = (method: PaymentMethod) =>
  shop.place({
    address: `10.3.${++hosts >> 8}.${hosts & 255}`,
    body: orderBody("CARD", 1, { paymentMethod: method }),
  });

/** Opened by the buyer at the company. */
async function open(paymentId: string): Promise<void> {
  const { url } = await openPayment(payments, paymentId, "192.0.2.1");
  await fetch(url, { redirect: "manual" });
}

async function payThere(paymentId: string): Promise<void> {
  expect(await sandbox.pay(paymentId)).toBe(200);
}

async function paidOrder(method: PaymentMethod): Promise<PlacedOrder> {
  const order = await place(method);
  await open(order.payment.id);
  await payThere(order.payment.id);
  await learnOfPayment(payments, order.id);
  shop.clock.advance(1_000);
  return order;
}

/** Paid on a page that this shop had closed already, while the company could not be told. */
async function paidUnheard(method: PaymentMethod): Promise<PlacedOrder> {
  const order = await place(method);
  await open(order.payment.id);
  await sandbox.behave({ provider: method, errorRate: 1 });
  await switchPayment(payments, order.id, method === "wechat" ? "alipay" : "wechat");
  await sandbox.recover();
  await payThere(order.payment.id);
  return order;
}

async function paidTwice(method: PaymentMethod): Promise<PlacedOrder> {
  const order = await paidUnheard(method);
  const other = await shop.value<string>("select id from payments where order_id = $1 and id <> $2", [
    order.id,
    order.payment.id,
  ]);
  await open(other);
  await payThere(other);
  await learnOfPayment(payments, order.id);
  return order;
}

const insertRefund = async (order: PlacedOrder, status: "requested" | "done"): Promise<string> => {
  const id = shop.newId();
  await shop.db.sql.query(
    `insert into refunds (id, payment_id, order_id, amount_fen, reason, status, created_at, next_attempt_at, done_at)
      values ($1, $2, $3, 100, 'asked by staff', $4, $5, $6, case when $4 = 'done' then $5::timestamptz end)`,
    [
      id,
      order.payment.id,
      order.id,
      status,
      shop.clock.now(),
      new Date(shop.clock.now().getTime() + 9 * hourMs),
    ],
  );
  return id;
};

const refundThere = (order: PlacedOrder, refundId: string) =>
  sandbox.providers[order.payment.method]?.refund({
    ...{ paymentId: order.payment.id, refundId, totalFen: order.amountFen, amountFen: 100, reason: "there" },
  });

/** Compares a day and answers all that differs and has not ended. */
async function reconcile(provider: PaymentMethod, day: string): Promise<ReconciliationDifference[]> {
  const { id } = await startRun(shop, { provider, day, requestedBy: "Li Lei" });
  while ((await reconcileDue(payments)).more);
  expect(await readRun(shop, id)).toMatchObject({ state: "done", failure: null });
  return (await listDifferences(shop, id, { limit: 100, state: "open" })).items;
}

const today = () => dayAt(shop.clock.now());
const act = async (
  difference: ReconciliationDifference | undefined,
  action: ReconciliationDifference["action"],
): Promise<void> => {
  if (!difference || !action) throw new Error("nothing to act on");
  await resolveDifference(shop, difference.id, { action, reason: "seen by me", by: hanMeimei });
  while ((await actDue(payments)).more);
};

describe.each(methods)("a day at %s on which everything went astray", (method) => {
  it("shows exactly what differs, and each difference ends with its action", async () => {
    const day = today();
    await paidOrder(method);
    const refundedWell = await paidOrder(method);
    const wellId = shop.newId();
    await refundThere(refundedWell, wellId);
    await shop.db.sql.query(
      `insert into refunds (id, payment_id, order_id, amount_fen, reason, status, created_at, done_at)
        values ($1, $2, $3, 100, 'well', 'done', $4, $4)`,
      [wellId, refundedWell.payment.id, refundedWell.id, shop.clock.now()],
    );

    const unheard = await paidUnheard(method);
    const twice = await paidTwice(method);
    const wrong = await paidOrder(method);
    await shop.db.sql.query("update payments set amount_fen = amount_fen + 1 where id = $1", [
      wrong.payment.id,
    ]);
    const unbilled = await place(method);
    await payments.notices.receive({
      ...{ provider: method, noticeId: shop.newId(), paymentId: unbilled.payment.id, tradeNo: "none" },
      ...{ amountFen: unbilled.amountFen, paidAt: shop.clock.now() },
    });
    await settleDue(payments);
    const stranger = shop.newId();
    const there = await sandbox.providers[method]?.prepay({
      ...{ paymentId: stranger, amountFen: 700, description: "x", buyerIp: "192.0.2.1" },
      ...{ notifyUrl: "http://127.0.0.1:9/n", returnUrl: "http://127.0.0.1:9/r" },
      expiresAt: new Date(shop.clock.now().getTime() + hourMs),
    });
    await fetch(there?.url ?? "", { redirect: "manual" });
    await payThere(stranger);
    const refundedThere = await paidOrder(method);
    await refundThere(refundedThere, shop.newId());
    const unfinished = await paidOrder(method);
    const unfinishedId = await insertRefund(unfinished, "requested");
    await refundThere(unfinished, unfinishedId);
    const unreturned = await paidOrder(method);
    const unreturnedId = await insertRefund(unreturned, "done");

    shop.clock.advance(hourMs);
    await expireDue(shop);
    const found = await reconcile(method, day);
    const byKind = (kind: string) => found.filter((each) => each.kind === kind);
    expect(found.map((each) => [each.kind, each.orderId]).sort()).toEqual(
      [
        ["paid_unheard", unheard.id],
        ["paid_twice", twice.id],
        ["amount_differs", wrong.id],
        ["not_in_bill", unbilled.id],
        ["unknown_trade", null],
        ["refund_unknown", refundedThere.id],
        ["refund_unfinished", unfinished.id],
        ["refund_not_in_bill", unreturned.id],
      ].sort(),
    );
    expect(byKind("paid_unheard")).toMatchObject([{ billFen: 1000, ourFen: 0 }]);
    expect(byKind("amount_differs")).toMatchObject([{ billFen: 1000, ourFen: 1001 }]);

    await act(byKind("paid_unheard")[0], "ask_payment");
    expect(await shop.value("select status from payments where id = $1", [unheard.payment.id])).toBe("paid");
    // It came after the order had expired; what it bought is still there, as for any late payment.
    expect(await shop.value("select status from orders where id = $1", [unheard.id])).toBe("paid");
    await act(byKind("paid_twice")[0], "ask_payment");
    expect(await shop.value("select amount_fen from refunds where payment_id = $1", [twice.payment.id])).toBe(
      1000,
    );
    await act(byKind("refund_unfinished")[0], "ask_refund");
    expect(await shop.value("select status from refunds where id = $1", [unfinishedId])).toBe("done");
    await act(byKind("refund_not_in_bill")[0], "ask_refund");
    const { trades } = await sandbox.books();
    const given = trades.find(({ outTradeNo }) => outTradeNo === unreturned.payment.id.replaceAll("-", ""));
    expect(given?.refunds).toMatchObject([{ outRefundNo: unreturnedId.replaceAll("-", ""), amountFen: 100 }]);
    // The company knows nothing of that money, so asking alone does not end it.
    await act(byKind("not_in_bill")[0], "ask_payment");
    const left = await listDifferences(shop, found[0]?.runId ?? "", { limit: 100, state: "open" });
    expect(left.items.filter(({ kind }) => kind === "not_in_bill")).toMatchObject([
      { state: "open", outcome: "provider.denies", actedBy: "Han Meimei", reason: "seen by me" },
    ]);
    for (const each of left.items) await act(each, "accept");
    expect((await listDifferences(shop, found[0]?.runId ?? "", { limit: 100, state: "open" })).items).toEqual(
      [],
    );

    // The next day, when the money has gone back, nothing of it comes up again.
    await refundDue(payments);
    shop.clock.advance(dayMs);
    await refundDue(payments);
    expect(await reconcile(method, day)).toEqual([]);
    expect(await reconcile(method, dayAt(new Date(shop.clock.now().getTime() - dayMs)))).toEqual([]);
  });

  it("that can be looked at again and again: the same difference stays one, and is closed when it has gone", async () => {
    const order = await paidUnheard(method);
    shop.clock.advance(hourMs);
    const [first] = await reconcile(method, today());
    expect(await reconcile(method, today())).toEqual([first]);
    const payment = await shop.value<string>("select id from payments where id = $1", [order.payment.id]);
    await shop.db.sql.query("update payments set status = 'opened' where id = $1", [payment]);
    await learnOfPayment(payments, order.id);
    shop.clock.advance(rules.holdMs);
    expect(await reconcile(method, today())).toEqual([]);
    const all = await listDifferences(shop, first?.runId ?? "", { limit: 100, state: "all" });
    expect(all.items).toMatchObject([{ id: first?.id, state: "vanished" }]);
    expect(all.items[0]?.endedAt).not.toBeNull();
  });

  it.each([
    ["damaged", "unreadable"],
    ["rubbish", "unreadable"],
  ] as const)(
    "whose bill is %s is not compared at all, says why, and is asked for again",
    async (bill, failure) => {
      await paidUnheard(method);
      shop.clock.advance(hourMs);
      const before = await reconcile(method, today());
      expect(before).toHaveLength(1);
      const rows = () =>
        shop.value("select jsonb_agg(b order by row_no) from bill_rows b where day = $1", [today()]);
      const kept = await rows();
      await sandbox.behave({ provider: method, bill });
      const { id } = await startRun(shop, { provider: method, day: today(), requestedBy: "Li Lei" });
      await reconcileDue(payments);
      const again = readyAt(today()).toISOString();
      expect(await readRun(shop, id)).toMatchObject({ state: "waiting", failure, nextAttemptAt: again });
      expect((await listDifferences(shop, id, { limit: 10, state: "all" })).items).toEqual(before);
      expect(await rows()).toEqual(kept);
    },
  );
});

describe("a refund that is taken on before midnight and done after it", () => {
  it("is in the first day's bill, and missing in the second's is nothing to tell of", async () => {
    const order = await paidOrder("wechat");
    const day = today();
    shop.clock.advance(boundsOf(day).to.getTime() - 60_000 - shop.clock.now().getTime());
    const id = await insertRefund(order, "requested");
    await shop.db.sql.query("update refunds set next_attempt_at = $2 where id = $1", [id, shop.clock.now()]);
    await refundDue(payments);
    expect(await shop.value("select status from refunds where id = $1", [id])).toBe("processing");
    shop.clock.advance(120_000);
    await refundDue(payments);
    expect(await shop.value("select status from refunds where id = $1", [id])).toBe("done");
    const next = today();
    await paidOrder("wechat");
    shop.clock.advance(hourMs);
    expect(await reconcile("wechat", day)).toEqual([]);
    expect(await reconcile("wechat", next)).toEqual([]);
  });
});

describe("an action", () => {
  it("gives back a surplus that is on record here, once, and leaves its order as it is", async () => {
    const order = await paidTwice("wechat");
    shop.clock.advance(hourMs);
    await reconcile("wechat", today()).then(([found]) => act(found, "ask_payment"));
    await shop.db.sql.query("delete from refunds where order_id = $1", [order.id]);
    const [difference, ...others] = await reconcile("alipay", today());
    expect(others).toEqual([]);
    expect(difference).toMatchObject({ kind: "paid_twice", orderId: order.id, billFen: 1000, ourFen: 1000 });
    const status = await shop.value("select status from orders where id = $1", [order.id]);
    await act(difference, "refund_surplus");
    expect(
      await shop.value(
        "select jsonb_agg(jsonb_build_array(id, payment_id, amount_fen)) from refunds where order_id = $1",
        [order.id],
      ),
    ).toEqual([[difference?.id, difference?.paymentId, 1000]]);
    expect(await shop.value("select status from orders where id = $1", [order.id])).toBe(status);
    expect(await reconcile("alipay", today())).toEqual([]);
  });

  it("confirms by hand what the company took in another amount, on a named person's word", async () => {
    const order = await place("wechat");
    await open(order.payment.id);
    await payThere(order.payment.id);
    await shop.db.sql.query("update payments set amount_fen = amount_fen + 1 where id = $1", [
      order.payment.id,
    ]);
    shop.clock.advance(hourMs);
    const [difference] = await reconcile("wechat", today());
    expect(difference).toMatchObject({ kind: "amount_differs", billFen: 1000, ourFen: 1001 });
    await act(difference, "confirm_payment");
    expect(await shop.value("select status from orders where id = $1", [order.id])).toBe("paid");
    expect(
      await shop.value(
        "select confirmed_by from payment_notices where payment_id = $1 and verdict = 'settled'",
        [order.payment.id],
      ),
    ).toBe("Han Meimei");
  });

  it("is done once, however many ask for it at the same moment, and not at all where it does not fit", async () => {
    await paidUnheard("wechat");
    shop.clock.advance(hourMs);
    const [difference] = await reconcile("wechat", today());
    const id = difference?.id ?? "";
    const ask = (action: "accept" | "ask_payment" | "ask_refund") =>
      resolveDifference(shop, id, { action, reason: "r", by: hanMeimei });
    await expect(ask("ask_refund")).rejects.toMatchObject({ code: "reconciliation.conflict" });
    // Connections are opened first, so that all of them read before any writes.
    const eight = Array.from({ length: 8 }, (_, n) => n);
    await Promise.all(eight.map(() => shop.db.sql.query("select pg_sleep(0.05)")));
    const tries = await Promise.allSettled(eight.map((n) => ask(n % 2 ? "accept" : "ask_payment")));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(ask("accept")).rejects.toMatchObject({ code: "reconciliation.conflict" });
  });

  it("whose company is not to be reached leaves the difference open and says so; a process that died is made up for", async () => {
    await paidUnheard("wechat");
    shop.clock.advance(hourMs);
    const [difference] = await reconcile("wechat", today());
    await sandbox.behave({ provider: "wechat", errorRate: 1 });
    await act(difference, "ask_payment");
    const runId = difference?.runId ?? "";
    const look = async () => (await listDifferences(shop, runId, { limit: 9, state: "all" })).items;
    expect(await look()).toMatchObject([{ state: "open", outcome: "provider.unreachable" }]);
    await sandbox.recover();
    await resolveDifference(shop, difference?.id ?? "", {
      action: "ask_payment",
      reason: "r",
      by: hanMeimei,
    });
    // Another process took it and died.
    await shop.db.sql.query("update reconciliation_differences set lease_until = $2 where id = $1", [
      difference?.id,
      new Date(shop.clock.now().getTime() + 30_000),
    ]);
    await actDue(payments);
    expect(await look()).toMatchObject([{ state: "acting" }]);
    shop.clock.advance(30_000);
    await actDue(payments);
    expect(await look()).toMatchObject([{ state: "resolved", outcome: "payment.settled" }]);
  });
});

import { randomUUID } from "node:crypto";
import { Balance } from "@orderwatch/shared/shop/balance.ts";
import { Buyer, BuyerExport, BuyerSession } from "@orderwatch/shared/shop/buyers.ts";
import { type PaymentMethod, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { problemOf } from "../../test/problem.ts";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { listAudit } from "../ops/audit/actions.ts";
import { creditOrder, refundOrder } from "../ops/orders/actions.ts";
import { armFaults, balanceFaultPoints, type FaultPoint } from "../platform/faultpoint.ts";
import { takeOwedCodes } from "../shop/customers/buyer-actions.ts";
import { checkRows } from "../shop/invariants/actions.ts";
import { refundDue } from "../shop/payments/actions.ts";

let shop: TestShopServer;
let staffs: Parameters<typeof creditOrder>[0];
const by = { staff: { id: "staff-1", name: "Li Na" }, requestId: "request-1" };

beforeAll(async () => {
  shop = await openTestShopServer();
  staffs = { ...shop, providers: shop.sandbox.providers, supplier: shop.sandbox.supplier };
  await shop.addProduct({ sku: "CARD", codes: 400, priceFen: 1_000 });
});
afterEach(() => shop.sandbox.recover());
afterAll(async () => {
  const bad = (await checkRows(shop.db.sql)).filter(({ invariant }) => invariant !== "A5");
  // What the tests left unpaid would still expire.
  expect(bad.filter(({ what }) => what !== "an order that got stuck on its way")).toEqual([]);
  await shop.close();
});

let hosts = 0;
const from = () => ({ "x-forwarded-for": `10.77.${++hosts >> 8}.${hosts & 255}` });
const soon = (look: () => Promise<void>) => vi.waitFor(look, { timeout: 10_000, interval: 20 });

interface Member {
  session: string;
  deviceId: string;
  phone: string;
}
let members = 0;
/** A buyer on a device of their own, signed in with a code. */
async function member(): Promise<Member> {
  const phone = `139${String(++members).padStart(8, "0")}`;
  const { body } = await shop.call("POST", "/api/devices", { headers: from() });
  const { deviceId } = z.object({ deviceId: z.string() }).parse(body);
  await shop.call("POST", "/api/buyers/codes", { body: { phone, language: "en" }, headers: from() });
  const code = (await takeOwedCodes(shop, 50)).find((one) => one.phone === phone)?.code;
  const answer = await shop.call("POST", "/api/buyers/sign-in", {
    body: { phone, code, deviceId },
    headers: from(),
  });
  expect(answer.status, answer.text).toBe(201);
  return { session: BuyerSession.parse(answer.body).session, deviceId, phone };
}

async function order({ deviceId }: Pick<Member, "deviceId">, method: PaymentMethod = "wechat", quantity = 1) {
  const body = {
    sku: "CARD",
    quantity,
    paymentMethod: method,
    contact: { email: "a@example.com" },
    deviceId,
  };
  const answer = await shop.call("POST", "/api/orders", { key: randomUUID(), body, headers: from() });
  expect(answer.status, answer.text).toBe(201);
  // Devices' orders are told apart by when they were placed.
  shop.clock.advance(1);
  return PlacedOrder.parse(answer.body);
}
const pay = ({ id, token }: PlacedOrder, buyerSession: string) =>
  shop.call("POST", `/api/orders/${id}/pay`, { token, body: { paymentMethod: "balance", buyerSession } });
const me = async ({ session }: Member) =>
  Buyer.parse((await shop.call("GET", "/api/buyers/me", { token: session, headers: from() })).body);
const balanceOf = async (who: Member) => (await me(who)).balance.balanceFen;
const open = (paymentId: string) => shop.call("GET", `/pay/${paymentId}`);
const trade = async (paymentId: string) =>
  (await shop.sandbox.books()).trades.find(({ outTradeNo }) => outTradeNo === paymentId.replaceAll("-", ""));
const refundsOf = (orderId: string) =>
  shop.value<{ amount: number; status: string; method: string }[] | null>(
    `select jsonb_agg(jsonb_build_object('amount', r.amount_fen, 'status', r.status, 'method', p.method) order by r.id)
      from refunds r join payments p on p.id = r.payment_id where r.order_id = $1`,
    [orderId],
  );
const eventsOf = (orderId: string) =>
  shop.value<string[]>("select jsonb_agg(type order by id) from order_events where order_id = $1", [orderId]);
const handed = (orderId: string) =>
  shop.value<number>("select count(*)::int from delivered_codes where order_id = $1", [orderId]);

const credit = (orderId: string, amountFen: number, creditId = shop.newId()) =>
  creditOrder(staffs, by, orderId, { reason: "sorry for the wait", amountFen, creditId });

/** A buyer with so much; given for orders that they paid at a company. */
async function rich(balanceFen: number): Promise<Member> {
  const who = await member();
  const paid = await order(who, "alipay", Math.max(1, Math.ceil(balanceFen / 1_000)));
  await open(paid.payment.id);
  expect(await shop.sandbox.pay(paid.payment.id)).toBe(200);
  await shop.until(paid.id, "delivered");
  await credit(paid.id, balanceFen);
  return who;
}

describe("paying from the balance", () => {
  it("debits and pays in one step, delivers, closes the earlier payment, and is seen at once", async () => {
    const who = await rich(1_500);
    expect(await balanceOf(who)).toBe(1_500);
    const mine = await order(who);
    await open(mine.payment.id);
    const answer = await pay(mine, who.session);
    expect(answer.body, answer.text).toMatchObject({ method: "balance" });
    await shop.until(mine.id, "delivered");
    expect(await handed(mine.id)).toBe(1);
    expect(await eventsOf(mine.id)).toEqual([
      "placed",
      "payment_switched",
      "paid",
      "delivering",
      "delivered",
    ]);
    await soon(async () => expect(await balanceOf(who)).toBe(500));
    expect((await me(who)).balance.movements.map(({ kind, amountFen }) => [kind, amountFen])).toEqual([
      ["spent", -1_000],
      ["goodwill", 1_500],
    ]);
    await soon(async () => expect((await trade(mine.payment.id))?.state).toBe("closed"));
  });

  it("is refused to strangers, without a session and where it does not cover all of it; nothing changes", async () => {
    const who = await rich(999);
    const other = await rich(3_000);
    const mine = await order(who);
    problemOf(await pay(mine, who.session), "balance.too_low", 402);
    problemOf(await pay(mine, other.session), "balance.not_theirs", 403);
    problemOf(await pay(mine, "x".repeat(43)), "buyer.session_required", 401);
    problemOf(await pay({ ...mine, token: "none" }, who.session), "order.not_found", 404);
    await shop.call("POST", "/api/buyers/sign-out", { token: who.session, headers: from() });
    problemOf(await pay(mine, who.session), "buyer.session_required", 401);
    expect(await eventsOf(mine.id)).toEqual(["placed"]);
    expect(await balanceOf(other)).toBe(3_000);
    expect(await shop.value("select payment_method from orders where id = $1", [mine.id])).toBe("wechat");
  });

  it("P4: clicked again and again, for many orders at once, pays each once and no more than there is", async () => {
    const who = await rich(3_500);
    const orders = [await order(who), await order(who), await order(who), await order(who), await order(who)];
    const answers = await Promise.all(orders.flatMap((each) => [1, 2, 3].map(() => pay(each, who.session))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    for (const { status, body } of answers)
      if (status !== 200)
        expect(["balance.too_low", "order.not_payable"]).toContain((body as { code: string }).code);
    expect(await balanceOf(who)).toBe(500);
    expect(
      await shop.value(
        "select count(*)::int from order_events where type = 'paid' and order_id = any($1::uuid[])",
        [orders.map(({ id }) => id)],
      ),
    ).toBe(3);
  });

  it("P4: and then at a company too: one delivery, and the company's money goes back through it", async () => {
    const who = await rich(1_000);
    const mine = await order(who);
    await open(mine.payment.id);
    expect(await shop.sandbox.pay(mine.payment.id, "timeout")).toBe(200);
    // The company is not to be reached until the buyer has paid there too, so its page stays open.
    await shop.sandbox.behave({ provider: "wechat", errorRate: 1 });
    expect((await pay(mine, who.session)).status).toBe(200);
    expect(await shop.sandbox.pay(mine.payment.id)).toBe(200);
    await shop.sandbox.recover();
    await shop.until(mine.id, "delivered");
    await soon(async () => {
      // A refund that met the company's bad day is tried again later.
      shop.clock.advance(1_000);
      expect(await refundsOf(mine.id)).toEqual([{ amount: 1_000, status: "done", method: "wechat" }]);
    });
    expect((await trade(mine.payment.id))?.refunds).toMatchObject([{ amountFen: 1_000 }]);
    expect(await handed(mine.id)).toBe(1);
    expect(await balanceOf(who)).toBe(0);
  });

  const points: FaultPoint[] = [
    ...balanceFaultPoints.filter((point) => !point.startsWith("balance.ref") && point !== "balance.returned"),
    "settle.committing",
    "transaction.committing",
  ];
  it.each(points)(
    "broken off at %s leaves neither debit nor payment, and can be done again",
    async (point) => {
      const who = await rich(1_000);
      const mine = await order(who);
      // Other transactions pass these points as well; only this order's has taken its balance then.
      armFaults((passed) => (passed === point ? { kind: "fail" } : undefined));
      const broken = await pay(mine, who.session);
      armFaults(undefined);
      expect(broken.status).toBe(500);
      expect(await balanceOf(who)).toBe(1_000);
      expect(await eventsOf(mine.id)).toEqual(["placed"]);
      expect(await shop.value("select count(*)::int from payments where order_id = $1", [mine.id])).toBe(1);
      expect((await pay(mine, who.session)).status).toBe(200);
      await shop.until(mine.id, "delivered");
    },
  );
});

describe("P7: what a balance paid for", () => {
  const paidByBalance = async (who: Member): Promise<PlacedOrder> => {
    const mine = await order(who);
    expect((await pay(mine, who.session)).status).toBe(200);
    await shop.until(mine.id, "delivered");
    return mine;
  };

  it("goes back to it, in part and in full, never more than was paid and never through a company", async () => {
    const who = await rich(1_000);
    const mine = await paidByBalance(who);
    await refundOrder(staffs, by, mine.id, { reason: "a scratch", amountFen: 300 });
    await soon(async () => expect(await balanceOf(who)).toBe(300));
    expect(await shop.status(mine.id)).toBe("delivered");
    const storm = await Promise.allSettled(
      Array.from({ length: 6 }, () => refundOrder(staffs, by, mine.id, { reason: "storm", amountFen: 200 })),
    );
    expect(storm.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    await refundOrder(staffs, by, mine.id, { reason: "the rest" });
    await shop.until(mine.id, "refunded");
    await soon(async () => expect(await balanceOf(who)).toBe(1_000));
    expect((await eventsOf(mine.id)).filter((type) => type.startsWith("refund")).slice(-2)).toEqual([
      "refunding",
      "refunded",
    ]);
    const { trades } = await shop.sandbox.books();
    expect(
      trades.filter(({ refunds }) => refunds.length > 0 && refunds.some((one) => one.amountFen < 1_000)),
    ).toEqual([]);
  });

  it.each(["balance.refunding", "balance.returned"] as const)(
    "broken off at %s is neither back nor told to be, and comes back once",
    async (point) => {
      const who = await rich(1_000);
      const mine = await paidByBalance(who);
      armFaults((passed) => (passed === point ? { kind: "fail" } : undefined));
      await refundOrder(staffs, by, mine.id, { reason: "wrong card" });
      await soon(async () =>
        expect(await shop.value("select detail from refunds where order_id = $1", [mine.id])).toBe(
          "internal",
        ),
      );
      armFaults(undefined);
      expect(await shop.status(mine.id)).toBe("refunding");
      expect(await balanceOf(who)).toBe(0);
      shop.clock.advance(60_000);
      await Promise.all([1, 2, 3].map(() => refundDue({ ...shop, providers: shop.sandbox.providers })));
      await shop.until(mine.id, "refunded");
      await shop.cache.changed(`buyer-balance:${(await me(who)).id}`);
      expect(await balanceOf(who)).toBe(1_000);
    },
  );
});

describe("goodwill for an order", () => {
  it("is given once for each id, never more than was paid, and is audited", async () => {
    const who = await rich(100);
    const paid = await shop.value<string>(
      "select order_id from balance_entries where buyer_id = $1 and kind = 'goodwill'",
      [(await me(who)).id],
    );
    const creditId = shop.newId();
    await Promise.all([1, 2, 3].map(() => credit(paid, 200, creditId)));
    expect(await balanceOf(who)).toBe(300);
    const storm = await Promise.allSettled(Array.from({ length: 6 }, () => credit(paid, 200)));
    expect(storm.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    await expect(credit(paid, 101)).rejects.toMatchObject({ code: "credit.exceeds_paid" });
    expect(await credit(paid, 100)).toMatchObject({ why: "all_given", leftFen: 0 });
    expect(await balanceOf(who)).toBe(1_000);
    const { items } = await listAudit(staffs, { targetKind: "order", targetId: paid, limit: 50 });
    expect(items.map(({ action }) => action)).toEqual(Array.from({ length: 6 }, () => "order.credited"));
    expect(items.at(-2)).toMatchObject({
      actor: "Li Na",
      reason: "sorry for the wait",
      facts: { amountFen: 200 },
    });
  });

  it("needs a buyer who signed in, and an order that was paid", async () => {
    const guest = await shop.order("CARD");
    await expect(credit(guest.id, 1)).rejects.toMatchObject({ code: "credit.no_buyer" });
    const who = await member();
    const unpaid = await order(who);
    await expect(credit(unpaid.id, 1)).rejects.toMatchObject({ code: "credit.exceeds_paid" });
    await expect(credit(shop.newId(), 1)).rejects.toMatchObject({ code: "order.not_found" });
  });
});

describe("an account's end", () => {
  const remove = (who: Member, query = "") =>
    shop.call("DELETE", `/api/buyers/me${query}`, { token: who.session, headers: from() });

  it("takes a balance along only where its buyer says how much is lost; the books keep it", async () => {
    const who = await rich(700);
    const { id } = await me(who);
    const data = BuyerExport.parse(
      (await shop.call("GET", "/api/buyers/me/export", { token: who.session, headers: from() })).body,
    );
    expect(data.balance).toMatchObject(Balance.parse({ ...data.balance, balanceFen: 700 }));
    problemOf(await remove(who), "balance.left", 409);
    problemOf(await remove(who, "?forfeitFen=699"), "balance.left", 409);
    expect(await balanceOf(who)).toBe(700);
    expect((await remove(who, "?forfeitFen=700")).status).toBe(204);
    expect(
      await shop.value("select jsonb_agg(amount_fen order by id) from balance_entries where buyer_id = $1", [
        id,
      ]),
    ).toEqual([700, -700]);
  });

  it("takes along what comes back only after it; nothing stands for nobody", async () => {
    const who = await rich(1_300);
    const { id } = await me(who);
    const mine = await order(who);
    expect((await pay(mine, who.session)).status).toBe(200);
    await shop.until(mine.id, "delivered");
    expect((await remove(who, "?forfeitFen=300")).status).toBe(204);
    await refundOrder(staffs, by, mine.id, { reason: "wrong card" });
    await shop.until(mine.id, "refunded");
    expect(
      await shop.value(
        `select jsonb_agg(jsonb_build_array(kind, amount_fen, after_fen) order by id) from balance_entries where buyer_id = $1`,
        [id],
      ),
    ).toEqual([
      ["goodwill", 1_300, 1_300],
      ["spent", -1_000, 300],
      ["forfeited", -300, 0],
      ["returned", 1_000, 1_000],
      ["forfeited", -1_000, 0],
    ]);
  });
});

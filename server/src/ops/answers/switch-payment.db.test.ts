import type { DomainError } from "@orderwatch/shared/problem.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { payFor, settling } from "../../../test/pay.ts";
import { openTestSandbox, type TestSandbox } from "../../../test/sandbox.ts";
import { type Member, openTestTickets, type TestTickets } from "../../../test/tickets.ts";
import { changeLevers } from "../../shop/levers/actions.ts";
import { createNoticeLog, openPayment, type PaymentDeps } from "../../shop/payments/actions.ts";
import { listAudit } from "../audit/actions.ts";
import { openByHand } from "../tickets/actions.ts";
import { type AnswersContext, previewAnswer, sendAnswer } from "./actions.ts";
import { readAnswers } from "./library.ts";

const shopUrl = "http://shop.test";
const answer = { answer: "pay-otherwise", inputs: {} };

let desk: TestTickets;
let sandbox: TestSandbox;
let payments: PaymentDeps;
let context: AnswersContext;
let agent: Member;
let order: PlacedOrder;
let id: string;

beforeEach(async () => {
  desk = await openTestTickets();
  const { shop } = desk;
  sandbox = await openTestSandbox({ ...shop, shopUrl });
  const { providers } = sandbox;
  const notices = createNoticeLog({ sql: shop.db.sql, clock: shop.clock, newId: shop.newId });
  payments = { ...shop, ...settling(shop), providers, notices, shopUrl };
  context = { ...desk.context, providers, supplier: undefined, answers: await readAnswers(), shopUrl };
  agent = await desk.hire("Ana");
  await shop.addProduct({ sku: "CARD", codes: 3 });
  order = await shop.place();
  await openPayment(payments, order.payment.id, "192.0.2.1");
  id = await openByHand(context, agent, { orderId: order.id, subject: "cannot pay" });
});
afterEach(async () => {
  await sandbox.close();
  await desk.close();
});

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code }: DomainError) => code,
  );
const obstacle = async () => (await previewAnswer(context, agent, id, answer)).deed?.obstacle?.en;
const open = () =>
  desk.shop.value<string[]>(
    "select array_agg(method || ' ' || status order by id) from payments where order_id = $1",
    [order.id],
  );
const said = async () => (await desk.read(id)).thread.map(({ text }) => text);
const trade = async (paymentId: string) =>
  (await sandbox.books()).trades.find(({ outTradeNo }) => outTradeNo === paymentId.replaceAll("-", ""));
const send = (more: object = {}) => sendAnswer(context, agent, id, { ...answer, ...more });

describe("an answer that switches the payment", () => {
  it("gives the order a payment by the other method, closes the old one at its company, and says where to pay", async () => {
    const { deed } = await previewAnswer(context, agent, id, answer);
    expect(deed).toMatchObject({ obstacle: null, consequence: { en: expect.stringContaining("by Alipay") } });
    const messageId = desk.shop.newId();
    await send({ messageId });
    await send({ messageId });
    expect(await open()).toEqual(["wechat closed", "alipay created"]);
    expect((await trade(order.payment.id))?.state).toBe("closed");
    expect(await desk.shop.value("select status from orders where id = $1", [order.id])).toBe(
      "awaiting_payment",
    );
    expect(await said()).toEqual([expect.stringMatching(/支付宝付款.*订单页/s)]);
    const next = await desk.shop.value<string>("select id from payments where method = 'alipay'");
    expect(await openPayment(payments, next, "192.0.2.1")).toMatchObject({ go: "provider" });
  });

  it("is on record with the name of whoever sent it, in the order's trace and in the audit log", async () => {
    await send();
    const { items } = await listAudit(context, { targetKind: "order", targetId: order.id, limit: 5 });
    expect(items).toMatchObject([
      {
        ...{ action: "order.paymentSwitched", actor: "Ana", reason: "#1: Please pay another way" },
        facts: { from: "wechat", to: "alipay" },
      },
    ]);
    expect(await desk.shop.value("select facts from order_events where type = 'payment_switched'")).toEqual({
      by: "Ana",
      reason: "#1: Please pay another way",
    });
  });

  it("leaves what could not be closed to the next enquiry", async () => {
    await sandbox.behave({ provider: "wechat", errorRate: 1 });
    await send();
    expect(await open()).toEqual(["wechat closed", "alipay created"]);
    expect(await desk.shop.value("select ask_at from payments where id = $1", [order.payment.id])).toEqual(
      new Date(desk.shop.clock.now().getTime() + 30_000),
    );
  });

  it.each(["paid", "expired", "cancelled"] as const)(
    "is refused before and while for an order that is %s",
    async (how) => {
      if (how === "paid") await payFor(desk.shop, [order]);
      else await desk.shop.db.sql.query("update orders set status = $2 where id = $1", [order.id, how]);
      expect(await obstacle()).toBe("The order does not wait for a payment any more");
      expect(await refusal(send())).toBe("answer.conflict");
      expect(await said()).toEqual([]);
    },
  );

  it("is refused while the other method is paused or not taken", async () => {
    await changeLevers(
      desk.shop.db.sql,
      { paused: ["alipay"], reason: "their bad day" },
      { by: "Ed", at: desk.shop.clock.now() },
    );
    expect(await obstacle()).toBe("Alipay is not available at the moment");
    expect(await refusal(send())).toBe("answer.conflict");
    context = { ...context, providers: {} };
    expect(await obstacle()).toBe("Alipay is not available at the moment");
    expect(await open()).toEqual(["wechat opened"]);
  });

  it("loses against a buyer who is faster, and then says nothing", async () => {
    // The answer has looked at the order and waits for its ticket, while the buyer switches by themselves.
    const locked = Promise.withResolvers<void>();
    const raced = desk.shop.db.transaction(async (sql) => {
      await sql.query("select from tickets where id = $1 for update", [id]);
      locked.resolve();
      await expect
        .poll(() =>
          desk.shop.value<number>(
            "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          ),
        )
        .toBe(1);
      await sql.query("update orders set payment_method = 'alipay' where id = $1", [order.id]);
    });
    await locked.promise;
    expect(await refusal(send())).toBe("order.not_payable");
    await raced;
    expect(await said()).toEqual([]);
    expect(await open()).toEqual(["wechat opened"]);
  });
});

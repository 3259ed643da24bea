import type { DomainError } from "@orderwatch/shared/problem.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { moneyOf, noteMoney, settling } from "../../../test/pay.ts";
import { openTestSandbox, type TestSandbox } from "../../../test/sandbox.ts";
import { type Member, openTestTickets, type TestTickets } from "../../../test/tickets.ts";
import { takeRestockNews } from "../../shop/customers/actions.ts";
import { settleDue } from "../../shop/payments/actions.ts";
import { listAudit } from "../audit/actions.ts";
import { claim, openByHand, openDue, reopen } from "../tickets/actions.ts";
import { type AnswersContext, listAnswers, previewAnswer, sendAnswer } from "./actions.ts";
import { readAnswers } from "./library.ts";

let desk: TestTickets;
let sandbox: TestSandbox;
let context: AnswersContext;
let agent: Member;
let id: string;
let orderId: string;

beforeEach(async () => {
  desk = await openTestTickets();
  sandbox = await openTestSandbox({ ...desk.shop, shopUrl: "http://shop.test" });
  context = {
    ...desk.context,
    providers: {},
    supplier: sandbox.supplier,
    answers: await readAnswers(),
    shopUrl: "http://shop.test",
  };
  agent = await desk.hire("Ana");
  const order = await desk.failed();
  orderId = order.id;
  // The delivery failed after the money had come.
  await desk.shop.db.sql.query("update orders set status = 'awaiting_payment' where id = $1", [orderId]);
  await noteMoney(desk.shop, [moneyOf(order)]);
  await settleDue(settling(desk.shop));
  await desk.fail(orderId);
  await openDue(context);
  id = (await desk.ids())[0] ?? "";
  await claim(context, agent, id);
});
afterEach(async () => {
  await sandbox.close();
  await desk.close();
});

const days = (n: number) => n * 86_400_000;
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code }: DomainError) => code,
  );
const send = (answer: string, more: object = {}) =>
  sendAnswer(context, agent, id, { answer, inputs: {}, ...more });
const refunds = () =>
  desk.shop.value<number>("select count(*)::int from refunds where order_id = $1", [orderId]);
const status = () => desk.shop.value<string>("select status from orders where id = $1", [orderId]);
const audit = async () => (await listAudit(context, { limit: 20 })).items.map(({ action }) => action);

describe("a ready answer", () => {
  it("is filled from the order, in the buyer's language, with what is asked for", async () => {
    const inputs = { backAt: "2026-03-01T04:00:00Z" };
    const filled = await previewAnswer(context, agent, id, { answer: "delivery-delayed", inputs });
    expect(filled).toMatchObject({ missing: [], language: "zh-CN", deed: null });
    expect(filled.text).toMatch(/「TOPUP」（¥10\.00）.*最晚 3月1日 12:00.*工单号 #1/s);
    const english = { answer: "delivery-delayed", inputs: {}, language: "en" } as const;
    expect(await previewAnswer(context, agent, id, english)).toMatchObject({ missing: ["input.backAt"] });
  });

  it("comes first where it was made for the failure", async () => {
    const { items } = await listAnswers(context, { ticketId: id });
    const fitting = items.filter(({ fits }) => fits).map(({ slug }) => slug);
    expect(fitting).toEqual(
      expect.arrayContaining(["delivery-delayed", "delivered-again", "refund-in-full"]),
    );
    expect(fitting).not.toContain("wrong-account");
    expect(items.slice(0, fitting.length).every(({ fits }) => fits)).toBe(true);
  });

  it("is not sent with a gap, nor read out where it should be sent", async () => {
    expect(await refusal(send("delivery-delayed"))).toBe("answer.incomplete");
    expect(await refusal(send("delivery-delayed", { text: "until ____" }))).toBe("answer.incomplete");
    expect(await refusal(send("call-delivery-failed", { inputs: { agent: "Ana" } }))).toBe("answer.conflict");
    expect(await refusal(send("no-such-answer"))).toBe("answer.not_found");
    expect((await desk.read(id)).thread).toEqual([]);
    await send("delivery-delayed", { text: "By noon." });
    expect(await desk.read(id)).toMatchObject({
      ...{ state: "waiting_buyer", unanswered: false, thread: [{ author: "staff", text: "By noon." }] },
    });
  });
});

describe("an answer that does something", () => {
  it("refunds through the ordinary repair, says so and resolves, once however often it is sent", async () => {
    const messageId = desk.shop.newId();
    expect(
      (await previewAnswer(context, agent, id, { answer: "refund-in-full", inputs: {} })).deed,
    ).toMatchObject({
      ...{ kind: "refund", obstacle: null, consequence: { en: expect.stringContaining("¥10.00") } },
    });
    const twice = [send("refund-in-full", { messageId }), send("refund-in-full", { messageId })];
    await Promise.all(twice);
    await send("refund-in-full", { messageId });
    expect([await refunds(), await status()]).toEqual([1, "refunding"]);
    const ticket = await desk.read(id);
    expect(ticket.state).toBe("resolved");
    expect(ticket.thread).toHaveLength(1);
    expect(ticket.timeline.filter(({ type }) => type === "answer_used")).toMatchObject([
      { facts: { answer: "refund-in-full", deed: "refund" } },
    ]);
    expect((await audit()).slice(0, 2)).toEqual(["ticket.answered", "order.refunded"]);
  });

  it("gives a part back when the amount is asked for, and never more than is left", async () => {
    const inputs = { amount: "2.50", why: "the wait" };
    await send("refund-in-part", { inputs });
    expect(await desk.shop.value("select amount_fen from refunds where order_id = $1", [orderId])).toBe(250);
    expect((await desk.read(id)).thread[0]?.text).toContain("¥2.50");
    const other = await openByHand(context, agent, { orderId, subject: "more" });
    const more = { answer: "refund-in-part", inputs: { ...inputs, amount: "9" } };
    expect(await refusal(sendAnswer(context, agent, other, more))).toBe("answer.conflict");
    expect(await refunds()).toBe(1);
  });

  it("delivers again, and is refused whole where that cannot be done: nothing is said of what did not happen", async () => {
    await send("delivered-again");
    expect(await status()).toBe("delivering");
    expect((await desk.read(id)).thread).toHaveLength(1);
    expect(await refusal(send("delivered-again"))).toBe("answer.conflict");
    expect(await refusal(send("pay-otherwise", { text: "Pay otherwise" }))).toBe("answer.conflict");
    expect((await desk.read(id)).thread).toHaveLength(1);
  });

  it("delivers again, and has its ticket back to be worked on when that fails as well", async () => {
    await send("delivered-again");
    expect((await desk.read(id)).state).toBe("waiting_buyer");
    await desk.fail(orderId);
    await openDue(context);
    expect(await desk.read(id)).toMatchObject({ state: "open", unanswered: true });
    await send("refund-in-full");
    expect([await refunds(), await status()]).toEqual([1, "refunding"]);
  });

  it("D2: does not refund what the supplier had done after all: that is delivered instead", async () => {
    const [lineId, account] = ["select id from order_lines where order_id = $1", "10001"];
    await sandbox.supplier.recharge({
      ...{ lineId: await desk.shop.value<string>(lineId, [orderId]), sku: "TOPUP", account, quantity: 1 },
    });
    expect(await refusal(send("refund-in-full"))).toBe("refund.recharge_done");
    expect([await refunds(), await status()]).toEqual([0, "delivering"]);
  });

  it("that cannot be said does nothing either", async () => {
    await desk.shop.db.sql.query("update tickets set state = 'resolved', resolved_at = now() where id = $1", [
      id,
    ]);
    expect(await refusal(send("refund-in-full"))).toBe("ticket.conflict");
    expect([await refunds(), await status()]).toEqual([0, "delivery_failed"]);
    expect(await audit()).not.toContain("order.refunded");
  });

  it("is refused to who may answer and may not do it", async () => {
    const engineer = await desk.hire("Eve", { role: "engineer" });
    await desk.shop.db.sql.query("update tickets set team = 'engineering' where id = $1", [id]);
    const refund = { answer: "refund-in-full", inputs: {} };
    expect((await previewAnswer(context, engineer, id, refund)).deed?.obstacle).not.toBeNull();
    expect(await refusal(sendAnswer(context, engineer, id, refund))).toBe("answer.conflict");
    expect(await refunds()).toBe(0);
  });

  it("puts the buyer down for a notice at the order's own contact, in the language of the answer", async () => {
    await send("back-in-stock-notice", { language: "en" });
    const { db, keys } = desk.shop;
    await desk.shop.addProduct({ sku: "BACK", codes: 1 });
    await db.sql.query(
      "update restock_notices set product_id = (select id from products where sku = 'BACK')",
    );
    const news = await takeRestockNews(keys, db.sql, 10);
    expect(news).toMatchObject([{ language: "en", to: { phone: "13800138000" } }]);
    expect((await desk.read(id)).state).toBe("resolved");
  });
});

describe("how answers did", () => {
  const figures = async () =>
    (await listAnswers(context, {})).items.find(({ slug }) => slug === "back-in-stock-notice")?.figures;

  it("is settled a week after, by whether the buyer came back", async () => {
    await send("back-in-stock-notice");
    expect(await figures()).toMatchObject({ uses: 1, settled: 0, succeeded: 0, rating: null });
    desk.shop.clock.advance(days(7));
    expect(await figures()).toMatchObject({ uses: 1, settled: 1, succeeded: 1 });
    await reopen(context, agent, id, "they came back");
    expect(await figures()).toMatchObject({ settled: 1, succeeded: 0 });
  });

  it("O10: is what buyers say where they say it, and shoppers and drills do not count", async () => {
    await send("back-in-stock-notice");
    await desk.shop.db.sql.query("update tickets set rating = 2 where id = $1", [id]);
    expect(await figures()).toMatchObject({ settled: 1, succeeded: 0, rating: 2, ratings: 1 });
    await desk.shop.db.sql.query("update tickets set origin = 'simulated' where id = $1", [id]);
    expect(await figures()).toMatchObject({ uses: 0, ratings: 0 });
  });
});

import type { DomainError } from "@orderwatch/shared/problem.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findInDatabase } from "../../../test/canary.ts";
import { openTestTickets, type TestTickets } from "../../../test/tickets.ts";
import { forgetOverdue } from "../../shop/customers/buyer-actions.ts";
import { viewConversation } from "../../shop/support/actions.ts";
import {
  askForCall,
  askForCallWithoutOrder,
  rateAnswer,
  writeMessage,
} from "../../shop/support/buyer-actions.ts";
import {
  addNote,
  assign,
  claim,
  listTickets,
  openDue,
  prioritize,
  reply,
  resolve,
  sweepTickets,
  takeNews,
} from "./actions.ts";
import { listCalls } from "./work-actions.ts";

let desk: TestTickets;
beforeEach(async () => {
  desk = await openTestTickets();
});
afterEach(() => desk.close());

const minutes = (n: number) => n * 60_000;
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code }: DomainError) => code,
  );
const write = (orderId: string, text: string) => writeMessage(desk.shop, orderId, { text, language: "en" });
const only = async () => {
  const ids = await desk.ids();
  expect(ids).toHaveLength(1);
  return ids[0] ?? "";
};
const answer = (text: string) => ({ text, thenState: "waiting_buyer" }) as const;
const dueOf = async (id: string, kind: string) =>
  (await desk.read(id)).clocks.find((clock) => clock.kind === kind);

describe("what buyers write", () => {
  it("about a failed order goes to its ticket; about another it opens one, and only one, at however many consoles", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    await desk.shop.addProduct({ sku: "CARD", codes: 1 });
    const other = await desk.shop.place({});
    await write(order.id, "Where is it?");
    await write(other.id, "How do I pay?");
    await Promise.all([takeNews(desk.context), takeNews(desk.context), takeNews(desk.context)]);
    const [first = "", second = "", ...more] = await desk.ids();
    expect(more).toEqual([]);
    expect(await desk.read(first)).toMatchObject({ cause: "delivery_failed", language: "en" });
    expect((await desk.read(first)).timeline.map(({ type }) => type)).toEqual(["opened", "buyer_wrote"]);
    expect(await desk.read(second)).toMatchObject({
      ...{ cause: "buyer", orderId: other.id, priority: 3, unanswered: true },
      thread: [{ author: "buyer", text: "How do I pay?" }],
    });
  });

  it("is one ticket when the delivery fails in the same moment", async () => {
    const order = await desk.failed();
    await write(order.id, "Where is it?");
    await Promise.all([openDue(desk.context), takeNews(desk.context), openDue(desk.context)]);
    await takeNews(desk.context);
    await openDue(desk.context);
    // The buyer's own may have been first; the failure has its own cause, and neither is there twice.
    const { rows } = await desk.shop.db.sql.query<{ cause: string; n: number }>(
      "select cause, count(*)::int as n from tickets group by cause",
    );
    for (const { n } of rows) expect(n).toBe(1);
    expect(rows.map(({ cause }) => cause)).toContain("delivery_failed");
  });

  it("is forgotten with them: tickets keep no way to reach them, and calls that were not made are not made", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    await write(order.id, "Where is it?");
    await askForCall(desk.shop, order.id, { phone: "13912345678", language: "en", note: "I am Zhang San" });
    await askForCallWithoutOrder(desk.shop, "another key", "buyer", { phone: "13912345678", language: "en" });
    await takeNews(desk.context);
    const { sql } = desk.shop.db;
    await sql.query("update orders set status = 'refunded', forget = true where id = $1", [order.id]);
    await forgetOverdue(desk.shop);
    await takeNews(desk.context);
    const id = (await desk.ids())[0] ?? "";
    expect(await desk.read(id)).toMatchObject({ cause: "delivery_failed", thread: [] });
    const left = (
      await sql.query("select phone_key, phone_tail_key, email_key from tickets where id = $1", [id])
    ).rows;
    expect(left).toEqual([{ phone_key: null, phone_tail_key: null, email_key: null }]);
    const calls = (await sql.query("select state, phone, note from ticket_calls where ticket_id = $1", [id]))
      .rows;
    expect(calls).toEqual([{ state: "cancelled", phone: null, note: null }]);
    expect(await takeNews(desk.context)).toEqual({ more: false });
    expect(await desk.ids()).toHaveLength(2);
  });

  it("is not lost when staff act between its writing and its taking in", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    const id = await only();
    const li = await desk.hire("Li");
    await reply(desk.context, li, id, answer("Please wait"));
    desk.shop.clock.advance(1_000);
    await write(order.id, "I waited");
    desk.shop.clock.advance(1_000);
    await prioritize(desk.context, li, id, { priority: 1 });
    await takeNews(desk.context);
    expect(await desk.read(id)).toMatchObject({ state: "open", unanswered: true });
    expect((await dueOf(id, "next_response"))?.metAt).toBeNull();
  });

  it("and was answered before it was taken in leaves nobody waiting", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    const id = await only();
    await write(order.id, "Where is it?");
    desk.shop.clock.advance(1_000);
    await reply(desk.context, await desk.hire("Li"), id, answer("On its way"));
    await takeNews(desk.context);
    expect(await desk.read(id)).toMatchObject({ state: "waiting_buyer", unanswered: false });
  });

  it("opens again what was resolved, once; a rating alone does not", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    const id = await only();
    await resolve(desk.context, await desk.hire("Li"), id, { text: "Here it is" });
    await rateAnswer(desk.shop, order.id, { stars: 2 });
    await takeNews(desk.context);
    expect(await desk.read(id)).toMatchObject({ state: "resolved", rating: 2, reopened: 0 });
    await write(order.id, "It does not work");
    await write(order.id, "Hello?");
    await takeNews(desk.context);
    await takeNews(desk.context);
    expect(await desk.read(id)).toMatchObject({ state: "open", reopened: 1, unanswered: true });
    expect(await viewConversation(desk.shop, order.id)).toMatchObject({ state: "open" });
  });
});

describe("a wish to be called", () => {
  it("is one call of the order's ticket, whose number, hour and note are those of the newest wish", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    const id = await only();
    const wish = {
      phone: "13700001111",
      language: "zh-CN",
      note: "canary of a note: ask for Zhang San",
    } as const;
    await askForCall(desk.shop, order.id, wish);
    await takeNews(desk.context);
    expect((await desk.read(id)).calls).toMatchObject([{ phone: "137****1111", note: wish.note }]);
    expect((await listCalls(desk.context, { limit: 9 })).items).toMatchObject([
      { call: { note: wish.note } },
    ]);
    expect(await findInDatabase(desk.shop.db, ["canary of a note", "Zhang San"])).toEqual([]);
    await askForCall(desk.shop, order.id, { ...wish, phone: "13700002222", note: undefined });
    await takeNews(desk.context);
    const { calls, timeline } = await desk.read(id);
    expect(calls).toMatchObject([{ state: "open", phone: "137****2222", note: null, attempts: [] }]);
    expect(timeline.filter(({ type }) => type === "call_wished")).toHaveLength(2);
  });

  it("without an order opens a ticket by itself", async () => {
    const wish = { phone: "13700001111", language: "en", sku: "TOPUP", code: "server.busy" } as const;
    await askForCallWithoutOrder(desk.shop, "a-key-of-the-shop", "buyer", wish);
    await askForCallWithoutOrder(desk.shop, "a-key-of-the-shop", "buyer", wish);
    await takeNews(desk.context);
    await takeNews(desk.context);
    expect(await desk.read(await only())).toMatchObject({
      ...{ cause: "call_back", orderId: null, sku: "TOPUP", code: "server.busy", language: "en" },
      ...{ contact: { phone: "137****1111" }, calls: [{ phone: "137****1111" }] },
    });
  });
});

it("what the buyer says with their stars is read beside them, and by nobody once they had it forgotten", async () => {
  const order = await desk.failed();
  await openDue(desk.context);
  const id = await only();
  const li = await desk.hire("Li");
  await resolve(desk.context, li, id, { text: "Here it is" });
  expect(await desk.read(id)).toMatchObject({ rating: null, ratingNote: null });
  await rateAnswer(desk.shop, order.id, { stars: 2, note: "canary: it took you a day" });
  await takeNews(desk.context);
  expect(await desk.read(id)).toMatchObject({ rating: 2, ratingNote: "canary: it took you a day" });
  const { items } = await listTickets(desk.context, li.staff.id, { limit: 9, sort: "queue" });
  expect(JSON.stringify(items)).not.toContain("canary");
  expect(await findInDatabase(desk.shop.db, ["canary: it took"])).toEqual([]);
  const { sql } = desk.shop.db;
  await sql.query("update orders set status = 'refunded', forget = true where id = $1", [order.id]);
  await forgetOverdue(desk.shop);
  await takeNews(desk.context);
  expect(await desk.read(id)).toMatchObject({ rating: 2, ratingNote: null });
});

describe("an answer", () => {
  it("reaches the buyer once, however often it is sent, ends the wait and becomes its writer's", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    const id = await only();
    const li = await desk.hire("Li");
    const messageId = desk.shop.newId();
    const send = () => reply(desk.context, li, id, { ...answer("It is on its way"), messageId });
    await Promise.all([send(), send(), send()]);
    await send();
    const { thread, assignee, state, unanswered } = await desk.read(id);
    expect(thread.map(({ author, text }) => [author, text])).toEqual([["staff", "It is on its way"]]);
    expect({ name: assignee?.name, state, unanswered }).toEqual({
      ...{ name: "Li", state: "waiting_buyer", unanswered: false },
    });
    expect(desk.heard).toEqual(["opened 1", "replied 1"]);
    expect(await viewConversation(desk.shop, order.id)).toMatchObject({ state: "answered", mayRate: true });
    expect((await dueOf(id, "first_response"))?.metAt).not.toBeNull();
  });

  it("pauses the resolution's clock until the buyer writes again", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    const id = await only();
    desk.shop.clock.advance(minutes(10));
    await reply(desk.context, await desk.hire("Li"), id, answer("Which account?"));
    expect(await dueOf(id, "resolution")).toMatchObject({ dueAt: null, leftMs: minutes(230) });
    desk.shop.clock.advance(minutes(600));
    await write(order.id, "This one");
    await takeNews(desk.context);
    await sweepTickets(desk.context);
    const due = await dueOf(id, "resolution");
    expect(Date.parse(due?.dueAt ?? "")).toBe(desk.shop.clock.now().getTime() + minutes(230));
    expect(due?.missed).toBe(false);
  });

  it("of engineers is refused where nothing was handed to them", async () => {
    await desk.failed();
    await openDue(desk.context);
    const engineer = await desk.hire("Wu", { role: "engineer" });
    expect(await refusal(reply(desk.context, engineer, await only(), answer("?")))).toBe("session.forbidden");
  });

  it("is refused where it has ended, and says nothing to the buyer then", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    const id = await only();
    const li = await desk.hire("Li");
    await resolve(desk.context, li, id, {});
    expect(await refusal(reply(desk.context, li, id, answer("One more thing")))).toBe("ticket.conflict");
    expect((await viewConversation(desk.shop, order.id)).messages).toEqual([]);
  });
});

it("O7: a note is on the ticket and nowhere in what the buyer reads; R1: neither stands in the database in clear", async () => {
  const order = await desk.failed();
  await openDue(desk.context);
  const id = await only();
  const li = await desk.hire("Li");
  await claim(desk.context, li, id);
  await addNote(desk.context, li, id, "canary-of-a-note");
  await reply(desk.context, li, id, answer("canary-of-an-answer"));
  expect((await desk.read(id)).notes).toMatchObject([{ internal: true, text: "canary-of-a-note" }]);
  const seen = JSON.stringify(await viewConversation(desk.shop, order.id));
  expect(seen).toContain("canary-of-an-answer");
  expect(seen).not.toContain("canary-of-a-note");
  expect(await findInDatabase(desk.shop.db, ["canary-of-a-note", "canary-of-an-answer"])).toEqual([]);
});

it("O7: why somebody changed a priority or gave a ticket away is a note of theirs, also where nothing changed by it", async () => {
  const order = await desk.failed();
  await openDue(desk.context);
  const id = await only();
  const li = await desk.hire("Li");
  const said = ["canary-urgent", "canary-as-it-is", "canary-yours", "canary-still-yours"] as const;
  await prioritize(desk.context, li, id, { priority: 1, reason: said[0] });
  await prioritize(desk.context, li, id, { priority: 1, reason: said[1] });
  await assign(desk.context, li, id, { staffId: li.staff.id, note: said[2] });
  await assign(desk.context, li, id, { staffId: li.staff.id, note: said[3] });
  await prioritize(desk.context, li, id, { priority: 1 });
  const { notes, timeline } = await desk.read(id);
  expect(notes.map(({ text, by }) => [text, by.name])).toEqual(said.map((text) => [text, "Li"]));
  const done = timeline.map(({ type }) => type).filter((type) => type !== "state_changed");
  expect(done).toEqual(["opened", "prioritized", "note_added", "assigned", "note_added"]);
  expect(JSON.stringify(await viewConversation(desk.shop, order.id))).not.toContain("canary");
  expect(await findInDatabase(desk.shop.db, said)).toEqual([]);
});

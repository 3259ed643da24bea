import type { DomainError } from "@orderwatch/shared/problem.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Member, openTestTickets, type TestTickets } from "../../../test/tickets.ts";
import { viewConversation } from "../../shop/support/actions.ts";
import { askForCallWithoutOrder, writeMessage } from "../../shop/support/buyer-actions.ts";
import { listAudit } from "../audit/actions.ts";
import { openDue, reply, resolve, takeNews } from "./actions.ts";

let desk: TestTickets;
let li: Member;
let orderId: string;
let id: string;
beforeEach(async () => {
  desk = await openTestTickets();
  li = await desk.hire("Li");
  orderId = (await desk.failed()).id;
  await openDue(desk.context);
  id = (await desk.ids())[0] ?? "";
});
afterEach(() => desk.close());

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code }: DomainError) => code,
  );
const say = (text: string, more: object = {}) =>
  reply(desk.context, li, id, { text, thenState: "waiting_buyer", ...more });
const write = (text: string, shop: Parameters<typeof writeMessage>[0] = desk.shop) =>
  writeMessage(shop, orderId, { text, language: "en" });
const said = async () => (await viewConversation(desk.shop, orderId)).messages.map(({ text }) => text);
const waitingForLocks = () =>
  desk.shop.value<number>(
    "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );

describe("an answer to what its writer has not read", () => {
  it("is refused, whatever state was wanted, and goes out once it was read", async () => {
    const { threadRevision } = await desk.read(id);
    await write("It works, thank you");
    expect(await refusal(say("We look into it", { threadRevision }))).toBe("ticket.buyer_wrote");
    expect(await refusal(say("Bye", { threadRevision, thenState: "resolved" }))).toBe("ticket.buyer_wrote");
    const { context } = desk;
    expect(await refusal(resolve(context, li, id, { threadRevision }))).toBe("ticket.buyer_wrote");
    expect(await refusal(resolve(context, li, id, { threadRevision, text: "Bye" }))).toBe(
      "ticket.buyer_wrote",
    );
    expect(await said()).toEqual(["It works, thank you"]);
    const read = await desk.read(id);
    expect(read).toMatchObject({ state: "new", unanswered: true });
    await say("You are welcome", { threadRevision: read.threadRevision, thenState: "resolved" });
    await takeNews(desk.context);
    expect(await desk.read(id)).toMatchObject({ state: "resolved", unanswered: false, reopened: 0 });
  });

  it("is refused where the buyer writes in the same moment", async () => {
    const { threadRevision } = await desk.read(id);
    const written = Promise.withResolvers<void>();
    const writing = desk.shop.db.transaction(async (_, within) => {
      await write("One more thing", { ...desk.shop, db: within });
      written.resolve();
      await expect.poll(waitingForLocks).toBe(1);
    });
    await written.promise;
    expect(await refusal(say("Done", { threadRevision, thenState: "resolved" }))).toBe("ticket.buyer_wrote");
    await writing;
    await takeNews(desk.context);
    expect(await desk.read(id)).toMatchObject({ state: "new", unanswered: true });
  });

  it("is sent once, however often, whatever the buyer has written since", async () => {
    const { threadRevision } = await desk.read(id);
    const messageId = desk.shop.newId();
    await say("On its way", { threadRevision, messageId });
    await write("Thanks");
    await say("On its way", { threadRevision, messageId });
    expect(await said()).toEqual(["On its way", "Thanks"]);
  });

  it("does not stand in the way of a wish or of stars, which are nothing to read", async () => {
    const { threadRevision } = await desk.read(id);
    await desk.shop.db.sql.query("update conversations set news = news + 1 where order_id = $1", [orderId]);
    await say("On its way", { threadRevision });
    expect(await said()).toEqual(["On its way"]);
  });
});

it("a buyer who writes after an answer waits, though their node's clock is behind", async () => {
  await say("Please wait", { thenState: "resolved" });
  const behind = { now: () => new Date(desk.shop.clock.now().getTime() - 60_000) };
  await write("I waited", { ...desk.shop, clock: behind });
  await takeNews(desk.context);
  expect(await desk.read(id)).toMatchObject({ state: "open", unanswered: true, reopened: 1 });
});

describe("an answer to a ticket that has ended", () => {
  it("opens it again in the same step where that is asked for, on record", async () => {
    await resolve(desk.context, li, id, { text: "Delivered" });
    expect(await refusal(say("Your receipt"))).toBe("ticket.conflict");
    await say("Your receipt", { reopen: true });
    expect(await said()).toEqual(["Delivered", "Your receipt"]);
    const ticket = await desk.read(id);
    expect(ticket).toMatchObject({ state: "waiting_buyer", unanswered: false, reopened: 1 });
    expect(ticket.timeline.map(({ type }) => type)).toEqual(expect.arrayContaining(["reopened", "replied"]));
    const { items } = await listAudit(desk.context, { limit: 5 });
    expect(items[0]).toMatchObject({ action: "ticket.reopened", actor: "Li", reason: "To answer its buyer" });
  });

  it("leaves it resolved where it is a last word, and does not open it for who may not", async () => {
    await resolve(desk.context, li, id, {});
    const engineer = await desk.hire("Wu", { role: "engineer" });
    await desk.shop.db.sql.query("update tickets set team = 'engineering' where id = $1", [id]);
    const last = { text: "One more thing", thenState: "resolved", reopen: true } as const;
    expect(await refusal(reply(desk.context, engineer, id, last))).toBe("session.forbidden");
    await reply(desk.context, li, id, last);
    expect(await desk.read(id)).toMatchObject({ state: "resolved", unanswered: false, reopened: 1 });
  });
});

it("who wants a call and has no order is not written to, since no page of theirs would show it", async () => {
  const wish = { phone: "13700001111", language: "en" } as const;
  await askForCallWithoutOrder(desk.shop, "a-key-of-the-shop", "buyer", wish);
  await takeNews(desk.context);
  id = (await desk.ids())[1] ?? "";
  const heard = desk.heard.length;
  expect(await refusal(say("We tried to call you"))).toBe("ticket.no_thread");
  expect(await refusal(resolve(desk.context, li, id, { text: "Bye" }))).toBe("ticket.no_thread");
  expect((await desk.read(id)).thread).toEqual([]);
  await resolve(desk.context, li, id, { reason: "reached by phone" });
  expect(await desk.read(id)).toMatchObject({ state: "resolved" });
  expect(desk.heard).toHaveLength(heard);
});

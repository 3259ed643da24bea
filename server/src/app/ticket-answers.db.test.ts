import { afterEach, beforeEach, expect, it } from "vitest";
import { findInDatabase } from "../../test/canary.ts";
import { openTestTickets, type TestTickets } from "../../test/tickets.ts";
import { createNotify } from "../ops/notify/actions.ts";
import { openDue, reply } from "../ops/tickets/actions.ts";
import { answerHooks } from "./ticket-answers.ts";

let desk: TestTickets;
beforeEach(async () => {
  desk = await openTestTickets();
  const { clock, newId, keys } = desk.shop;
  const notify = createNotify({ clock, newId, keys, channels: new Map(), fire: () => undefined });
  desk.context.on = answerHooks({ notify, keys, shopUrl: "https://shop.example" });
});
afterEach(() => desk.close());

it("a buyer who is answered is told so once an hour, in their language, without what was said", async () => {
  const order = await desk.failed();
  await openDue(desk.context);
  const [id = ""] = await desk.ids();
  const li = await desk.hire("Li");
  const say = (text: string) => reply(desk.context, li, id, { text, thenState: "waiting_buyer" });
  await say("canary-of-an-answer");
  await say("and one thing more");
  const told = () =>
    desk.shop.value<string[]>("select array_agg(link || ' ' || (title ->> 'en')) from notifications");
  expect(await told()).toEqual([`https://shop.example/o/${order.id} 客服已回复您`]);
  desk.shop.clock.advance(3_600_000);
  await say("still there?");
  expect(await told()).toHaveLength(2);
  expect(await findInDatabase(desk.shop.db, ["canary-of-an-answer", "13800138000"])).toEqual([]);
});

it("a buyer who ordered in English gets an English ticket, and is told in English that they were answered", async () => {
  await desk.failed({ language: "en" });
  await openDue(desk.context);
  const [id = ""] = await desk.ids();
  expect(await desk.read(id)).toMatchObject({ cause: "delivery_failed", language: "en" });
  await reply(desk.context, await desk.hire("Li"), id, { text: "Hello", thenState: "waiting_buyer" });
  expect(await desk.shop.value("select title ->> 'zh-CN' from notifications")).toBe(
    "Support has answered you",
  );
  // A thread that begins with what support says is in the order's language as well.
  expect(await desk.shop.value("select language from conversations")).toBe("en");
});

it("simulated shoppers are told nothing", async () => {
  await desk.failed({ origin: "simulated" });
  await openDue(desk.context);
  const [id = ""] = await desk.ids();
  await reply(desk.context, await desk.hire("Li"), id, { text: "Hello", thenState: "waiting_buyer" });
  expect(await desk.shop.value("select count(*)::int from notifications")).toBe(0);
});

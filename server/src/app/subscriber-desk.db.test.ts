import type { StatusSubscription } from "@orderwatch/shared/shop/status-subscriptions.ts";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { asSurprise } from "../../test/drills/surprise.ts";
import { openTestNotify, type TestNotify } from "../../test/notify.ts";
import { subscribe } from "../../test/people.ts";
import { declare, type IncidentContext } from "../ops/incidents/actions.ts";
import { proposeUpdate } from "../ops/status/actions.ts";
import { advanceSubscribers } from "../ops/status/subscriber-actions.ts";
import { armFaults } from "../platform/faultpoint.ts";
import { subscriptionEndpoints } from "../shop/status/routes.ts";
import { listPublished } from "../shop/status/store.ts";
import { listUpdates, withdrawWithheld, writeUpdate } from "../shop/status/update-actions.ts";
import { aftermathRoutes } from "./incident-aftermath.ts";

let test: TestNotify;
let endpoints: ReturnType<typeof subscriptionEndpoints>;
let clients = 0;
const by = { id: "li", name: "Li Na" };
const both = (en: string) => ({ en, "zh-CN": `${en}（中文）` });

beforeAll(async () => {
  test = await openTestNotify();
});
beforeEach(async () => {
  armFaults(undefined);
  await test.context.db.sql.query("delete from status_subscriptions");
  await mails();
  endpoints = subscriptionEndpoints({ ...test.context, pushKey: test.vapid.publicKey });
});
afterAll(() => test.close());

/** A call from an address of its own, unless one is given; the problem's code when it was refused. */
async function call(path: string, body: unknown, address = `10.0.0.${++clients}`): Promise<string> {
  const endpoint = endpoints.find((one) => one.path === `/api/status/subscriptions${path}`);
  if (!endpoint) throw new Error(`no ${path}`);
  try {
    const answer = await endpoint.handle({
      ...{ id: "request-1", method: "POST", path: "/", target: "/", params: {}, address },
      ...{ headers: { "content-type": "application/json" }, query: new URLSearchParams() },
      body: Buffer.from(JSON.stringify(body)),
    });
    return `${answer.status} ${answer.body ?? ""}`.trim();
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}
const email = (address: string, language: "zh-CN" | "en" = "en") => ({
  ...{ channel: "email", email: address, language },
});
async function pass(): Promise<void> {
  await Promise.allSettled([
    advanceSubscribers({ ...test.context, notify: test.notify, statusUrl: "https://shop.test/status" }),
    advanceSubscribers({ ...test.context, notify: test.notify, statusUrl: "https://shop.test/status" }),
  ]);
  await test.work();
  test.advance(1_000);
}
interface Mail {
  title: string;
  text: string;
  link: string;
  state: string;
}
/** What went to subscribers since the last look, oldest first. */
let seen = "00000000-0000-0000-0000-000000000000";
async function mails(): Promise<Mail[]> {
  const { rows } = await test.context.db.sql.query(
    "select id, title->>'en' as title, body->>'en' as text, link, state from notifications where id > $1 order by id",
    [seen],
  );
  seen = rows.at(-1)?.id ?? seen;
  return rows;
}
const tokenIn = (text: string | undefined, does: "confirm" | "end") =>
  new RegExp(`#${does}=(\\S+)`).exec(text ?? "")?.[1] ?? "";
const publish = (phase: "investigating" | "resolved", incidentId = test.context.newId()) =>
  writeUpdate(test.context, by, {
    ...{ incidentId, startedAt: test.now(), phase, impact: { alipay: "down" } },
    ...{ title: both("Alipay is limited"), text: both("We look into it"), needsApproval: false },
  });
async function subscribed(address: string, language: "zh-CN" | "en" = "en"): Promise<void> {
  await call("", email(address, language));
  await pass();
  const link = (await mails()).at(-1)?.link;
  expect(await call("/confirm", { token: tokenIn(link, "confirm") })).toBe("204");
}

// First, since what a push company is shown is signed with the real time, and later tests leave that behind.
it("a browser is told at once, and forgotten when its push company says that it is gone", async () => {
  const address = await subscribe(test.sandbox.url, test.vapid.publicKey);
  if (address.channel !== "push") throw new Error("not a push subscription");
  const { subscription } = address;
  const gone = { ...subscription, endpoint: `${test.sandbox.url}/push/send/gone` };
  for (const one of [subscription, gone]) {
    const wanted: StatusSubscription = { channel: "push", language: "en", subscription: one };
    expect(await call("", wanted)).toBe("204");
  }
  test.advance(1_000);
  await publish("investigating");
  await pass();
  await pass();
  const answer = await fetch(`${test.sandbox.url}/push/messages`);
  const { items }: { items: { payload: string }[] } = JSON.parse(await answer.text());
  expect(items.map(({ payload }) => JSON.parse(payload))).toMatchObject([
    { title: "Alipay is limited", link: "https://shop.test/status" },
  ]);
  const { rows } = await test.context.db.sql.query("select id from status_subscriptions");
  expect(rows).toHaveLength(1);
  expect(await call("/end", { endpoint: subscription.endpoint })).toBe("204");
  expect((await test.context.db.sql.query("select id from status_subscriptions")).rows).toEqual([]);
});

it("an address is told nothing before the link that went there was followed; then each update once", async () => {
  expect(await call("", email("buyer@example.com"))).toBe("204");
  await pass();
  const [asked] = await mails();
  expect(asked).toMatchObject({ title: "Confirm your subscription to the shop's status" });
  await publish("investigating");
  await pass();
  expect(await mails()).toEqual([]);
  const token = tokenIn(asked?.link, "confirm");
  expect(await call("/confirm", { token })).toBe("204");
  const incidentId = test.context.newId();
  test.advance(1_000);
  await publish("investigating", incidentId);
  await pass();
  await pass();
  test.advance(1_000);
  await publish("resolved", incidentId);
  await pass();
  expect((await mails()).map(({ title }) => title)).toEqual(["Alipay is limited", "Over: Alipay is limited"]);
});

it("every mail of news ends with a link that ends them, in the subscriber's language", async () => {
  await subscribed("reader@example.com", "zh-CN");
  await publish("investigating");
  await pass();
  const [news] = await mails();
  expect(news?.text).toMatch(/（中文）[\s\S]*不想再收到/);
  expect(await call("/end", { token: tokenIn(news?.text, "end") })).toBe("204");
  test.advance(1_000);
  await publish("resolved");
  await pass();
  expect(await mails()).toEqual([]);
});

it("the answer is the same whether an address is known or not, and asking again sends no second mail", async () => {
  await subscribed("known@example.com");
  const answers = [
    await call("", email("known@example.com")),
    await call("", email("KNOWN@example.com ".trim())),
    await call("", email("unknown@example.com")),
    await call("", email("unknown@example.com")),
  ];
  expect(new Set(answers)).toEqual(new Set(["204"]));
  await pass();
  expect(await mails()).toHaveLength(1);
  test.advance(11 * 60_000);
  await call("", email("unknown@example.com"));
  await pass();
  expect(await mails()).toHaveLength(1);
});

it("no link but ours is taken, for nothing but what it was made for, and not after a day", async () => {
  await call("", email("late@example.com"));
  await pass();
  const token = tokenIn((await mails())[0]?.link, "confirm");
  const forged = `${test.context.newId()}${token.slice(36)}`;
  for (const [path, wrong] of [
    ["/confirm", forged],
    ["/end", token],
  ] as const)
    expect(await call(path, { token: wrong })).toBe("subscription.link_invalid");
  test.advance(25 * 3_600_000);
  expect(await call("/confirm", { token })).toBe("subscription.link_invalid");
});

it("one client may ask ten times in ten minutes", async () => {
  const from = "10.9.9.9";
  const answers: string[] = [];
  for (let n = 0; n < 12; n++) answers.push(await call("", email(`n${n}@example.com`), from));
  expect(answers.filter((answer) => answer === "204")).toHaveLength(10);
  expect(answers.at(-1)).toBe("subscription.too_many");
});

it("O10: a drill is told to nobody", async () => {
  const drill = { id: test.context.newId(), level: 2, rule: null, labels: {}, drill: true } as const;
  const incidents = {
    read: async () => ({ ...drill, startedAt: test.now().toISOString() }),
    passesForReal: async () => false,
    note: async () => undefined,
  };
  await expect(
    proposeUpdate(
      { ...test.context, cache: { changed: () => undefined }, incidents },
      { staff: by },
      drill.id,
      { phase: "investigating", impact: {}, title: both("Drill"), text: both("Drill") },
    ),
  ).rejects.toMatchObject({ code: "update.conflict" });
});

it("O10: what is said to the public of a surprise reaches neither the status page nor any subscriber, also when it is over", async () => {
  await subscribed("one@example.com");
  await mails();
  const { context } = test;
  const incidents: IncidentContext = { ...context, on: {} };
  const id = await declare(incidents, { staff: by }, { level: 2, title: "a test" });
  const isOver = await asSurprise(context.db, id);
  const { proposeUpdate: propose } = aftermathRoutes(context);
  const answer = await propose({
    ...{ params: { id }, query: undefined, staff: by },
    request: {
      ...{ id: "request-1", method: "POST", path: "/", target: "/", params: {}, headers: {} },
      ...{ query: new URLSearchParams(), address: "127.0.0.1", body: Buffer.alloc(0) },
    },
    body: {
      phase: "investigating",
      impact: { alipay: "down" },
      title: both("Surprise"),
      text: both("Surprise"),
    },
  });
  expect(answer).toMatchObject({ state: "published" });
  const shown = async () =>
    (await listPublished(context.db.sql, new Date(0), 100)).map(({ title }) => title.en);
  const look = async () => {
    await pass();
    await pass();
    expect(await shown()).not.toContain("Surprise");
    expect((await mails()).filter(({ title }) => title.includes("Surprise"))).toEqual([]);
  };
  await look();
  await isOver();
  expect(await withdrawWithheld(context.db.sql, [id])).toEqual([id]);
  await look();
  const updates = await listUpdates(context, id);
  expect(updates).toMatchObject([{ state: "withdrawn", publishedAt: null }]);
});

it("O1: a crash at any step tells every subscriber once", async () => {
  await subscribed("one@example.com");
  await subscribed("two@example.com");
  await mails();
  const passed = new Map<string, number>();
  armFaults((point) => {
    const times = (passed.get(point) ?? 0) + 1;
    passed.set(point, times);
    return point.startsWith("notify.") && times === 1 ? { kind: "fail" } : undefined;
  });
  test.advance(1_000);
  await publish("investigating");
  for (let k = 0; k < 40; k++) {
    await pass().catch(() => undefined);
    test.advance(5_000);
  }
  armFaults(undefined);
  const { rows } = await test.context.db.sql.query(
    "select count(*)::int as n, count(distinct recipient_key)::int as people from notifications where id > $1 and broadcast like 'update:%' and state = 'delivered'",
    [seen],
  );
  expect(rows).toEqual([{ n: 2, people: 2 }]);
});

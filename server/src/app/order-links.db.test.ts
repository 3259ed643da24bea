import { randomUUID } from "node:crypto";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, beforeEach, expect, inject, it } from "vitest";
import { type MailServer, openMailServer } from "../../test/mail.ts";
import type { SmsSeen } from "../../test/notify.ts";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { createChannels } from "../ops/notify/channels/factory.ts";
import { sandboxSms } from "../platform/sandbox-keys.ts";
import { deriveVapid } from "../platform/vapid.ts";
import { type LookupOutcome, sendOrderLinks } from "./order-links.ts";

let shop: TestShopServer;
let mail: MailServer;
let answered: LookupOutcome[] = [];
let pass: () => Promise<unknown>;
let address = 0;
const from = () => ({ "x-forwarded-for": `10.8.${Math.floor(++address / 250)}.${address % 250}` });
const nextHour = () => shop.clock.advance(3_600_001);

beforeAll(async () => {
  [shop, mail] = await Promise.all([openTestShopServer(), openMailServer()]);
  await shop.addProduct({ sku: "CARD", codes: 50 });
  const channels = createChannels({
    ...{
      sms: sandboxSms(inject("sandboxKeys"), shop.sandbox.url),
      smtp: { url: mail.url, from: "shop@test.example" },
    },
    ...{ vapid: deriveVapid(shop.keys, "mailto:staff@example.com"), production: true, clock: shop.clock },
  });
  pass = () => sendOrderLinks({ ...shop, channels, onAnswered: (outcome) => answered.push(outcome) });
});
beforeEach(() => {
  answered = [];
});
afterAll(async () => {
  await shop.close();
  await mail.close();
});

const buy = async (contact: object) => {
  const body = { sku: "CARD", quantity: 1, paymentMethod: "wechat", contact };
  const answer = await shop.call("POST", "/api/orders", { key: randomUUID(), body, headers: from() });
  expect(answer.status, answer.text).toBe(201);
  shop.clock.advance(1_000);
  return answer.body as PlacedOrder;
};
const seek = (contact: object, more: object = {}, headers = from()) =>
  shop.call("POST", "/api/order-lookups", { body: { contact, language: "en", ...more }, headers });
const smsTo = async (phone: string) => {
  const answer = await fetch(`${shop.sandbox.url}/sms/messages`);
  const { items }: { items: SmsSeen[] } = JSON.parse(await answer.text());
  return items.filter((one) => one.phone === phone).map(({ content }) => content);
};
const linkOf = ({ id, token }: PlacedOrder) => `${shop.shopUrl}/o/${id}#${token}`;

it("the answer is the same whoever has orders, and only whoever placed them hears", async () => {
  const [owner, stranger] = ["13900139001", "13700139001"];
  const order = await buy({ phone: owner, email: "owner@example.com" });
  await buy({ phone: "13600136001" });
  const answers = [
    await seek({ phone: owner }),
    await seek({ phone: stranger }),
    await seek({ email: "Owner@Example.com" }),
    await seek({ email: "stranger@example.com" }),
    await seek({ phone: owner }),
    await seek({ phone: stranger }, { orderId: order.id }),
  ];
  for (const { status, text, headers } of answers) {
    expect({ status, text }).toEqual({ status: 202, text: '{"accepted":true}' });
    expect(headers.get("cache-control")).toBe("no-store");
  }
  await Promise.all([pass(), pass()]);
  const [content, ...more] = await smsTo(owner);
  expect(more).toEqual([]);
  expect(content).toContain(linkOf(order));
  expect(content?.match(/\/o\//g)).toHaveLength(1);
  expect(await smsTo(stranger)).toEqual([]);
  expect(await smsTo("13600136001")).toEqual([]);
  expect(mail.mails.join("").replace(/=\r\n/g, "")).toContain(linkOf(order).replace("=", "=3D"));
  expect(mail.mails).toHaveLength(1);
  expect(mail.mails[0]?.toLowerCase()).toContain("to: owner@example.com");
  expect(answered.toSorted()).toEqual(["nothing", "nothing", "sent", "sent"]);
  nextHour();
});

it("the link opens the order, and its token stands in no part of an address that a server is sent", async () => {
  const order = await buy({ phone: "13900139002" });
  await seek({ phone: "13900139002" });
  await pass();
  const link = new URL(/https?:\S+/.exec((await smsTo("13900139002"))[0] ?? "")?.[0] ?? "");
  expect(link.pathname + link.search).toBe(`/o/${order.id}`);
  const opened = await shop.call("GET", `/api/orders/${order.id}`, { token: link.hash.slice(1) });
  expect(opened.status).toBe(200);
  nextHour();
});

it("one order alone is told of where one is asked for; others', old ones' and shoppers' orders never are", async () => {
  const phone = "13900139003";
  const old = await buy({ phone });
  const simulated = await buy({ phone });
  await shop.db.sql.query("update orders set created_at = created_at - interval '91 days' where id = $1", [
    old.id,
  ]);
  await shop.db.sql.query("update orders set origin = 'simulated' where id = $1", [simulated.id]);
  const [first, second] = [await buy({ phone }), await buy({ phone })];
  const others = await buy({ phone: "13900139004" });
  await seek({ phone }, { orderId: others.id });
  await pass();
  expect(await smsTo(phone)).toEqual([]);
  nextHour();
  await seek({ phone }, { orderId: first.id });
  await pass();
  nextHour();
  await seek({ phone });
  await pass();
  const told = (await smsTo(phone)).map((content) =>
    [old, simulated, first, second, others]
      .filter((order) => content.includes(linkOf(order)))
      .map(({ id }) => id),
  );
  expect(told.toSorted((a, b) => a.length - b.length)).toEqual([
    [first.id],
    expect.arrayContaining([first.id, second.id]),
  ]);
  expect(told.flat()).toHaveLength(3);
  nextHour();
});

it("many orders fit the message whole, the newest first", async () => {
  const phone = "13900139005";
  const orders: PlacedOrder[] = [];
  for (let n = 0; n < 6; n++) orders.push(await buy({ phone }));
  await seek({ phone });
  await pass();
  const [content = ""] = await smsTo(phone);
  const links = content.match(/https?:\S+/g) ?? [];
  expect(links.length).toBeGreaterThan(1);
  expect(links).toEqual(orders.toReversed().slice(0, links.length).map(linkOf));
  nextHour();
});

it("a contact is written to once in two minutes and three times an hour, and an address asks ten times in ten minutes", async () => {
  const phone = "13900139006";
  await buy({ phone });
  for (let minute = 0; minute < 12; minute++) {
    expect((await seek({ phone })).status).toBe(202);
    await pass();
    shop.clock.advance(61_000);
  }
  expect(await smsTo(phone)).toHaveLength(3);
  const here = from();
  const tries = [];
  for (let n = 0; n < 11; n++) tries.push((await seek({ email: `x${n}@example.com` }, {}, here)).status);
  expect(tries).toEqual([...Array(10).fill(202), 429]);
  nextHour();
});

it("what the company did not take is sent again, and a wish without one contact is none", async () => {
  const phone = "13900139007";
  await buy({ phone });
  await seek({ phone });
  await shop.sandbox.behave({ provider: "sms", errorRate: 1 });
  await pass();
  expect(await smsTo(phone)).toEqual([]);
  await shop.sandbox.recover();
  await pass();
  expect(await smsTo(phone)).toHaveLength(1);
  for (const contact of [{}, { phone, email: "x@example.com" }, { phone: "x" }])
    expect(await seek(contact)).toMatchObject({ status: 400, body: { code: "request.invalid" } });
});

import type { ContactAddress } from "@orderwatch/shared/ops/notify.ts";
import type { Role } from "@orderwatch/shared/ops/roles.ts";
import type { TicketClientEvents, TicketServerEvents } from "@orderwatch/shared/ops/ticket-sockets.ts";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { BuyerExport, BuyerSession } from "@orderwatch/shared/shop/buyers.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { findInDatabase } from "../../test/canary.ts";
import { adminEmail, startTestConsole, type TestConsole } from "../../test/console.ts";
import { type MailServer, openMailServer } from "../../test/mail.ts";
import { addPerson, subscribe } from "../../test/people.ts";
import { eventually } from "../../test/poll.ts";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { sandboxSms } from "../platform/sandbox-keys.ts";
import { deriveVapid } from "../platform/vapid.ts";
import { digitsOf } from "../shop/customers/domain.ts";

/** What staff write to each other, in every place that takes it. */
const canary = (place: string) => `INTERNAL-${place}-9f3c`;
const planted = new Set<string>();
const plant = (place: string) => {
  planted.add(canary(place));
  return canary(place);
};
/** What the buyer is meant to read, so that a blind look is noticed. */
const answer = "We have looked into it";

let shop: TestShopServer;
let console: TestConsole;
let mail: MailServer;
let order: PlacedOrder;
let mailed: PlacedOrder;
let ticket: Ticket;
const sockets: Socket[] = [];
/** What the sockets of each role heard. */
const heard: Record<"engineer" | "viewer", unknown[]> = { engineer: [], viewer: [] };

beforeAll(async () => {
  shop = await openTestShopServer();
  mail = await openMailServer();
  console = await startTestConsole({
    beside: shop,
    notify: {
      sms: sandboxSms(inject("sandboxKeys"), shop.sandbox.url),
      smtp: { url: mail.url, from: "support@example.com" },
    },
  });
  await console.signIn("support");
  // Whoever has the duty hears of offers by e-mail, whoever made one hears of its answer by push.
  await addPoint(adminEmail, { channel: "email", email: "duty@example.com" });
  const vapid = deriveVapid(shop.keys, console.settings.notify.vapidSubject);
  await addPoint("support@example.com", await subscribe(shop.sandbox.url, vapid.publicKey));
  await shop.addProduct({ sku: "TOPUP", kind: "recharge", priceFen: 1000 });
  order = await placed({ phone: "13800138000" });
  mailed = await placed({ email: "buyer@example.com" });
  await work();
});
afterAll(async () => {
  for (const socket of sockets) socket.disconnect();
  await console.close();
  await mail.close();
  await shop.close();
});

async function addPoint(email: string, address: ContactAddress): Promise<void> {
  const person = await addPerson(shop, [address]);
  await shop.db.sql.query(
    "update contact_points set staff_id = (select id from staff where email = $2) where staff_id = $1",
    [person, email],
  );
}

async function placed(contact: object): Promise<PlacedOrder> {
  const body = { sku: "TOPUP", quantity: 1, paymentMethod: "alipay", rechargeAccount: "account-1", contact };
  const answered = await shop.call("POST", "/api/orders", { key: shop.newId(), body });
  expect(answered.status, answered.text).toBe(201);
  return answered.body as PlacedOrder;
}

async function send<T>(role: Role, method: string, path: string, body?: object): Promise<T> {
  const answered = await fetch(`${console.url}/api${path}`, {
    method,
    headers: {
      ...{ cookie: await console.signIn(role), origin: console.origin },
      ...(method === "GET" ? {} : { "content-type": "application/json" }),
    },
    ...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
  });
  const text = await answered.text();
  if (!answered.ok) throw new Error(`${method} ${path} as ${role}: ${answered.status} ${text}`);
  return JSON.parse(text) as T;
}

async function listen(role: "engineer" | "viewer"): Promise<void> {
  const socket: Socket<TicketServerEvents, TicketClientEvents> = io(`${console.url}/ops`, {
    extraHeaders: { cookie: await console.signIn(role), origin: console.origin },
  });
  sockets.push(socket);
  socket.onAny((...event) => heard[role].push(event));
  await new Promise<void>((resolve, reject) => {
    socket.on("connect", resolve);
    socket.on("connect_error", reject);
  });
  heard[role].push(await socket.emitWithAck("subscribe", { topic: "tickets" }));
}

/** Everything that staff can do to a ticket, with something internal wherever there is room for it. */
async function work(): Promise<void> {
  await listen("engineer");
  await listen("viewer");
  ticket = await send<Ticket>("support", "POST", "/tickets", {
    ...{ orderId: order.id, subject: plant("subject"), note: plant("opening-note") },
  });
  const at = `/tickets/${ticket.id}`;
  await send("support", "POST", `${at}/notes`, { text: plant("note") });
  await send("support", "POST", `${at}/reply`, { text: answer, thenState: "open" });
  await send("support", "POST", `${at}/handoff`, { note: plant("handoff-note") });
  await send("engineer", "POST", `${at}/handoff/answer`, { accept: false, reason: plant("decline") });
  await send("support", "POST", `${at}/handoff`, { note: plant("second-handoff") });
  await send("engineer", "POST", `${at}/handoff/answer`, { accept: true });
  await send("engineer", "POST", `${at}/notes`, { text: plant("engineers-note") });
  await send("engineer", "POST", `${at}/handoff`, { note: plant("handing-back") });
  await send("support", "POST", `${at}/handoff/answer`, { accept: true });
  await send("support", "POST", `${at}/priority`, { priority: 1, reason: plant("priority") });
  await send("support", "POST", `${at}/assign`, { staffId: null, note: plant("assign") });
  await send("support", "POST", `${at}/reveal`, { reason: plant("reveal") });
  for (const outcome of ["no_answer", "cancel"]) {
    const { calls } = await send<Ticket>("support", "POST", `${at}/calls`, {});
    const open = calls.find(({ state }) => state === "open")?.id;
    if (outcome === "cancel")
      await send("support", "POST", `${at}/calls/${open}/cancel`, { reason: plant("call-off") });
    else await send("support", "POST", `${at}/calls/${open}/attempts`, { outcome, note: plant("call-note") });
  }
  const split = await send<Ticket>("support", "POST", `${at}/split`, {
    ...{ subject: plant("split-subject"), note: plant("split-note") },
  });
  await send("support", "POST", `/tickets/${split.id}/merge`, { into: ticket.id, reason: plant("merge") });
  await send("support", "POST", `${at}/answers`, { answer: "back-in-stock-notice" });
  await send("support", "POST", `${at}/reopen`, { reason: plant("reopen") });
  await send("support", "POST", `${at}/resolve`, { text: answer, reason: plant("resolve") });
  const second = await send<Ticket>("support", "POST", "/tickets", {
    orderId: mailed.id,
    subject: "by mail",
  });
  await send("support", "POST", `/tickets/${second.id}/notes`, { text: plant("mailed-note") });
  await send("support", "POST", `/tickets/${second.id}/reply`, { text: answer });
}

const sms = async () => await (await fetch(`${shop.sandbox.url}/sms/messages`)).text();
const expectNone = (text: string) => {
  for (const one of planted) expect(text).not.toContain(one);
};

describe("O7: what staff tell each other reaches no buyer", () => {
  it("while staff read every word of it", async () => {
    const seen = JSON.stringify(await send("engineer", "GET", `/tickets/${ticket.id}`));
    for (const place of [
      "opening-note",
      "note",
      "handoff-note",
      "decline",
      "engineers-note",
      "priority",
      "assign",
      "call-note",
      "call-off",
    ])
      expect(seen).toContain(canary(place));
  });

  it("not on their order's page, whatever it asks the shop for", async () => {
    const { token } = order;
    const answers = await Promise.all(
      [`/api/orders/${order.id}`, `/api/orders/${order.id}/messages`, "/api/status", "/api/products"].map(
        (path) => shop.call("GET", path, { token }),
      ),
    );
    const page = answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join("\n");
    expect(page).toContain(answer);
    expectNone(page);
  });

  it("not in what they take away of their own data", async () => {
    const phone = "13800138000";
    await shop.call("POST", "/api/buyers/codes", { body: { phone, language: "en" } });
    const asked = await shop.value<string>("select id from buyer_codes");
    const code = digitsOf(shop.keys.lookup("buyer-code", asked));
    const entered = await shop.call("POST", "/api/buyers/sign-in", { body: { phone, code } });
    const { session } = BuyerSession.parse(entered.body);
    const { status, body, text } = await shop.call("GET", "/api/buyers/me/export", { token: session });
    expect(status, text).toBe(200);
    const { support } = BuyerExport.parse(body);
    expect(support.find(({ orderId }) => orderId === order.id)?.messages).not.toEqual([]);
    expect(text).toContain(answer);
    expectNone(text);
  });

  it("not by SMS and not by mail, which say only that there is an answer", async () => {
    await eventually("everybody has their message", async () => {
      const mails = mail.mails.join("\n");
      const both = mails.includes("buyer@example.com") && mails.includes("duty@example.com");
      return both && (await sms()).includes("13800138000");
    });
    const out = (await sms()) + mail.mails.map(decoded).join("\n");
    expect(out).toMatch(/Support has answered|客服已回复您/);
    expectNone(out);
    expect(out).not.toContain(answer);
  });

  it("not in a push or any other message: no row of the outbox has a word of it", async () => {
    const pushed = () =>
      shop.value<number>(
        "select count(*)::int from notification_attempts where channel = 'push' and state <> 'failed'",
      );
    await eventually("a push was taken", async () => (await pushed()) > 0);
    const { rows } = await shop.db.sql.query<{ row: string }>("select n::text as row from notifications n");
    expect(rows.length).toBeGreaterThan(3);
    expectNone(rows.map(({ row }) => row).join("\n"));
  });

  it("not with a file of tickets, not even one with contact data", async () => {
    const wanted = { contacts: true, reason: plant("export") };
    for (const format of ["csv", "ndjson"]) {
      const { content } = await send<{ content: string }>("support", "POST", "/tickets/export", {
        ...wanted,
        format,
      });
      expect(content).toContain("13800138000");
      expectNone(content);
    }
  });

  it("not over sockets to whoever may not read tickets", async () => {
    await eventually("an engineer hears of it", () => JSON.stringify(heard.engineer).includes(ticket.id));
    expect(heard.viewer).toEqual([expect.objectContaining({ ok: false, code: "session.forbidden" })]);
    await expect(send("viewer", "GET", `/tickets/${ticket.id}`)).rejects.toThrow(/403/);
  });

  it("and notes stand nowhere in clear: what leaks a table leaks none of them", async () => {
    const notes = [
      "opening-note",
      "note",
      "handoff-note",
      "decline",
      "engineers-note",
      "priority",
      "assign",
      "call-note",
      "call-off",
      "split-note",
    ];
    expect(await findInDatabase(shop.db, notes.map(canary))).toEqual([]);
  });
});

/** A mail's words, whichever way they were made safe for the wire. */
function decoded(mailText: string): string {
  const base64 = [...mailText.matchAll(/^(?:[A-Za-z0-9+/]{4,76}\r?\n?)+={0,2}\r?$/gm)].map(([block]) =>
    Buffer.from(block, "base64").toString("utf8"),
  );
  const words = [...mailText.matchAll(/=\?utf-8\?B\?([^?]+)\?=/gi)].map(([, word = ""]) =>
    Buffer.from(word, "base64").toString("utf8"),
  );
  const quoted = mailText
    .replace(/=\r?\n/g, "")
    .replace(/(?:=[0-9A-F]{2})+/g, (hex) => Buffer.from(hex.replaceAll("=", ""), "hex").toString("utf8"));
  return [mailText, ...base64, ...words, quoted].join("\n");
}

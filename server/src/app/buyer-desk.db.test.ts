import type { BuyerMessage } from "@orderwatch/shared/ops/buyer-messages.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { asSurprise } from "../../test/drills/surprise.ts";
import { openTestNotify, type TestNotify } from "../../test/notify.ts";
import { advanceBuyerMessages } from "../ops/buyer-messages/advance-actions.ts";
import { declare, type IncidentContext, merge, readIncident, transition } from "../ops/incidents/actions.ts";
import { addNamed } from "../ops/incidents/orders-store.ts";
import { armFaults, buyerFaultPoints, notifyFaultPoints } from "../platform/faultpoint.ts";
import type { HttpRequest } from "../platform/http/message.ts";
import { contactKeys, sealContact } from "../shop/orders/contact.ts";
import { messagesOf, openBuyerDesk } from "./buyer-desk.ts";

let test: TestNotify;
let incidents: IncidentContext;
let desk: ReturnType<typeof openBuyerDesk>;
let context: ReturnType<typeof messagesOf>;
let phones = 13_900_001_000;
const author = { id: "author", name: "Li Na" };
const colleague = { id: "colleague", name: "Wang Wei" };
const request: HttpRequest = {
  ...{ id: "request-1", method: "POST", path: "/", target: "/", params: {}, headers: {} },
  ...{ query: new URLSearchParams(), address: "127.0.0.1", body: Buffer.alloc(0) },
};
const words = { title: { "zh-CN": "说明", en: "Notice" }, text: { "zh-CN": "订单延迟", en: "Late" } };

beforeAll(async () => {
  test = await openTestNotify();
  incidents = { ...test.context, on: {} };
  const deps = { ...test.context, notify: test.notify, shopUrl: "https://shop.test" };
  desk = openBuyerDesk(deps, incidents);
  context = messagesOf(deps, incidents);
});
beforeEach(async () => {
  await test.context.db.sql.query("delete from staff");
  for (const { id, name } of [author, colleague]) await addStaff(id, name, "operations");
});
afterEach(async () => {
  armFaults(undefined);
  await test.sandbox.recover();
});
afterAll(() => test.close());

async function addStaff(id: string, name: string, role: string): Promise<void> {
  await test.context.db.sql.query(
    "insert into staff (id, name, email, role, created_at, updated_at) values ($1, $2, $3, $4, now(), now())",
    [id, name, `${id}@example.com`, role],
  );
}

const newPhone = () => {
  phones += 1;
  return String(phones);
};

/** An order with its buyer's phone. */
async function order(origin = "buyer", phone = newPhone()) {
  const { keys, db, newId } = test.context;
  const id = newId();
  await db.sql.query(
    `insert into orders (id, status, origin, payment_method, amount_fen, contact, phone_key, address_key, created_at, expires_at)
     values ($1, 'delivered', $4, 'wechat', 100, $2, $3, 1, now(), now())`,
    [id, sealContact(keys, id, { phone }), contactKeys(keys, { phone }).phoneKey, origin],
  );
  return { id, phone };
}

const open = (level: 1 | 2 | 3, orders: { id: string }[]) =>
  declare(incidents, { staff: author }, { level, title: "a test", orderIds: orders.map(({ id }) => id) });
const resolve = (id: string) =>
  transition(incidents, { staff: author }, id, { to: "resolved", note: "repaired" });
const propose = (id: string) =>
  desk.handlers.proposeBuyerMessage({
    params: { id },
    query: undefined,
    body: words,
    staff: author,
    request,
  });
const approve = ({ id, incidentId }: BuyerMessage, staff: typeof author, reason?: string) =>
  desk.handlers.approveBuyerMessage({
    ...{ params: { id: incidentId, messageId: id }, query: undefined, staff, request },
    body: reason === undefined ? {} : { reason },
  });
const list = async (id: string) =>
  (await desk.handlers.listBuyerMessages({ params: { id }, query: undefined, body: undefined, request }))
    .items;
/** Some seconds: what is to be told is told, by two workers that may be dying. */
async function seconds(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await Promise.allSettled([advanceBuyerMessages(context), advanceBuyerMessages(context)]);
    await Promise.allSettled(test.workers.map((worker) => worker.pass()));
    await Promise.all(test.workers.map((worker) => worker.settled()));
    test.advance(1_000);
  }
}
const smsTo = async ({ phone }: { phone: string }) =>
  (await test.sms())
    .filter((one) => one.phone === phone)
    .map(({ content }) =>
      content.includes("订单延迟") ? "trouble" : content.includes("恢复") ? "clear" : content,
    )
    .reverse();

describe("buyers of affected orders", () => {
  it("are told once each, whoever else bought is not, and the all-clear goes to exactly them", async () => {
    const [one, two, late, other] = [await order(), await order(), await order(), await order()];
    const again = await order("buyer", one.phone);
    const id = await open(2, [one, two, again]);
    await propose(id);
    await seconds(2);
    await addNamed(test.context.db.sql, id, [late.id], test.now());
    await seconds(3);
    expect(await list(id)).toMatchObject([{ state: "sent", buyers: 3, outcome: { delivered: 3 } }]);
    await resolve(id);
    await seconds(4);
    for (const buyer of [one, two, late]) expect(await smsTo(buyer)).toEqual(["trouble", "clear"]);
    expect(await smsTo(other)).toEqual([]);
    const [clear, trouble] = await list(id);
    expect(clear).toMatchObject({ kind: "all_clear", author: null, buyers: 3, outcome: { delivered: 3 } });
    expect([clear?.settledAt, trouble?.settledAt]).not.toContain(null);
  });

  it("O10: shoppers and drills' orders are nobody to tell", async () => {
    const [simulated, drill] = [await order("simulated"), await order("drill")];
    const id = await open(2, [simulated, drill]);
    await propose(id);
    await seconds(2);
    await resolve(id);
    await seconds(2);
    expect(await list(id)).toMatchObject([{ kind: "trouble", buyers: 0 }]);
    expect([...(await smsTo(simulated)), ...(await smsTo(drill))]).toEqual([]);
  });

  it("O10: of a drill are not told, and the reason is given", async () => {
    const id = await open(2, [await order()]);
    await test.context.db.sql.query("update incidents set drill = true where id = $1", [id]);
    await expect(propose(id)).rejects.toMatchObject({ code: "buyer_message.conflict" });
    const draft = await desk.handlers.readBuyerDraft({
      ...{ params: { id }, query: undefined, body: undefined, staff: author, request },
    });
    expect(draft).toMatchObject({ obstacle: { en: "This is a drill: no buyer is told" }, reach: { sms: 1 } });
  });

  it.each([2, 1] as const)(
    "O10: of a surprise are not told, though its people at level %i believe it until it is over",
    async (level) => {
      const buyer = await order();
      const id = await open(level, [buyer]);
      const isOver = await asSurprise(test.context.db, id);
      const message = await propose(id);
      if (level === 1) await approve(message, colleague);
      await seconds(3);
      expect(await list(id)).toMatchObject([{ state: "sent", buyers: 0 }]);
      await isOver();
      await seconds(2);
      await resolve(id);
      await seconds(3);
      expect(await smsTo(buyer)).toEqual([]);
      expect(await list(id)).toMatchObject([{ kind: "trouble", state: "withdrawn", buyers: 0 }]);
      const { timeline } = await readIncident(incidents, id);
      expect(timeline).toContainEqual(
        expect.objectContaining({
          text: expect.objectContaining({ en: "This was a drill: no buyer was told" }),
        }),
      );
    },
  );

  it("who could not be told of the trouble get no all-clear", async () => {
    const [reached, lost] = [await order(), await order("buyer", "12345678")];
    const id = await open(2, [reached, lost]);
    await propose(id);
    await seconds(3);
    await resolve(id);
    await seconds(4);
    expect(await smsTo(reached)).toEqual(["trouble", "clear"]);
    expect((await list(id)).map(({ kind, buyers }) => [kind, buyers])).toEqual([
      ["all_clear", 1],
      ["trouble", 2],
    ]);
  });

  it("of incidents that were merged are told once, and get one all-clear at the end of the other", async () => {
    const [one, two] = [await order(), await order()];
    const first = await open(2, [one]);
    const second = await open(2, [two]);
    await propose(first);
    await seconds(2);
    await merge(incidents, { staff: author }, first, { into: second });
    await propose(second);
    await seconds(3);
    expect([await smsTo(one), await smsTo(two)]).toEqual([["trouble"], ["trouble"]]);
    await resolve(second);
    await seconds(4);
    expect([await smsTo(one), await smsTo(two)]).toEqual([
      ["trouble", "clear"],
      ["trouble", "clear"],
    ]);
  });

  it.each([...buyerFaultPoints, ...notifyFaultPoints])(
    "O1: are told once and cleared once though processes die at %s",
    async (point) => {
      const buyers = await Promise.all(Array.from({ length: 3 }, () => order()));
      const id = await open(1, buyers);
      let deaths = 0;
      armFaults((passed) => (passed === point && deaths++ % 2 === 0 ? { kind: "fail" } : undefined));
      const proposed = await propose(id);
      await approve(proposed, colleague).catch(() => undefined);
      await seconds(45);
      await resolve(id);
      await seconds(45);
      expect(deaths).toBeGreaterThan(0);
      for (const buyer of buyers) expect(await smsTo(buyer)).toEqual(["trouble", "clear"]);
      expect((await list(id)).map(({ settledAt }) => settledAt)).not.toContain(null);
    },
    60_000,
  );
});

describe("at level 1", () => {
  it("nobody is told before somebody else has approved it", async () => {
    const buyer = await order();
    const id = await open(1, [buyer]);
    const proposed = await propose(id);
    expect(proposed).toMatchObject({ state: "proposed", needsApproval: true });
    await seconds(2);
    await expect(approve(proposed, author, "urgent")).rejects.toMatchObject({
      code: "buyer_message.approval_needed",
    });
    expect(await smsTo(buyer)).toEqual([]);
    await approve(proposed, colleague);
    await seconds(2);
    expect(await smsTo(buyer)).toEqual(["trouble"]);
    await expect(approve(proposed, colleague)).rejects.toMatchObject({ code: "buyer_message.conflict" });
  });

  it("whoever has the command decides alone, with a reason, where nobody else may", async () => {
    await test.context.db.sql.query("delete from staff where id = 'colleague'");
    await addStaff("watcher", "Zhao", "viewer");
    const buyer = await order();
    const proposed = await propose(await open(1, [buyer]));
    const code = "buyer_message.approval_needed";
    await expect(approve(proposed, author)).rejects.toMatchObject({ code });
    expect(await approve(proposed, author, "alone on duty")).toMatchObject({ reason: "alone on duty" });
    await seconds(2);
    expect(await smsTo(buyer)).toEqual(["trouble"]);
  });

  it("what was not approved when the incident ended is withdrawn, and nobody gets an all-clear", async () => {
    const buyer = await order();
    const id = await open(1, [buyer]);
    const proposed = await propose(id);
    await resolve(id);
    await expect(approve(proposed, colleague)).rejects.toMatchObject({ code: "buyer_message.conflict" });
    await seconds(3);
    expect(await list(id)).toMatchObject([{ state: "withdrawn" }]);
    expect(await smsTo(buyer)).toEqual([]);
  });
});

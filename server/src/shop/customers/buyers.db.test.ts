import { randomUUID } from "node:crypto";
import { list } from "@orderwatch/shared/list.ts";
import { Buyer, BuyerExport, BuyerHistoryOrder, BuyerSession } from "@orderwatch/shared/shop/buyers.ts";
import { deviceHeader } from "@orderwatch/shared/shop/device-header.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { eventually } from "../../../test/poll.ts";
import { openTestShopServer, type TestShopServer } from "../../../test/shop-server.ts";
import { forgetOverdue, takeOwedCodes } from "./buyer-actions.ts";
import { digitsOf, tierOf } from "./domain.ts";

const Orders = list(BuyerHistoryOrder);
let shop: TestShopServer;
let address = 0;
const from = () => ({ "x-forwarded-for": `10.9.${Math.floor(++address / 250)}.${address % 250}` });
const phone = "13900139000";

beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 50, priceFen: 30_000 });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
});
beforeEach(async () => {
  await shop.db.sql.query("delete from buyers");
  await shop.db.sql.query("delete from buyer_devices");
  await shop.db.sql.query("delete from buyer_codes");
  await takeOwedCodes(shop, 50);
});
afterAll(() => shop.close());

const ask = (to = phone) =>
  shop.call("POST", "/api/buyers/codes", { body: { phone: to, language: "en" }, headers: from() });
/** The code that would go out by SMS now. */
async function codeFor(to = phone): Promise<string> {
  expect((await ask(to)).status).toBe(204);
  const owed = await takeOwedCodes(shop, 50);
  return owed.find((one) => one.phone === to)?.code ?? "none";
}
const enter = (code: string, more: { phone?: string; deviceId?: string } = {}) =>
  shop.call("POST", "/api/buyers/sign-in", { body: { phone, code, ...more }, headers: from() });
const device = async () =>
  z
    .object({ deviceId: z.string() })
    .parse((await shop.call("POST", "/api/devices", { headers: from() })).body).deviceId;
async function signIn(more: { phone?: string; deviceId?: string } = {}): Promise<BuyerSession> {
  const answer = await enter(await codeFor(more.phone), more);
  expect(answer.status, answer.text).toBe(201);
  return BuyerSession.parse(answer.body);
}
const me = (session: string) => shop.call("GET", "/api/buyers/me", { token: session, headers: from() });
const history = async (session: string): Promise<string[]> => {
  const answer = await shop.call("GET", "/api/buyers/me/orders", { token: session, headers: from() });
  return Orders.parse(answer.body).items.map(({ id }) => id);
};
const buy = async (deviceId: string, contact: object = { email: "someone@example.com" }) => {
  const body = { sku: "CARD", quantity: 1, paymentMethod: "wechat", contact, deviceId };
  const answer = await shop.call("POST", "/api/orders", { key: randomUUID(), body, headers: from() });
  expect(answer.status, answer.text).toBe(201);
  shop.clock.advance(1_000);
  return answer.body as PlacedOrder;
};
const namesBuyer = (id: string) =>
  shop.value<boolean>(
    "select num_nonnulls(contact, phone_key, phone_tail_key, email_key) > 0 from orders where id = $1",
    [id],
  );
const nextHour = () => shop.clock.advance(3_600_001);

describe("a code by SMS", () => {
  it("signs in once; wrong, used, old and unknown codes are told apart by nobody", async () => {
    const code = await codeFor();
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
    const refused = [await enter(wrong), await enter(code, { phone: "13700137000" })];
    expect((await enter(code)).status).toBe(201);
    refused.push(await enter(code));
    nextHour();
    const old = await codeFor();
    shop.clock.advance(600_001);
    refused.push(await enter(old));
    for (const { status, body } of refused)
      expect({ status, body }).toMatchObject({
        status: 422,
        body: { code: "buyer.code_wrong", detail: "The code is wrong or too old" },
      });
    nextHour();
  });

  it("is worth nothing after five entries, and there are five in an hour", async () => {
    const code = await codeFor();
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
    for (let entry = 0; entry < 5; entry++) expect((await enter(wrong)).status).toBe(422);
    expect((await enter(code)).status).toBe(422);
    const sent: string[] = [];
    for (let minute = 0; minute < 8; minute++) {
      shop.clock.advance(60_000);
      sent.push(await codeFor());
    }
    expect(sent.filter((one) => one !== "none")).toHaveLength(4);
    nextHour();
    expect(await codeFor()).toMatch(/^\d{6}$/);
    nextHour();
  });

  it("is asked for with one answer, whoever has the number", async () => {
    await signIn();
    nextHour();
    const answers = [await ask(), await ask("13600136000"), await ask()];
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [204, ""],
      [204, ""],
      [204, ""],
    ]);
    nextHour();
  });

  it("entered twice at once makes one session", async () => {
    const code = await codeFor();
    const answers = await Promise.all([enter(code), enter(code), enter(code)]);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    nextHour();
  });

  it("is derived, six digits long", () => {
    expect(digitsOf(Buffer.from([0, 0, 0, 7]))).toBe("000007");
    expect(digitsOf(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toBe("967295");
  });
});

describe("a buyer's history", () => {
  it("holds the orders of all their devices and of their phone, each openable", async () => {
    const [home, away, other] = [await device(), await device(), await device()];
    const first = await buy(home);
    await signIn({ deviceId: home });
    const second = await buy(home);
    const byPhone = await buy(other, { phone });
    await buy(other);
    nextHour();
    const { session } = await signIn({ deviceId: away });
    expect(await history(session)).toEqual([byPhone.id, second.id, first.id]);
    const { body } = await shop.call("GET", "/api/buyers/me/orders", { token: session, headers: from() });
    const opened = await shop.call("GET", `/api/orders/${first.id}`, {
      token: Orders.parse(body).items[2]?.token ?? "",
    });
    expect(opened.status).toBe(200);
    nextHour();
  });

  it("of a shared device never shows one person's orders to the next", async () => {
    const shared = await device();
    const ofLi = await buy(shared);
    const li = await signIn({ phone: "13400134000", deviceId: shared });
    const alsoOfLi = await buy(shared);
    const zhang = await signIn({ phone: "13500135000", deviceId: shared });
    shop.clock.advance(1_000);
    const ofZhang = await buy(shared);
    expect(await history(zhang.session)).toEqual([ofZhang.id]);
    expect(await history(li.session)).toEqual([alsoOfLi.id, ofLi.id]);
    const out = await shop.call("POST", "/api/buyers/sign-out", { token: zhang.session, headers: from() });
    expect(out.status).toBe(204);
    shop.clock.advance(1_000);
    await buy(shared);
    nextHour();
    const again = await signIn({ phone: "13500135000" });
    expect(await history(again.session)).toEqual([ofZhang.id]);
    nextHour();
  });

  it("is for nobody without a session: none, an ended one, and an order's token are refused alike", async () => {
    const { session } = await signIn();
    const order = await buy(await device());
    await shop.call("POST", "/api/buyers/sign-out", { token: session, headers: from() });
    for (const token of [undefined, session, order.token, "x".repeat(43)]) {
      const answer = await shop.call("GET", "/api/buyers/me/orders", {
        headers: from(),
        ...(token === undefined ? {} : { token }),
      });
      expect(answer).toMatchObject({ status: 401, body: { code: "buyer.session_required" } });
    }
    nextHour();
  });

  it("is for nobody whose session has ended, however slow the database is to say so", async () => {
    const { session } = await signIn();
    expect((await me(session)).status).toBe(200);
    await shop.call("POST", "/api/buyers/sign-out", { token: session, headers: from() });
    const held = await shop.db.transaction(async (sql) => {
      await sql.query("lock table buyer_sessions in access exclusive mode");
      return await me(session);
    });
    expect(held).toMatchObject({ status: 503, body: { code: "server.busy" } });
    await eventually("the refusal", async () => (await me(session)).status === 401);
    nextHour();
  });
});

describe("a buyer's data", () => {
  const details = {
    phone,
    email: "li@example.com",
    method: "alipay",
    accounts: { "phone-50": "13900139000" },
  };

  it("goes with them: details kept on one device are there on the next", async () => {
    const here = await signIn();
    const kept = await shop.call("PUT", "/api/buyers/me/details", {
      ...{ token: here.session, body: details, headers: from() },
    });
    expect(kept.status, kept.text).toBe(204);
    nextHour();
    const there = await signIn();
    expect(there.buyer).toMatchObject({ details, phone: "139****9000", tier: "regular" });
    nextHour();
  });

  it("R1: is sealed in its rows, and comes as a whole on request", async () => {
    const { session } = await signIn({ deviceId: await device() });
    await shop.call("PUT", "/api/buyers/me/details", { token: session, body: details, headers: from() });
    const order = await buy(await device(), { phone });
    const wish = { sku: "CARD", contact: { phone } };
    await shop.call("POST", "/api/restock-notices", { body: wish, headers: from() });
    const say = { token: order.token, headers: from() };
    await shop.call("POST", `/api/orders/${order.id}/messages`, {
      ...say,
      body: { text: "where is my code" },
    });
    await shop.call("POST", `/api/orders/${order.id}/call-back`, {
      ...say,
      body: { phone, note: "after six" },
    });
    const lost = { body: { phone, sku: "CARD" }, headers: from(), key: randomUUID() };
    await shop.call("POST", "/api/call-backs", lost);
    const { body } = await shop.call("GET", "/api/buyers/me/export", { token: session, headers: from() });
    expect(BuyerExport.parse(body)).toMatchObject({
      buyer: { phone, details },
      orders: expect.arrayContaining([expect.objectContaining({ id: order.id, contact: { phone } })]),
      restockNotices: [{ sku: "CARD" }],
      support: expect.arrayContaining([
        expect.objectContaining({
          orderId: order.id,
          messages: [expect.objectContaining({ author: "buyer", text: "where is my code" })],
          call: expect.objectContaining({ phone, note: "after six" }),
        }),
        expect.objectContaining({ orderId: null, sku: "CARD", call: expect.objectContaining({ phone }) }),
      ]),
    });
    const dump = await shop.value<string>(
      "select string_agg(row, '') from (select b::text as row from buyers b union all select c::text from buyer_codes c) rows",
    );
    for (const secret of [phone, "li@example.com"]) {
      expect(dump).not.toContain(secret);
      expect(dump).not.toContain(Buffer.from(secret).toString("hex"));
    }
    nextHour();
  });

  it("is gone when they say so, threads and calls too; what is still under way follows when it is over", async () => {
    const mine = await device();
    const { session } = await signIn({ deviceId: mine });
    await shop.call("PUT", "/api/buyers/me/details", { token: session, body: details, headers: from() });
    const done = await buy(mine, { phone });
    const open = await buy(mine, { phone, email: "other@example.com" });
    await shop.db.sql.query("update orders set status = 'delivered' where id = $1", [done.id]);
    const push = {
      endpoint: "https://push.example.com/one",
      keys: { p256dh: `B${"A".repeat(86)}`, auth: "A".repeat(22) },
    };
    const theirs: [object, Record<string, string>?][] = [
      [{ contact: { phone } }],
      [{ contact: { email: "third@example.com" } }, { [deviceHeader]: mine }],
      [{ push }, { [deviceHeader]: mine }],
    ];
    // The first two stand in their details and on their order: nobody proved that these addresses are theirs.
    const strangers: typeof theirs = [
      [{ contact: { email: "Li@example.com" } }],
      [{ contact: { email: "other@example.com" } }],
      [{ contact: { email: "stranger@example.com" } }],
    ];
    for (const [wish, more] of [...theirs, ...strangers]) {
      const body = { sku: "CARD", ...wish };
      const asked = await shop.call("POST", "/api/restock-notices", {
        body,
        headers: { ...from(), ...more },
      });
      expect(asked.status, asked.text).toBeLessThan(300);
    }
    for (const contact of [{ phone }, { email: "li@example.com" }])
      await shop.call("POST", "/api/order-lookups", { body: { contact, language: "en" }, headers: from() });
    expect(await shop.value("select count(*)::int from order_lookups")).toBe(2);
    for (const { id, token } of [done, open]) {
      const say = { token, headers: from() };
      await shop.call("POST", `/api/orders/${id}/messages`, { ...say, body: { text: "call me" } });
      await shop.call("POST", `/api/orders/${id}/call-back`, { ...say, body: { phone } });
      const watching = await shop.call("POST", `/api/orders/${id}/push`, {
        ...say,
        body: { push, language: "en" },
      });
      expect(watching.status, watching.text).toBe(204);
    }
    const call = { body: { phone, sku: "CARD" }, headers: from(), key: randomUUID() };
    expect((await shop.call("POST", "/api/call-backs", call)).status).toBeLessThan(300);
    const taken = await shop.call("GET", "/api/buyers/me/export", { token: session, headers: from() });
    expect(BuyerExport.parse(taken.body).restockNotices).toHaveLength(theirs.length);
    const gone = await shop.call("DELETE", "/api/buyers/me", { token: session, headers: from() });
    expect(gone.status, gone.text).toBe(204);
    expect((await me(session)).status).toBe(401);
    const threads = async () =>
      await shop.value<string>(
        `select string_agg(coalesce(order_id::text, 'none'), ' ' order by order_id) from conversations c
          where (order_id is null or order_id = any($1)) and (phone_key is not null
            or exists (select from conversation_messages where conversation_id = c.id)
            or exists (select from call_wishes where conversation_id = c.id))`,
        [[done.id, open.id]],
      );
    expect([await namesBuyer(done.id), await namesBuyer(open.id)]).toEqual([false, true]);
    expect(await threads()).toBe(open.id);
    await shop.db.sql.query("update orders set status = 'refunded' where id = $1", [open.id]);
    await forgetOverdue(shop);
    expect(await namesBuyer(open.id)).toBe(false);
    expect(await threads()).toBeNull();
    const rows = ["buyers", "buyer_devices", "buyer_sessions", "buyer_codes", "order_watchers"];
    for (const table of rows) expect(await shop.value(`select count(*)::int from ${table}`), table).toBe(0);
    expect(await shop.value("select count(*)::int from restock_notices")).toBe(strangers.length);
    expect(await shop.value("select count(*)::int from order_lookups")).toBe(1);
    nextHour();
  });

  it("leaves an expired order its account until no money can come any more, and not longer", async () => {
    const mine = await device();
    const { session } = await signIn({ deviceId: mine });
    const topUp = async () => {
      const body = {
        ...{ sku: "TOPUP", quantity: 1, paymentMethod: "wechat", contact: { phone } },
        ...{ deviceId: mine, rechargeAccount: "10001" },
      };
      const answer = await shop.call("POST", "/api/orders", { key: randomUUID(), body, headers: from() });
      expect(answer.status, answer.text).toBe(201);
      return (answer.body as PlacedOrder).id;
    };
    const [late, asked] = [await topUp(), await topUp()];
    const expire = (id: string) =>
      shop.db.sql.query("update orders set status = 'expired', expires_at = $2 where id = $1", [
        id,
        shop.clock.now(),
      ]);
    await expire(late);
    await expire(asked);
    // Its payment company has not said yet that nothing came.
    await shop.db.sql.query(
      "update payments set status = 'closed', ask_at = '2100-01-01' where order_id = $1",
      [asked],
    );
    await shop.call("DELETE", "/api/buyers/me", { token: session, headers: from() });
    const keepsAccount = (id: string) =>
      shop.value<boolean>("select recharge_account is not null from orders where id = $1", [id]);
    await forgetOverdue(shop);
    expect([await namesBuyer(late), await keepsAccount(late)]).toEqual([false, true]);
    shop.clock.advance(49 * 3_600_000);
    await forgetOverdue(shop);
    expect([await keepsAccount(late), await keepsAccount(asked)]).toEqual([false, true]);
    await shop.db.sql.query("update payments set ask_at = null where order_id = $1", [asked]);
    await forgetOverdue(shop);
    expect(await keepsAccount(asked)).toBe(false);
    const marked = "select count(*)::int from orders where forget and id = any($1)";
    expect(await shop.value(marked, [[late, asked]])).toBe(0);
    nextHour();
  });

  it("has a tier by what was paid within a year and not given back", async () => {
    expect([0, 49_999, 50_000, 199_999, 200_000].map(tierOf)).toEqual([
      "regular",
      "regular",
      "silver",
      "silver",
      "gold",
    ]);
    const mine = await device();
    const { session } = await signIn({ deviceId: mine });
    const orders = [await buy(mine), await buy(mine), await buy(mine)];
    const ids = orders.map(({ id }) => id);
    await shop.db.sql.query("update orders set status = 'delivered', paid_at = $2 where id = any($1)", [
      ids,
      shop.clock.now(),
    ]);
    await shop.db.sql.query("update orders set status = 'refunded' where id = $1", [ids[0]]);
    shop.cache.changed(`buyer-tier:${Buyer.parse((await me(session)).body).id}`);
    expect((await me(session)).body).toMatchObject({ tier: "silver", spentFen: 60_000 });
  });
});

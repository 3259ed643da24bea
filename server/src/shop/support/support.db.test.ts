import { randomUUID } from "node:crypto";
import { Conversation } from "@orderwatch/shared/shop/support.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findInDatabase } from "../../../test/canary.ts";
import { problemOf } from "../../../test/problem.ts";
import { openTestShopServer, type TestShopServer } from "../../../test/shop-server.ts";
import { requestRefund } from "../payments/actions.ts";
import { buyerOf, listNews, openFor, readWish, say, settle, taken } from "./actions.ts";

let shop: TestShopServer;
beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 60 });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
});
afterAll(() => shop.close());

type Placed = Awaited<ReturnType<TestShopServer["order"]>>;
const path = (order: Placed, what: string) => `/api/orders/${order.id}/${what}`;
let writers = 0;
const write = (order: Placed, text: string, more: object = {}) =>
  shop.call("POST", path(order, "messages"), {
    token: order.token,
    body: { text, ...more },
    headers: { "x-forwarded-for": `10.1.${++writers >> 8}.${writers % 256}` },
  });
const thread = async (order: Placed) =>
  Conversation.parse((await shop.call("GET", path(order, "messages"), { token: order.token })).body);
const newsOf = async (orderId: string) =>
  (await listNews(shop, 1_000)).find((news) => news.orderId === orderId);
const takeAll = async () => {
  for (const news of await listNews(shop, 1_000)) await taken(shop.db.sql, news);
};

describe("a thread", () => {
  it("is empty before anybody writes, and then holds what was said, in order", async () => {
    const order = await shop.order("CARD");
    expect(await thread(order)).toEqual({
      state: null,
      messages: [],
      call: null,
      rating: null,
      mayRate: false,
    });
    expect((await write(order, "Where is my code?")).status).toBe(201);
    const news = await newsOf(order.id);
    expect(news).toMatchObject({ unread: 1, wantsCall: false, rated: null, origin: "buyer" });
    const conversationId = news?.conversationId ?? "";
    shop.clock.advance(1_000);
    const words = { en: "It is on its way", "zh-CN": "正在发货" };
    await say(shop, shop.db.sql, {
      conversationId,
      author: "system",
      kind: "outcome",
      text: words,
      key: "k",
    });
    await settle(shop, shop.db.sql, conversationId, "resolved");
    expect(await thread(order)).toMatchObject({
      state: "resolved",
      mayRate: true,
      messages: [
        { author: "buyer", kind: "message", text: "Where is my code?" },
        { author: "system", kind: "outcome", text: words },
      ],
    });
  });

  it("says a thing once, however many say it at once", async () => {
    const order = await shop.order("CARD");
    const conversationId = await openFor(shop, shop.db.sql, { orderId: order.id });
    const told = await Promise.all(
      Array.from({ length: 8 }, () =>
        say(shop, shop.db.sql, {
          conversationId,
          author: "system",
          kind: "progress",
          text: "x",
          key: "once",
        }),
      ),
    );
    expect(told.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect((await thread(order)).messages).toHaveLength(1);
  });

  it("is one for each order, whoever begins it and however many at once", async () => {
    const order = await shop.order("CARD");
    const ids = await Promise.all([
      ...Array.from({ length: 4 }, () => openFor(shop, shop.db.sql, { orderId: order.id })),
      ...Array.from({ length: 4 }, async (_, n) => {
        await write(order, `message ${n}`);
        return await openFor(shop, shop.db.sql, { orderId: order.id });
      }),
    ]);
    expect(new Set(ids).size).toBe(1);
    expect((await newsOf(order.id))?.unread).toBe(4);
  });

  it("keeps a repeated message once, and does not open again by it what was settled", async () => {
    const order = await shop.order("CARD");
    const messageId = shop.newId();
    await write(order, "first", { messageId });
    const conversationId = (await newsOf(order.id))?.conversationId ?? "";
    await settle(shop, shop.db.sql, conversationId, "resolved");
    await write(order, "first", { messageId });
    expect(await thread(order)).toMatchObject({ state: "resolved", messages: [{ text: "first" }] });
    await write(order, "it is still missing");
    expect((await thread(order)).state).toBe("open");
  });

  it("takes at most 50 messages of a buyer in a day", async () => {
    const order = await shop.order("CARD");
    for (let n = 1; n < 50; n++) expect((await write(order, `${n}`)).status).toBe(201);
    const tries = await Promise.all([1, 2, 3].map((n) => write(order, `${n}`)));
    expect(tries.map(({ status }) => status).sort()).toEqual([201, 429, 429]);
    shop.clock.advance(86_400_000);
    expect((await write(order, "the day after")).status).toBe(201);
  });

  it("A3: is read and written by nobody but the holder of the order's own token", async () => {
    const [mine, other] = [await shop.order("CARD"), await shop.order("CARD")];
    await write(mine, "secret");
    for (const [method, what, body] of [
      ["GET", "messages", undefined],
      ["POST", "messages", { text: "x" }],
      ["POST", "call-back", { phone: "13800138000" }],
      ["POST", "rating", { stars: 5 }],
      ["POST", "account", { rechargeAccount: "x" }],
    ] as const) {
      const call = (more: object) => shop.call(method, path(mine, what), { body, ...more });
      problemOf(await call({}), "order.token_required", 401);
      problemOf(await call({ token: other.token }), "order.not_found", 404);
    }
    expect((await thread(mine)).messages).toHaveLength(1);
  });
});

describe("what a buyer did", () => {
  it("is news until it was taken, and is not lost if more comes meanwhile", async () => {
    const order = await shop.order("CARD");
    await takeAll();
    await write(order, "one");
    const first = await newsOf(order.id);
    await write(order, "two");
    expect(first && (await taken(shop.db.sql, first))).toBe(true);
    expect(first && (await taken(shop.db.sql, first))).toBe(false);
    const second = await newsOf(order.id);
    expect(second?.unread).toBe(1);
    expect(second && (await taken(shop.db.sql, second))).toBe(true);
    expect(await newsOf(order.id)).toBeUndefined();
  });

  it("includes a wish to be called, of which the newest counts", async () => {
    const order = await shop.order("CARD");
    await takeAll();
    for (const phone of ["13800138000", "13900139000"])
      await shop.call("POST", path(order, "call-back"), {
        token: order.token,
        body: { phone, note: "after 8" },
      });
    const news = await newsOf(order.id);
    expect(news).toMatchObject({ wantsCall: true, unread: 0 });
    expect(await readWish(shop, shop.db.sql, news?.conversationId ?? "")).toMatchObject({
      phone: "13900139000",
      note: "after 8",
    });
    expect((await thread(order)).call?.phone).toBe("139****9000");
  });

  it("includes a call wished for without an order, once for each key", async () => {
    await takeAll();
    const key = randomUUID();
    const ask = () =>
      shop.call("POST", "/api/call-backs", {
        ...{ key, body: { phone: "13700137000", sku: "CARD", quantity: 2, code: "server.busy" } },
      });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    const news = await listNews(shop, 10);
    expect(news).toMatchObject([
      { orderId: null, sku: "CARD", quantity: 2, code: "server.busy", wantsCall: true },
    ]);
    expect(await buyerOf(shop, news[0]?.conversationId ?? "")).toEqual({ phone: "13700137000" });
    problemOf(
      await shop.call("POST", "/api/call-backs", { body: { phone: "13700137000" } }),
      "idempotency.key_required",
      400,
    );
  });

  it("names no reason but one that the shop gives", async () => {
    await takeAll();
    const ask = (code: string) =>
      shop.call("POST", "/api/call-backs", { key: randomUUID(), body: { phone: "13700137000", code } });
    for (const code of ["pwned.by_a_stranger", "session.required", "delivery.supplier_failed", "x"])
      expect(problemOf(await ask(code), "request.invalid", 400).errors).toMatchObject([{ path: "code" }]);
    expect(await listNews(shop, 10)).toEqual([]);
  });

  it("includes a rating, which needs an answer first and may change", async () => {
    const order = await shop.order("CARD");
    const rate = (stars: number) =>
      shop.call("POST", path(order, "rating"), { token: order.token, body: { stars } });
    await write(order, "hello");
    problemOf(await rate(5), "support.not_answered", 409);
    const conversationId = (await newsOf(order.id))?.conversationId ?? "";
    await say(shop, shop.db.sql, { conversationId, author: "staff", kind: "message", text: "Hello" });
    await takeAll();
    await rate(2);
    await rate(4);
    expect(await newsOf(order.id)).toMatchObject({ rated: 4, unread: 0 });
    problemOf(await rate(6), "request.invalid", 400);
  });

  it("R1: stands nowhere in clear", async () => {
    const order = await shop.order("CARD");
    await write(order, "canary-message");
    await shop.call("POST", path(order, "call-back"), {
      token: order.token,
      body: { phone: "13912345670", note: "canary-note" },
    });
    for (const canary of ["canary-message", "canary-note", "13912345670"])
      expect(await findInDatabase(shop.db, canary)).toEqual([]);
  });
});

describe("an account that does not exist", () => {
  const correct = (order: Placed, rechargeAccount: string) =>
    shop.call("POST", path(order, "account"), { token: order.token, body: { rechargeAccount } });
  const failed = async (sku = "TOPUP", account = "invalid-1") => {
    const order = await shop.order(sku, { account });
    await shop.sandbox.pay(order.payment.id);
    await shop.until(order.id, "delivery_failed");
    return order;
  };

  it("is corrected by its buyer, and the order is delivered to the right one, once", async () => {
    const order = await failed();
    const lines = () =>
      shop.value<string>("select string_agg(id::text, ',') from order_lines where order_id = $1", [order.id]);
    const before = await lines();
    const answers = await Promise.all([correct(order, "right-1"), correct(order, "right-1")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    await shop.until(order.id, "delivered");
    // Its supplier knew the line by its old name as refused.
    expect(await lines()).not.toBe(before);
    expect((await shop.read(order)).codes?.[0]?.code).toMatch(/^SR/);
  });

  it("R2: is not corrected to one that has as much already as one buyer may", async () => {
    await shop.addProduct({ sku: "RARE", kind: "recharge" });
    await shop.db.sql.query("update products set limit_per_buyer = 1, limit_days = 30 where sku = 'RARE'");
    const orders: Placed[] = [];
    for (let n = 0; n < 3; n++) orders.push(await failed("RARE", `invalid-rare-${n}`));
    const answers = await Promise.all(orders.map((order) => correct(order, " Same-Player ")));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409, 409]);
    const refused = orders.filter((_, n) => answers[n]?.status === 409);
    for (const order of refused) {
      const until = expect.any(String);
      expect(problemOf(await correct(order, "same-player"), "stock.limit_exceeded", 409).remedies).toEqual([
        { kind: "wait_until", label: expect.any(String), until },
      ]);
      expect(await shop.status(order.id)).toBe("delivery_failed");
    }
    for (const order of refused.slice(0, 1))
      expect((await correct(order, "another-player")).status).toBe(204);
  });

  it("can be corrected five times, and no other order's account at all", async () => {
    const order = await failed();
    for (let n = 0; n < 5; n++) {
      expect((await correct(order, "invalid-2")).status).toBe(204);
      await shop.until(order.id, "delivery_failed");
    }
    problemOf(await correct(order, "right-2"), "support.too_many", 429);
    problemOf(await correct(await shop.order("CARD"), "x"), "order.account_final", 409);
  });

  it("P7: is not corrected once staff gave a part back, which would be the buyer's beside the goods, unless that failed", async () => {
    const order = await failed();
    const { refunds } = await requestRefund(shop, {
      ...{ orderId: order.id, amountFen: 1, code: "refund.by_staff", reason: "it took so long", by: null },
    });
    problemOf(await correct(order, "right-3"), "order.partly_refunded", 409);
    expect(await shop.status(order.id)).toBe("delivery_failed");
    await shop.db.sql.query("update refunds set status = 'failed', next_attempt_at = null where id = $1", [
      refunds[0]?.id,
    ]);
    expect((await correct(order, "right-3")).status).toBe(204);
    await shop.until(order.id, "delivered");
  });
});

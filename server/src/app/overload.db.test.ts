import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { signNotice } from "../../test/payment-notices.ts";
import { eventually } from "../../test/poll.ts";
import { problemOf } from "../../test/problem.ts";
import { type Answer, openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { openTcpProxy, type TcpProxy } from "../../test/tcp-proxy.ts";

let shop: TestShopServer;
let proxy: TcpProxy;
beforeAll(async () => {
  shop = await openTestShopServer({
    gated: true,
    async way(database) {
      const url = new URL(database);
      proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
      url.port = String(proxy.port);
      return url.href;
    },
  });
  await shop.addProduct({ sku: "CARD", codes: 2_000, priceFen: 1234 });
});
afterAll(async () => {
  await shop.close();
  await proxy.close();
});

let buyers = 0;
const place = () => {
  buyers += 1;
  return shop.call("POST", "/api/orders", {
    key: randomUUID(),
    body: { sku: "CARD", quantity: 1, paymentMethod: "wechat", contact: { phone: "13800138000" } },
    headers: { "x-forwarded-for": `10.9.${buyers >> 8}.${buyers & 255}` },
  });
};
const orders = () => shop.value<number>("select count(*)::int from orders");
const isBusy = (answer: Answer) => {
  const problem = problemOf(answer, "server.busy", 503);
  expect(Date.parse(problem.remedies?.[0]?.until ?? "")).toBeGreaterThan(0);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
};

describe("orders that the database is slow to place", () => {
  it("are refused beyond what can wait, while callbacks are taken and buyers read their orders; then all goes on", async () => {
    const paying = await shop.order("CARD");
    await shop.call("GET", `/pay/${paying.payment.id}`);
    const before = await orders();
    // Held up: placing alone. No test needs to wait for it, and nothing else touches these rows.
    const hold = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const holding = shop.db.transaction(async (sql) => {
      await sql.query("lock table idempotency_keys in access exclusive mode");
      held.resolve();
      await hold.promise;
    });
    await held.promise;
    const waiting = [place(), place()];
    await eventually("ordering is refused at the door", async () => {
      const answer = await place();
      isBusy(answer);
      return shop.gateRefused.includes("order");
    });

    isBusy(await shop.call("GET", "/api/products"));
    expect(await shop.call("GET", "/api/status")).toMatchObject({ status: 200 });
    expect(await shop.read(paying)).toMatchObject({ status: "awaiting_payment" });
    const notice = signNotice(inject("sandboxKeys"), "wechat", {
      paymentId: paying.payment.id,
      amountFen: paying.amountFen,
      now: shop.clock.now(),
    });
    expect(await shop.call("POST", "/api/payments/wechat/notify", notice)).toMatchObject({ status: 204 });
    await shop.until(paying.id, "delivered");
    expect(shop.gateRefused.filter((priority) => priority === "own" || priority === "callback")).toEqual([]);
    expect(await orders()).toBe(before);

    hold.resolve();
    await holding;
    const answers = await Promise.all(waiting);
    await eventually("ordering again", async () => (await place()).status === 201);
    const placed = answers.filter(({ status }) => status === 201).length;
    expect(await orders()).toBeGreaterThanOrEqual(before + placed + 1);
    expect(answers.every(({ status }) => status === 201 || status === 503)).toBe(true);
    expect(await shop.call("GET", "/api/products")).toMatchObject({ status: 200 });
  });
});

describe("a database that stops answering", () => {
  it("makes nobody hang and nothing fail: lists stand, the rest is asked to come again, and then it goes on", async () => {
    const known = await shop.order("CARD");
    const list = await shop.call("GET", "/api/products");
    await shop.call("GET", "/api/status");
    proxy.stall();
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, place),
      shop.call("GET", `/api/orders/${known.id}`, { token: known.token }),
      shop.call("GET", "/api/products/CARD"),
      shop.call("GET", "/api/products"),
    ]);
    const [listed, one, own, ...placing] = answers.reverse();
    for (const answer of [...placing, own]) if (answer) isBusy(answer);
    expect([listed?.status, listed?.text]).toEqual([200, list.text]);
    expect(one).toMatchObject({ status: 200, body: { sku: "CARD" } });

    proxy.resume();
    await eventually("ordering again", async () => (await place()).status === 201, 30_000);
    expect((await shop.read(known)).id).toBe(known.id);
  });
});

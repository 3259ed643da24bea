import { remediesOf } from "@orderwatch/shared/problem.ts";
import { PaymentOffer } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problemOf } from "../../test/problem.ts";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";

let shop: TestShopServer;
beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 10, priceFen: 1234 });
});
afterAll(() => shop.close());

describe("paying", () => {
  it("by another method gives another payment, which nobody keeps a copy of", async () => {
    const order = await shop.order("CARD");
    const answer = await shop.call("POST", `/api/orders/${order.id}/pay`, {
      token: order.token,
      body: { paymentMethod: "alipay" },
    });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(PaymentOffer.parse(answer.body)).toMatchObject({ method: "alipay" });
  });

  it("is chosen anew from one address as often as people do, and twenty times for one order", async () => {
    const order = await shop.order("CARD");
    const choose = (n: number, address: string) =>
      shop.call("POST", `/api/orders/${order.id}/pay`, {
        token: order.token,
        body: { paymentMethod: n % 2 === 0 ? "wechat" : "alipay" },
        headers: { "x-forwarded-for": address },
      });
    const statuses: number[] = [];
    for (let n = 0; n < 130; n++) statuses.push((await choose(n, "198.51.100.50")).status);
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 200));
    problemOf(await choose(0, "198.51.100.50"), "buyer.too_many", 429);
    const problem = problemOf(await choose(0, "198.51.100.51"), "payment.too_many", 429);
    expect(problem.remedies?.map(({ kind }) => kind)).toEqual(remediesOf["payment.too_many"]);
    expect((await shop.read(order)).events.length).toBeLessThanOrEqual(20);
  });

  it("sends the buyer on to the company, without telling it where they came from", async () => {
    const order = await shop.order("CARD");
    const answer = await shop.call("GET", `/pay/${order.payment.id}`);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toMatch(new RegExp(`^${shop.sandbox.url}/`));
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
  });

  it("is opened from one address as often as people do, whatever they ask for, and from others meanwhile", async () => {
    const open = (address: string) =>
      shop
        .call("GET", `/pay/${shop.newId()}`, { headers: { "x-forwarded-for": address } })
        .then(({ status }) => status);
    const statuses = await Promise.all(Array.from({ length: 400 }, () => open("198.51.100.40")));
    const counted = statuses.filter((status) => status === 404).length;
    expect(counted).toBeGreaterThanOrEqual(60);
    expect(counted).toBeLessThan(200);
    expect(statuses.filter((status) => status === 429)).toHaveLength(400 - counted);
    expect(await open("198.51.100.41")).toBe(404);
  });

  it("of something that does not exist is 404, of something that is no id 400", async () => {
    problemOf(await shop.call("GET", `/pay/${shop.newId()}`), "payment.not_found", 404);
    problemOf(await shop.call("GET", "/pay/x"), "request.invalid", 400);
  });
});

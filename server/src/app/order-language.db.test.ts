import { randomUUID } from "node:crypto";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";

let shop: TestShopServer;
beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 20 });
});
afterAll(() => shop.close());

const body = { sku: "CARD", quantity: 1, paymentMethod: "wechat", contact: { phone: "13800138000" } };
const place = async (more: object, headers: Record<string, string> = {}, key = randomUUID()) => {
  const answer = await shop.call("POST", "/api/orders", { key, body: { ...body, ...more }, headers });
  expect(answer.status).toBe(201);
  return (answer.body as PlacedOrder).id;
};
const languageOf = (id: string) => shop.value<string>("select language from orders where id = $1", [id]);

describe("the language in which an order's buyer is written to", () => {
  it("is the one that the order names, else the browser's, else Chinese", async () => {
    const english = { "accept-language": "en-GB,en;q=0.9" };
    expect(await languageOf(await place({ language: "en" }))).toBe("en");
    expect(await languageOf(await place({ language: "zh-CN" }, english))).toBe("zh-CN");
    expect(await languageOf(await place({}, english))).toBe("en");
    expect(await languageOf(await place({}, { "accept-language": "fr" }))).toBe("zh-CN");
  });

  it("A2: is not part of what is ordered: the same key in another language is the same order", async () => {
    const key = randomUUID();
    const id = await place({ language: "en" }, {}, key);
    expect(await place({ language: "zh-CN" }, {}, key)).toBe(id);
    expect(await place({}, { "accept-language": "zh" }, key)).toBe(id);
    expect(await languageOf(id)).toBe("en");
  });

  it("is refused where it is none of ours", async () => {
    const given = { key: randomUUID(), body: { ...body, language: "fr" } };
    expect(await shop.call("POST", "/api/orders", given)).toMatchObject({
      status: 400,
      body: { code: "request.invalid" },
    });
  });

  it("of orders that nodes of before place in the same database is Chinese", async () => {
    const { rows } = await shop.db.sql.query<{ outcome: string; order_id: string }>(
      `select outcome, order_id from place_orders(null, '300000 ms', '600000 ms', 50, '{100,100,100}', array[uuidv7()],
        array[uuidv7()], array[sha256('key')], array[sha256('body')], array['buyer'], array['wechat'], array[null::int],
        array[77::bigint], array[null::bigint], array[null::bigint], array[null::bytea], array[null::bigint],
        array[null::bigint], array[null::bigint], array[null::bytea], array[null::text], array[1], array['CARD'], array[1])`,
    );
    expect(rows[0]?.outcome).toBe("placed");
    expect(await languageOf(rows[0]?.order_id ?? "")).toBe("zh-CN");
  });
});

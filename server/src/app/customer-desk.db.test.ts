import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestNotify, type TestNotify } from "../../test/notify.ts";
import { subscribe } from "../../test/people.ts";
import { createProduct } from "../shop/catalog/actions.ts";
import { askRestockNotice, watchOrder } from "../shop/customers/actions.ts";
import { askBuyerCode } from "../shop/customers/buyer-actions.ts";
import { digitsOf } from "../shop/customers/domain.ts";
import { type CustomerDesk, sendCodes, tellNews } from "./customer-desk.ts";

let test: TestNotify;
let desk: CustomerDesk;
beforeAll(async () => {
  test = await openTestNotify();
  desk = { ...test.context, notify: test.notify, shopUrl: "https://shop.test" };
});
afterAll(() => test.close());

const phone = "13800138000";
const smsTo = async (to: string) =>
  (await test.sms()).filter((one) => one.phone.endsWith(to)).map(({ content }) => content);

it("a sign-in code comes by SMS, in the buyer's language, signs in, and O7: is no row that staff could read", async () => {
  await askBuyerCode(desk, { phone, language: "en" });
  await Promise.all([sendCodes(desk), sendCodes(desk)]);
  const [content, ...more] = await smsTo(phone);
  expect(more).toEqual([]);
  const code = /code is (\d{6})/.exec(content ?? "")?.[1] ?? "";
  const { rows } = await test.context.db.sql.query("select id from notifications");
  expect(rows).toEqual([]);
  const asked = await test.context.db.sql.query<{ id: string }>("select id from buyer_codes");
  expect(code).toBe(digitsOf(desk.keys.lookup("buyer-code", asked.rows[0]?.id ?? "")));
});

it("a code that the company did not take is sent again, and then counts", async () => {
  const to = "13700137000";
  const behaviour = (method: string, body?: object) =>
    fetch(`${test.sandbox.url}/behaviour`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  await behaviour("PUT", { provider: "sms", errorRate: 1 });
  await askBuyerCode(desk, { phone: to, language: "zh-CN" });
  await sendCodes(desk);
  expect(await smsTo(to)).toEqual([]);
  await behaviour("DELETE");
  await sendCodes(desk);
  expect(await smsTo(to)).toHaveLength(1);
});

it("whoever waits for a product is told once it can be bought again, and once only", async () => {
  await createProduct(test.context, { sku: "CARD", name: "Card", kind: "code", priceFen: 100 });
  const push = await subscribe(test.sandbox.url, test.vapid.publicKey);
  if (push.channel !== "push") throw new Error("not a push subscription");
  await askRestockNotice(desk, { sku: "CARD", contact: { phone: "13600136000" }, language: "en" });
  await askRestockNotice(desk, { sku: "CARD", contact: { phone: "13600136000" }, language: "en" });
  await askRestockNotice(desk, { sku: "CARD", contact: {}, push: push.subscription, language: "en" });
  const news = async () => {
    await Promise.all([tellNews(desk), tellNews(desk)]);
    await test.work();
    const answer = await fetch(`${test.sandbox.url}/push/messages`);
    const { items }: { items: { payload: string }[] } = JSON.parse(await answer.text());
    return { sms: await smsTo("13600136000"), push: items.map(({ payload }) => JSON.parse(payload)) };
  };
  expect(await news()).toEqual({ sms: [], push: [] });
  const id = "01890000-0000-7000-8000-000000000001";
  await test.context.db.sql.query(
    `with product as (select id from products where sku = 'CARD'), import as (
        insert into stock_imports (id, product_id, status, received, imported, started_at, finished_at)
        select $1, id, 'finished', 1, 1, now(), now() from product returning product_id, id)
      insert into codes (product_id, import_id, sealed, lookup) select product_id, id, '\\x00', '\\x00' from import`,
    [id],
  );
  const told = await news();
  expect(told.sms).toEqual([expect.stringContaining("Card is back")]);
  expect(told.push).toMatchObject([{ title: "Card is back", link: "https://shop.test/p/CARD" }]);
  expect(await news()).toEqual(told);
});

it("a browser that watches an order is told how it ended, once", async () => {
  const push = await subscribe(test.sandbox.url, test.vapid.publicKey);
  if (push.channel !== "push") throw new Error("not a push subscription");
  const orderId = test.context.newId();
  await test.context.db.sql.query(
    `with placed as (
        insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at)
        values ($1, 'paid', 'buyer', 100, 'wechat', 1, $2, $2))
      insert into order_lines (order_id, line_no, id, product_id, quantity, price_fen)
        select $1, 1, $1, id, 1, 100 from products where sku = 'CARD'`,
    [orderId, test.now()],
  );
  const watch = { push: push.subscription, language: "zh-CN" } as const;
  await watchOrder(desk, orderId, watch);
  await watchOrder(desk, orderId, watch);
  await tellNews(desk);
  await test.context.db.sql.query("update orders set status = 'delivered' where id = $1", [orderId]);
  await Promise.all([tellNews(desk), tellNews(desk)]);
  await tellNews(desk);
  const { rows } = await test.context.db.sql.query(
    "select title->>'en' as title, link from notifications where key like 'order-news:%'",
  );
  expect(rows).toEqual([{ title: "订单已发货", link: `https://shop.test/o/${orderId}` }]);
});

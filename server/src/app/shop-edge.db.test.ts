import { randomUUID } from "node:crypto";
import { Problem } from "@orderwatch/shared/problem.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problemOf } from "../../test/problem.ts";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { rules } from "../shop/orders/actions.ts";

let shop: TestShopServer;
beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 60, priceFen: 1234, limit: 5 });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge", priceFen: 5000 });
});
afterAll(() => shop.close());

const card = { sku: "CARD", quantity: 1, paymentMethod: "wechat", contact: { phone: "13800138000" } };
const place = (body: unknown) => shop.call("POST", "/api/orders", { key: randomUUID(), body });

describe("A4: bad input", () => {
  const everything = () =>
    shop.value(
      `select jsonb_build_array((select count(*) from orders), (select count(*) from order_events),
        (select count(*) from payments), (select count(*) from payment_notices), (select count(*) from idempotency_keys),
        (select count(*) from restock_notices), (select jsonb_agg(status order by id) from codes))`,
    );
  const addresses = [
    "/api/orders",
    `/api/orders/${"0".repeat(8)}/pay`,
    "/api/beacons",
    "/api/restock-notices",
  ];

  it.each(addresses)("to POST %s is a problem document, never a 500, and changes nothing", async (path) => {
    const order = await shop.order("CARD");
    const address = path.replace("0".repeat(8), order.id);
    const before = await everything();
    const bodies = [
      ...[
        "",
        "{",
        "null",
        "7",
        '"x"',
        "[]",
        "{}",
        "[[]]",
        "[null]",
        '{"items":[]}',
        '{"__proto__":1}',
        "{}{}",
      ],
      ...[{ sku: "CARD" }, { ...card, quantity: 0 }, { ...card, quantity: 1.5 }, { ...card, quantity: "1" }],
      ...[
        { ...card, quantity: 101 },
        { ...card, quantity: 1e99 },
        { ...card, quantity: -1 },
      ],
      ...[
        { ...card, paymentMethod: "cash" },
        { ...card, sku: "a b" },
        { ...card, sku: "x".repeat(65) },
      ],
      ...[
        { ...card, contact: null },
        { ...card, contact: { phone: "no" } },
        { ...card, contact: { email: "x" } },
      ],
      ...[
        { ...card, contact: { name: "x" } },
        { ...card, items: [] },
        { ...card, expectedAmountFen: 2e9 },
      ],
      ...[
        { ...card, expectedAmountFen: 0.5 },
        { ...card, coupon: 1 },
        { ...card, session: "" },
      ],
      { items: Array.from({ length: 11 }, () => ({ sku: "CARD", quantity: 1 })), ...card },
    ];
    for (const body of bodies) {
      const answer = await shop.call("POST", address, { body, key: randomUUID(), token: order.token });
      expect(answer.status, JSON.stringify(body)).toBeGreaterThanOrEqual(400);
      expect(answer.status, JSON.stringify(body)).toBeLessThan(500);
      expect(Problem.safeParse(answer.body).success, answer.text).toBe(true);
    }
    expect(await everything()).toEqual(before);
  });

  it("of NUL or half a character in any text of an order is refused by its path", async () => {
    for (const broken of ["a\u0000b", "a\ud800b", "\udfff"])
      for (const [path, body] of [
        ["session", { ...card, session: broken }],
        ["deviceId", { ...card, deviceId: broken }],
        ["rechargeAccount", { ...card, rechargeAccount: broken }],
        ["contact.phone", { ...card, contact: { phone: broken } }],
        ["contact.email", { ...card, contact: { email: `${broken}@example.com` } }],
        ["sku", { ...card, sku: broken }],
      ] as const)
        expect(problemOf(await place(body), "request.invalid", 400).errors?.[0]?.path).toBe(path);
  });

  it("of a field that nobody knows is refused by that field's path", async () => {
    expect(problemOf(await place({ ...card, coupon: "x" }), "request.invalid", 400).errors).toEqual([
      { path: "coupon", message: "is not known here" },
    ]);
  });

  it("to callbacks is answered as the companies want it, and changes nothing but the record of it", async () => {
    const orders = await shop.value("select count(*) from orders where status <> 'awaiting_payment'");
    for (const body of [
      "",
      "{",
      "null",
      "[]",
      "x=1&x=2",
      "sign=1&sign_type=RSA2",
      "\u0000",
      "x".repeat(60_000),
    ]) {
      expect(await shop.call("POST", "/api/payments/wechat/notify", { body })).toMatchObject({
        status: 500,
        body: { code: "FAIL" },
      });
      expect(await shop.call("POST", "/api/payments/alipay/notify", { body })).toMatchObject({
        status: 200,
        text: "fail",
      });
    }
    problemOf(
      await shop.call("POST", "/api/payments/wechat/notify", { body: "x".repeat(70_000) }),
      "request.too_large",
      413,
    );
    expect(await shop.value("select count(*) from orders where status <> 'awaiting_payment'")).toBe(orders);
  });

  it("with another method is 405, elsewhere 404", async () => {
    for (const path of ["/api/orders", "/api/beacons", "/api/payments/wechat/notify"])
      for (const method of ["GET", "PUT", "DELETE", "PATCH"])
        expect(problemOf(await shop.call(method, path), "request.method_not_allowed", 405).status).toBe(405);
    for (const path of [
      "/api",
      "/api/order",
      "/api/orders/x/y/z",
      "/admin",
      "/.env",
      "/api/payments/paypal/notify",
    ])
      problemOf(await shop.call("POST", path, { body: {} }), "request.not_found", 404);
  });
});

describe("R2: orders of one address", () => {
  const orderFrom = (server: TestShopServer, forwarded: string) =>
    server.call("POST", "/api/orders", {
      key: randomUUID(),
      body: { ...card, sku: "TOPUP", rechargeAccount: "10001" },
      headers: { "x-forwarded-for": forwarded },
    });

  it("are limited by the address that a trusted proxy saw, whatever stands before it", async () => {
    const answers = await Promise.all(
      Array.from({ length: rules.ratePerAddress + 1 }, (_, n) => orderFrom(shop, `1.1.1.${n}, 203.0.113.50`)),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(rules.ratePerAddress);
    expect(refused).toHaveLength(1);
    const [last] = refused;
    if (!last) throw new Error("none was refused");
    const until = problemOf(last, "risk.too_many_requests", 429).remedies?.[0]?.until ?? "";
    expect(Date.parse(until) - shop.clock.now().getTime()).toBe(rules.rateWindowMs);
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(500);
    expect((await orderFrom(shop, "203.0.113.51")).status).toBe(201);
  });

  it.each([
    ["from a peer that is no trusted proxy", ["10.0.0.0/8"]],
    ["with no proxy trusted at all", []],
  ])("are limited by the peer's own address %s, whatever it forwards", async (_, trustedProxies) => {
    const server = await openTestShopServer({ trustedProxies });
    try {
      await server.addProduct({ sku: "TOPUP", kind: "recharge" });
      const answers = await Promise.all(
        Array.from({ length: rules.ratePerAddress + 5 }, (_, n) => orderFrom(server, `203.0.113.${n}`)),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(rules.ratePerAddress);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
      expect(await server.value("select count(distinct address_key)::int from orders")).toBe(1);
    } finally {
      await server.close();
    }
  });

  it("over IPv6 are limited by the network of one subscriber", async () => {
    const answers = await Promise.all(
      Array.from({ length: rules.ratePerAddress + 1 }, (_, n) =>
        orderFrom(shop, `2001:db8:7:7:${n.toString(16)}::${n.toString(16)}`),
      ),
    );
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
    expect((await orderFrom(shop, "2001:db8:7:8::1")).status).toBe(201);
  });
});

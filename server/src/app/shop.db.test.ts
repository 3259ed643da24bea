import { randomUUID } from "node:crypto";
import { BuyerOrder, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../test/poll.ts";
import { problemOf } from "../../test/problem.ts";
import { type CallOptions, openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { catalogueChanged } from "../shop/catalog/actions.ts";
import { rules } from "../shop/orders/actions.ts";

let shop: TestShopServer;
beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 60, priceFen: 1234, limit: 5 });
  await shop.addProduct({ sku: "LOW", codes: 3 });
  await shop.addProduct({ sku: "OUT" });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge", priceFen: 5000 });
  await shop.addProduct({ sku: "GONE", codes: 3 });
  await shop.db.sql.query("update products set archived = true where sku = 'GONE'");
});
afterAll(() => shop.close());

const card = { sku: "CARD", quantity: 1, paymentMethod: "wechat", contact: { phone: "13800138000" } };
const place = (body: unknown, more: CallOptions = {}) =>
  shop.call("POST", "/api/orders", { key: randomUUID(), body, ...more });

const json = "application/json; charset=utf-8";

describe("GET /api/products", () => {
  it("lists what is for sale, with a level of stock and no counts", async () => {
    const answer = await shop.call("GET", "/api/products");
    expect(answer.headers.get("content-type")).toBe(json);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        items: [
          { sku: "CARD", name: "CARD", priceFen: 1234, kind: "code", stock: "in", limit: 5 },
          { sku: "LOW", stock: "low" },
          { sku: "OUT", stock: "out" },
          { sku: "TOPUP", kind: "recharge", stock: "in" },
        ],
        nextCursor: null,
      },
    });
    expect(shopRoutes.listProducts.reply.strict().safeParse(answer.body).success).toBe(true);
    expect(answer.text).not.toMatch(/60|GONE/);
  });

  it("gives who has the list already a 304, until the list changes", async () => {
    const first = await shop.call("GET", "/api/products");
    const etag = first.headers.get("etag") ?? "";
    const again = (known: string) =>
      shop.call("GET", "/api/products", { headers: { "if-none-match": known } });
    expect(await again(etag)).toMatchObject({ status: 304, text: "" });
    expect(await again(`"x", W/${etag}`)).toMatchObject({ status: 304 });
    expect(await again('"x"')).toMatchObject({ status: 200, text: first.text });
    await shop.addProduct({ sku: "ZZ-NEW" });
    catalogueChanged(shop.cache);
    await eventually("the new list", async () => (await again(etag)).status === 200);
    await shop.db.sql.query("update products set archived = true where sku = 'ZZ-NEW'");
    catalogueChanged(shop.cache);
  });

  it("is loaded anew by a node that takes over, however fresh its list from standby is", async () => {
    const shown = async () => (await shop.call("GET", "/api/products")).text.includes("Renamed meanwhile");
    await shop.call("GET", "/api/products");
    // Nobody announces it, as when the announcement was lost.
    await shop.db.sql.query("update products set name = 'Renamed meanwhile' where sku = 'LOW'");
    expect(await shown()).toBe(false);
    await shop.renew();
    expect(await shown()).toBe(true);
    await shop.db.sql.query("update products set name = sku where sku = 'LOW'");
    await shop.renew();
    expect(await shown()).toBe(false);
  });
});

describe("GET /api/products/:sku", () => {
  it("is one product as the list has it, and 404 for what is not for sale", async () => {
    const answer = await shop.call("GET", "/api/products/LOW");
    expect(answer).toMatchObject({ status: 200, body: { sku: "LOW", stock: "low" } });
    for (const sku of ["GONE", "NOWHERE"])
      problemOf(await shop.call("GET", `/api/products/${sku}`), "product.not_found", 404);
    problemOf(await shop.call("GET", "/api/products/a%20b"), "request.invalid", 400);
  });
});

describe("C1: cached stock", () => {
  it("C1: that still shows codes sells none that are gone", async () => {
    await shop.addProduct({ sku: "STALE-IN", codes: 1 });
    catalogueChanged(shop.cache);
    const shown = async () =>
      (await shop.call("GET", "/api/products/STALE-IN")).body as { stock?: string } | undefined;
    await eventually("the code", async () => (await shown())?.stock === "low");
    await shop.db.sql.query(
      "update codes set status = 'void' where product_id = (select id from products where sku = 'STALE-IN')",
    );
    expect(await shown()).toMatchObject({ stock: "low" });
    problemOf(await place({ ...card, sku: "STALE-IN" }), "stock.sold_out", 409);
  });

  it("C1: that shows none, or knows no such product, turns nobody away who can be served", async () => {
    await shop.addProduct({ sku: "STALE-OUT" });
    catalogueChanged(shop.cache);
    const shown = () => shop.call("GET", "/api/products/STALE-OUT");
    await eventually("the product", async () => (await shown()).status === 200);
    await shop.addCodes("STALE-OUT", 2);
    await shop.addProduct({ sku: "UNLISTED", codes: 1 });
    expect((await shown()).body).toMatchObject({ stock: "out" });
    expect((await shop.call("GET", "/api/products/UNLISTED")).status).toBe(404);
    for (const sku of ["STALE-OUT", "UNLISTED"]) expect((await place({ ...card, sku })).status).toBe(201);
  });

  it("C1: plays no part in what a buyer reads about their own payment: it is read from the database each time", async () => {
    const order = await shop.order("CARD");
    expect((await shop.read(order)).status).toBe("awaiting_payment");
    await shop.db.sql.query("update orders set status = 'cancelled' where id = $1", [order.id]);
    expect((await shop.read(order)).status).toBe("cancelled");
  });
});

describe("POST /api/orders", () => {
  it("places an order of one product or of several lines, and nobody keeps a copy of the answer", async () => {
    const one = await place(card);
    expect(one.status).toBe(201);
    expect(one.headers.get("cache-control")).toBe("no-store");
    expect(one.headers.get("content-type")).toBe(json);
    const placed = PlacedOrder.parse(one.body);
    expect(placed).toMatchObject({
      status: "awaiting_payment",
      amountFen: 1234,
      payment: { method: "wechat", url: `${shop.shopUrl}/pay/${placed.payment.id}` },
    });
    const hold = await shop.value<Date>("select expires_at from orders where id = $1", [placed.id]);
    expect(hold.getTime() - Date.parse(placed.payment.expiresAt)).toBe(rules.providerMarginMs);
    const { sku, quantity, ...rest } = card;
    const several = await place({
      ...rest,
      items: [
        { sku, quantity: quantity + 1 },
        { sku: "TOPUP", quantity: 1 },
      ],
      rechargeAccount: "10001",
      expectedAmountFen: 7468,
    });
    expect(PlacedOrder.parse(several.body).amountFen).toBe(7468);
  });

  it("A2: under the same key gives the same order and token, and refuses another body under it", async () => {
    const key = randomUUID();
    const [first, ...others] = await Promise.all(Array.from({ length: 6 }, () => place(card, { key })));
    const reordered = Object.fromEntries(Object.entries(card).reverse());
    others.push(await place(reordered, { key }), await place({ ...card, contact: card.contact }, { key }));
    for (const other of others) expect(other).toMatchObject({ status: 201, body: first?.body });
    problemOf(await place({ ...card, quantity: 2 }, { key }), "idempotency.mismatch", 409);
  });

  it("wants a key of 8 to 128 visible characters", async () => {
    problemOf(await shop.call("POST", "/api/orders", { body: card }), "idempotency.key_required", 400);
    for (const key of ["short", "x".repeat(129), "with a space", "käse-käse-käse"])
      problemOf(await place(card, { key }), "request.invalid", 400);
    for (const key of ["12345678", "x".repeat(128), "!~#$%&'*+-.^_`|"])
      expect((await place(card, { key, headers: { "x-forwarded-for": "192.0.2.1" } })).status).toBe(201);
  });

  it("refuses with the contract's code, status and ways out", async () => {
    const sold = problemOf(await place({ ...card, sku: "OUT" }), "stock.sold_out", 409);
    expect(sold.remedies).toMatchObject([
      { kind: "restock_notice", sku: "OUT" },
      { kind: "similar_product" },
    ]);
    const limited = problemOf(await place({ ...card, quantity: 6 }), "stock.limit_exceeded", 409);
    expect(limited.remedies).toMatchObject([{ kind: "lower_quantity", maxQuantity: 5 }]);
    const price = problemOf(await place({ ...card, expectedAmountFen: 1 }), "order.price_changed", 409);
    expect(price.remedies).toMatchObject([{ kind: "confirm_price", amountFen: 1234 }]);
    for (const sku of ["NONE", "GONE"])
      expect(problemOf(await place({ ...card, sku }), "product.not_found", 404).errors).toMatchObject([
        { path: "items.0.sku" },
      ]);
    expect(problemOf(await place({ ...card, sku: "TOPUP" }), "request.invalid", 400).errors).toMatchObject([
      { path: "rechargeAccount" },
    ]);
  });

  it("tells refusals to telemetry by their code, and they make no order", async () => {
    const before = await shop.value("select count(*) from orders");
    shop.refused.length = 0;
    await place({ ...card, sku: "OUT" });
    await place({ ...card, quantity: 6 });
    expect(shop.refused).toEqual(["stock.sold_out", "stock.limit_exceeded"]);
    expect(await shop.value("select count(*) from orders")).toBe(before);
  });

  it("O10: takes an order for a buyer's whatever its origin header claims, unless it is signed", async () => {
    for (const header of ["simulated", "drill.1.AAAA", "simulated.run.c2lnbmF0dXJl"]) {
      const order = PlacedOrder.parse(
        (await place(card, { headers: { "x-orderwatch-origin": header } })).body,
      );
      expect(await shop.value("select origin from orders where id = $1", [order.id])).toBe("buyer");
    }
  });
});

describe("GET /api/orders/:id", () => {
  it("shows an order from its placing to its code", async () => {
    const order = await shop.order("CARD");
    const unpaid = await shop.call("GET", `/api/orders/${order.id}`, { token: order.token });
    expect(unpaid.headers.get("cache-control")).toBe("no-store");
    expect(BuyerOrder.parse(unpaid.body)).toMatchObject({
      id: order.id,
      status: "awaiting_payment",
      items: [{ sku: "CARD", quantity: 1, priceFen: 1234 }],
      payment: { id: order.payment.id },
      events: [{ type: "placed", status: "awaiting_payment" }],
    });
    expect(unpaid.body).not.toHaveProperty("codes");
    await shop.sandbox.pay(order.payment.id);
    await shop.until(order.id, "delivered");
    const delivered = await shop.read(order);
    expect(delivered.codes).toMatchObject([{ sku: "CARD", code: expect.stringMatching(/^[0-9A-F]{16}$/) }]);
    expect(delivered.payment).toBeUndefined();
    expect(delivered.events.map(({ type }) => type)).toEqual(["placed", "paid", "delivering", "delivered"]);
  });

  it("A3: without its token is 401; with another order's, a made-up one or none of ours 404; and tells nothing of it", async () => {
    const [mine, theirs] = [await shop.order("CARD"), await shop.order("CARD")];
    const path = `/api/orders/${theirs.id}`;
    for (const [method, address, body] of [
      ["GET", path, undefined],
      ["POST", `${path}/pay`, { paymentMethod: "alipay" }],
    ] as const) {
      const given = body === undefined ? {} : { body };
      problemOf(await shop.call(method, address, given), "order.token_required", 401);
      for (const authorization of [
        "",
        "Bearer",
        "Bearer ",
        `Basic ${theirs.token}`,
        theirs.token,
        "Bearer ä",
      ])
        problemOf(
          await shop.call(method, address, { ...given, headers: { authorization } }),
          "order.token_required",
          401,
        );
      const [keyId, mac = ""] = theirs.token.split(".");
      const changed = `${mac.slice(0, -2)}${mac.endsWith("AA") ? "BB" : "AA"}`;
      for (const token of [
        mine.token,
        "1.AAAA",
        "x",
        mac,
        `2.${mac}`,
        `${keyId}.${changed}`,
        `${theirs.token}.x`,
      ])
        problemOf(await shop.call(method, address, { ...given, token }), "order.not_found", 404);
    }
    expect(await shop.status(theirs.id)).toBe("awaiting_payment");
    expect(await shop.value("select count(*)::int from payments where order_id = $1", [theirs.id])).toBe(1);
  });

  it("A3: of an order that does not exist is 404, of something that is no id 400", async () => {
    const order = await shop.order("CARD");
    problemOf(
      await shop.call("GET", `/api/orders/${shop.newId()}`, { token: order.token }),
      "order.not_found",
      404,
    );
    for (const id of ["1", "x", randomUUID(), `${order.id}'--`, "%00", "..%2f"])
      problemOf(await shop.call("GET", `/api/orders/${id}`, { token: order.token }), "request.invalid", 400);
  });

  it("A3: with its token in the address is refused: tokens never stand there", async () => {
    const order = await shop.order("CARD");
    problemOf(
      await shop.call("GET", `/api/orders/${order.id}?token=${order.token}`),
      "order.token_required",
      401,
    );
  });
});

it("an order with very many events is read with the newest of them", async () => {
  const order = await shop.order("CARD");
  await shop.db.sql.query(
    `insert into order_events (id, order_id, type, status, code, method, origin, at)
      select uuidv7(), o.id, 'payment_switched', o.status, n::text, o.payment_method, o.origin, o.created_at + n * interval '1 ms'
      from orders o cross join generate_series(1, 1000) n where o.id = $1`,
    [order.id],
  );
  const { events } = await shop.read(order);
  expect(events.map(({ code }) => code)).toEqual(Array.from({ length: 200 }, (_, n) => String(801 + n)));
});

describe("the smaller addresses", () => {
  it("take the steps of a visit and nothing else", async () => {
    const session = "visit-0123456789";
    const answer = await shop.call("POST", "/api/beacons", {
      body: [
        { session, step: "visit" },
        { session, step: "product", sku: "CARD" },
        { session, step: "checkout", sku: "CARD" },
      ],
    });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(shop.steps).toEqual(["visit", "product", "checkout"]);
    for (const body of [
      [],
      {},
      [{ session, step: "buy" }],
      [{ session: "short", step: "visit" }],
      [{ session, step: "visit", phone: "13800138000" }],
      Array.from({ length: 21 }, () => ({ session, step: "visit" })),
    ])
      problemOf(await shop.call("POST", "/api/beacons", { body }), "request.invalid", 400);
    problemOf(await shop.call("POST", "/api/beacons", { body: "x".repeat(9_000) }), "request.too_large", 413);
    expect(shop.steps).toHaveLength(3);
  });

  it("remember once who wants to know when a product is back", async () => {
    const body = { sku: "OUT", contact: { email: "buyer@example.com" } };
    for (let n = 0; n < 2; n++)
      expect(await shop.call("POST", "/api/restock-notices", { body })).toMatchObject({
        status: 204,
        text: "",
      });
    expect(await shop.value("select count(*)::int from restock_notices")).toBe(1);
    const unknown = { ...body, sku: "NONE" };
    problemOf(await shop.call("POST", "/api/restock-notices", { body: unknown }), "product.not_found", 404);
    const nobody = { sku: "OUT", contact: {} };
    expect(
      problemOf(await shop.call("POST", "/api/restock-notices", { body: nobody }), "request.invalid", 400)
        .errors,
    ).toMatchObject([{ path: "contact" }]);
  });

  it("say how the shop does", async () => {
    const answer = await shop.call("GET", "/api/status");
    expect(answer.status).toBe(200);
    expect(shopRoutes.readStatus.reply.parse(answer.body).channels.map(({ method }) => method)).toEqual([
      "wechat",
      "alipay",
    ]);
    expect(await shop.call("GET", "/healthz")).toMatchObject({ status: 200 });
    expect(await shop.call("GET", "/readyz")).toMatchObject({ status: 200 });
    expect((await shop.call("GET", "/metrics")).text).toContain("orders_placed_total");
  });

  it("describe the shop in a valid OpenAPI document, in which every call stands", async () => {
    const { status, text } = await shop.call("GET", "/openapi.json");
    expect(status).toBe(200);
    const document = JSON.parse(text);
    expect(await new Validator().validate(document)).toEqual({ valid: true });
    const described = Object.entries<object>(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = Object.values(shopRoutes).map(({ path }) => path.replace(/:(\w+)/g, "{$1}"));
    expect(described.sort()).toEqual(routes.sort());
  });
});

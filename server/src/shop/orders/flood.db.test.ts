import { randomUUID } from "node:crypto";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import type { HttpRequest } from "../../platform/http/message.ts";
import { placeOrderEndpoint } from "./routes.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.close());

const body = Buffer.from(JSON.stringify({ sku: "CARD", quantity: 1, paymentMethod: "wechat", contact: {} }));

const request = (address: string): HttpRequest => ({
  id: randomUUID(),
  method: "POST",
  path: "/api/orders",
  target: "/api/orders",
  params: {},
  query: new URLSearchParams(),
  headers: { "content-type": "application/json", "idempotency-key": randomUUID() },
  address,
  body,
});

it("a flood from one address is turned away before the database, and others are served", async () => {
  await shop.addProduct({ sku: "CARD" });
  const turnedAway: string[] = [];
  const endpoint = placeOrderEndpoint({
    placer: shop.placer,
    keys: shop.keys,
    onRefused: (code) => turnedAway.push(code),
  });
  const outcome = (address: string) =>
    endpoint.handle(request(address)).then(
      () => "placed",
      (error: unknown) => (error instanceof DomainError ? error : String(error)),
    );
  const outcomes = await Promise.all(Array.from({ length: 320 }, () => outcome("198.51.100.7")));
  const codes = outcomes.map((each) => (each instanceof DomainError ? each.code : each));
  expect(codes.filter((code) => code === "stock.sold_out")).toHaveLength(300);
  expect(codes.filter((code) => code === "risk.too_many_requests")).toHaveLength(20);
  expect(turnedAway).toHaveLength(20);
  expect(shop.refused.filter((code) => code === "stock.sold_out")).toHaveLength(300);
  expect(await outcome("198.51.100.8")).toMatchObject({ code: "stock.sold_out" });
});

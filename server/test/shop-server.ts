import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { BuyerOrder, type PaymentMethod, PaymentOffer, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { expect, vi } from "vitest";
import { openOrderBackend } from "../src/app/order-backend.ts";
import { createShopGate } from "../src/app/shop-gate.ts";
import { createShopServer } from "../src/app/shop-server.ts";
import type { Faults } from "../src/platform/faults/leases.ts";
import { listen } from "../src/platform/http/listening.ts";
import type { Logger } from "../src/platform/log.ts";
import { createMetrics } from "../src/platform/metrics.ts";
import type { Priority } from "../src/platform/overload.ts";
import type { Supplier } from "../src/shop/fulfilment/supplier.ts";
import { openTestShop, type TestShop } from "./order-backend.ts";
import { openTestSandbox, type TestSandbox } from "./sandbox.ts";

/** What came back; `body` is parsed where it is JSON. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: unknown;
}

export interface CallOptions {
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  token?: string;
  key?: string;
  headers?: Record<string, string>;
}

type Known = Pick<PlacedOrder, "id" | "token">;

/** A whole shop over HTTP, with its loops and its queue, beside a sandbox; both follow the test's clock. */
export interface TestShopServer extends TestShop {
  shopUrl: string;
  sandbox: TestSandbox;
  /** Steps of visits, as telemetry was told them. */
  steps: string[];
  /** What the gate refused, by what it was worth. */
  gateRefused: Priority[];
  /** What a node does when it takes over. */
  renew(): Promise<void>;
  call(method: string, path: string, given?: CallOptions): Promise<Answer>;
  /** Places an order over HTTP, each from an address of its own; fails the test when it was refused. */
  order(
    sku: string,
    more?: { method?: PaymentMethod; quantity?: number; account?: string },
  ): Promise<PlacedOrder>;
  read(order: Known): Promise<BuyerOrder>;
  /** Another payment for an order, as a buyer asks for it. */
  payAgain(order: Known, method: PaymentMethod): Promise<PaymentOffer>;
  status(orderId: string): Promise<string>;
  /** Waits until an order has come so far, whoever brings it there. */
  until(orderId: string, status: string): Promise<void>;
}

export async function openTestShopServer(
  options: {
    trustedProxies?: readonly string[];
    log?: Logger;
    /** Another way to the database of the test, such as a proxy before it. */
    way?: (url: string) => Promise<string>;
    /** Puts the product's gate before the shop. */
    gated?: true;
    /** Faults that the shop then suffers. */
    faults?: Faults;
    /** Puts another supplier in the place of the sandbox's. */
    supplier?: (sandbox: TestSandbox) => Supplier;
  } = {},
): Promise<TestShopServer> {
  const shop = await openTestShop(options.log, options.way);
  const { db, clock, newId, log } = shop;
  // Shop and sandbox must know each other's address; so the shop's port opens first, and its server comes behind it.
  const front = createServer();
  const shopUrl = `http://127.0.0.1:${await listen(front, 0, "127.0.0.1")}`;
  const sandbox = await openTestSandbox({ clock, newId, log, shopUrl });
  const metrics = createMetrics();
  const steps: string[] = [];
  const gateRefused: Priority[] = [];
  const backend = await openOrderBackend({
    ...shop,
    databaseUrl: shop.url,
    redisUrl: undefined,
    metrics,
    shopUrl,
    providers: sandbox.providers,
    faults: options.faults,
    supplier: options.supplier?.(sandbox) ?? sandbox.supplier,
    onRefused: (code) => shop.refused.push(code),
    onBeacon: (step) => steps.push(step),
    at: () => clock.now(),
  });
  const gate = createShopGate({
    ...{ orders: backend.placer, database: db, levers: backend.levers, newId, clock, log, metrics },
    onRefused: (priority) => gateRefused.push(priority),
  });
  const server = createShopServer({
    ...(options.gated ? { gate } : {}),
    ...{ backend, db, log, newId, metrics, shopUrl },
    production: false,
    metricsToken: undefined,
    trustedProxies: options.trustedProxies ?? ["loopback"],
  });
  front.on("request", (request, response) => server.emit("request", request, response));

  const call: TestShopServer["call"] = async (method, path, { body, token, key, headers } = {}) => {
    const answer = await fetch(shopUrl + path, {
      method,
      redirect: "manual",
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json") === true && text !== "";
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  };
  const expecting = async (status: number, sent: Promise<Answer>): Promise<unknown> => {
    const answer = await sent;
    expect(answer.status, answer.text).toBe(status);
    return answer.body;
  };
  const status = (orderId: string) =>
    shop.value<string>("select status from orders where id = $1", [orderId]);

  let buyers = 0;
  const from = (n: number) => ({ "x-forwarded-for": `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` });

  return {
    ...shop,
    ...{ shopUrl, sandbox, steps, gateRefused, call, status, renew: backend.renew },
    async order(sku, { method = "wechat", quantity = 1, account } = {}) {
      const body = {
        ...{ sku, quantity, paymentMethod: method, contact: { phone: "13800138000" } },
        ...(account === undefined ? {} : { rechargeAccount: account }),
      };
      return PlacedOrder.parse(
        await expecting(
          201,
          call("POST", "/api/orders", { key: randomUUID(), body, headers: from(++buyers) }),
        ),
      );
    },
    read: async ({ id, token }) =>
      BuyerOrder.parse(await expecting(200, call("GET", `/api/orders/${id}`, { token }))),
    async payAgain({ id, token }, paymentMethod) {
      const sent = call("POST", `/api/orders/${id}/pay`, { token, body: { paymentMethod } });
      return PaymentOffer.parse(await expecting(200, sent));
    },
    async until(orderId, wanted) {
      const look = async () => expect(await status(orderId)).toBe(wanted);
      await vi.waitFor(look, { timeout: 10_000, interval: 10 });
    },
    async close() {
      const closed = new Promise((resolve) => front.close(resolve));
      front.closeIdleConnections();
      await sandbox.close();
      // What fetch keeps alive for a next call that never comes.
      front.closeAllConnections();
      await closed;
      gate.close();
      await backend.close();
      await shop.close();
    },
  };
}

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWeb } from "../../../web/build.ts";
import { describeWith } from "../../test/optional.ts";
import { eventually } from "../../test/poll.ts";
import { callJson, type Product, type Staff, startProduct } from "../../test/product.ts";

/** Everything here goes over the contract only, as an outsider would. */

interface Placed {
  id: string;
  token: string;
  status: string;
  amountFen: number;
  payment: { id: string; method: string; url: string; expiresAt: string };
}

interface Order {
  status: string;
  codes?: { sku: string; code: string }[];
  failure?: { code: string; remedies: { kind: string }[] };
  events: { type: string; status: string; at: string; code?: string }[];
}

type Method = "wechat" | "alipay";

const json = (body: unknown, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

function suite(environment: () => Promise<Record<string, string>>): void {
  let product: Product;
  let staff: Staff;
  const sku = (name: string) => `${name}-${randomBytes(3).toString("hex")}`;
  const codes = (count: number) =>
    Array.from({ length: count }, () => randomBytes(8).toString("hex").toUpperCase());

  beforeAll(async () => {
    await buildWeb();
    product = await startProduct(await environment());
    staff = await product.signIn();
  });
  afterAll(() => product.stop());

  const addProduct = async (kind: "code" | "recharge", stock = 0) => {
    const name = sku(kind.toUpperCase());
    await staff.call("POST", "/api/products", { sku: name, name, kind, priceFen: 1234 });
    const imported = codes(stock);
    if (stock > 0) {
      const result = await staff.call<{ imported: number }>("POST", `/api/products/${name}/codes`, {
        codes: imported,
      });
      expect(result.imported).toBe(stock);
    }
    return { sku: name, codes: imported };
  };
  const place = (of: string, paymentMethod: Method, more: object = {}) =>
    callJson<Placed>(
      `${product.shopUrl}/api/orders`,
      json(
        { sku: of, quantity: 1, paymentMethod, contact: { phone: "13800138000" }, ...more },
        { "idempotency-key": randomUUID(), "x-forwarded-for": `10.${[...randomBytes(3)].join(".")}` },
      ),
    );
  const pay = (paymentId: string, outcome: string) =>
    callJson(`${product.sandboxUrl}/payments/${paymentId}/pay`, json({ payer: "payer-1", outcome }));
  const read = ({ id, token }: Placed) =>
    callJson<Order>(`${product.shopUrl}/api/orders/${id}`, { headers: { authorization: `Bearer ${token}` } });
  const until = (placed: Placed, isThere: (order: Order) => boolean, withinMs = 20_000) =>
    eventually(
      `order ${placed.id}`,
      async () => {
        const order = await read(placed);
        return isThere(order) ? order : undefined;
      },
      withinMs,
    );

  it.each([
    ["wechat", "code"],
    ["wechat", "recharge"],
    ["alipay", "code"],
    ["alipay", "recharge"],
  ] as const)("an order paid with %s for a %s is delivered", async (method, kind) => {
    const { sku: of, codes: imported } = await addProduct(kind, kind === "code" ? 3 : 0);
    const placed = await place(of, method, kind === "recharge" ? { rechargeAccount: "player-10001" } : {});
    expect(placed).toMatchObject({ status: "awaiting_payment", amountFen: 1234, payment: { method } });
    await pay(placed.payment.id, "success");
    const order = await until(placed, ({ status }) => status === "delivered");
    expect(order.events.map((event) => event.type)).toEqual(["placed", "paid", "delivering", "delivered"]);
    if (kind === "code") {
      expect(imported).toContain(order.codes?.[0]?.code);
      expect(await staff.call("GET", `/api/products/${of}/stock`)).toEqual({
        imported: 3,
        available: 2,
        held: 0,
        sold: 1,
        void: 0,
      });
    }
  });

  it("100 orders of both providers are all delivered, each with a code of its own", async () => {
    const { sku: of } = await addProduct("code", 100);
    const handed = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const placed = await place(of, n % 2 ? "wechat" : "alipay");
        await pay(placed.payment.id, "success");
        return (await until(placed, ({ status }) => status === "delivered", 60_000)).codes?.[0]?.code;
      }),
    );
    expect(new Set(handed).size).toBe(100);
    expect(await staff.call("GET", `/api/products/${of}/stock`)).toMatchObject({ available: 0, sold: 100 });
  });

  it("a payer over the limit learns why, switches the payment and is delivered", async () => {
    const { sku: of } = await addProduct("code", 1);
    const placed = await place(of, "wechat");
    await pay(placed.payment.id, "limit_exceeded");
    const refused = await until(placed, ({ failure }) => failure !== undefined);
    expect(refused).toMatchObject({
      status: "awaiting_payment",
      failure: {
        code: "payment.limit_exceeded",
        remedies: [{ kind: "switch_payment", paymentMethods: ["alipay"] }],
      },
    });
    const next = await callJson<Placed["payment"]>(
      `${product.shopUrl}/api/orders/${placed.id}/pay`,
      json({ paymentMethod: "alipay" }, { authorization: `Bearer ${placed.token}` }),
    );
    expect(next.id).not.toBe(placed.payment.id);
    await pay(next.id, "success");
    const order = await until(placed, ({ status }) => status === "delivered");
    expect(order.failure).toBeUndefined();
  });

  it("a supplier that fails is tried three times more, a second apart; then the order fails with its remedies", async () => {
    const { sku: of } = await addProduct("recharge");
    await callJson(`${product.sandboxUrl}/behaviour`, {
      ...json({ provider: "supplier", errorRate: 1 }),
      method: "PUT",
    });
    try {
      const placed = await place(of, "alipay", { rechargeAccount: "player-10002" });
      await pay(placed.payment.id, "success");
      const order = await until(placed, ({ status }) => status === "delivery_failed", 30_000);
      expect(order.failure).toMatchObject({
        code: "delivery.supplier_failed",
        remedies: [{ kind: "wait" }, { kind: "contact_support" }],
      });
      const tries = order.events.filter((event) => event.code === "delivery.supplier_failed");
      expect(tries.map((event) => event.type)).toEqual([
        "delivery_retry",
        "delivery_retry",
        "delivery_retry",
        "failed",
      ]);
      const gaps = tries.slice(1).map((event, n) => Date.parse(event.at) - Date.parse(tries[n]?.at ?? ""));
      for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(1_000);
    } finally {
      await callJson(`${product.sandboxUrl}/behaviour`, { method: "DELETE" });
    }
  });

  it("staff find the order by what they know and see its whole trace", async () => {
    const { sku: of } = await addProduct("code", 1);
    const placed = await place(of, "alipay", {
      contact: { phone: "13900139123", email: "buyer@example.com" },
    });
    await pay(placed.payment.id, "success");
    await until(placed, ({ status }) => status === "delivered");
    for (const q of [placed.id, placed.payment.id, "buyer@example.com", of]) {
      const found = await staff.call<{ items: { id: string }[] }>("POST", "/api/orders/search", { q });
      expect(
        found.items.map((item) => item.id),
        q,
      ).toContain(placed.id);
    }
    const order = await staff.call<{ trace: { type: string }[]; contact: object }>(
      "GET",
      `/api/orders/${placed.id}`,
    );
    expect(JSON.stringify(order)).not.toContain("13900139123");
    expect(order.trace.map((entry) => entry.type)).toEqual(
      expect.arrayContaining(["placed", "paid", "delivered"]),
    );
  });
}

describe("the contract, with the queue on PostgreSQL", () => suite(async () => ({})));

describeWith("redis-server", "the contract, with the queue on Redis", (path) => {
  let redis: ChildProcess;
  suite(async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const address = probe.address();
    const port = typeof address === "object" && address ? address.port : 0;
    await once(probe.close(), "close");
    redis = spawn(path, ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
      stdio: "ignore",
    });
    return { REDIS_URL: `redis://127.0.0.1:${port}` };
  });
  afterAll(async () => {
    const ended = once(redis, "exit");
    redis.kill();
    await ended;
  });
});

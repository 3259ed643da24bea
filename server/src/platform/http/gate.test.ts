import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { Problem } from "@orderwatch/shared/problem.ts";
import { route } from "@orderwatch/shared/route.ts";
import { expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { priorityOf } from "../../app/shop-gate.ts";
import { systemClock } from "../clock.ts";
import { createIds } from "../ids.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { type Load, refusedFrom } from "../overload.ts";
import { createAddressResolver } from "./address.ts";
import { endpoint } from "./endpoint.ts";
import { createGate } from "./gate.ts";
import { drain, listen } from "./listening.ts";
import { createHttpServer, createServing } from "./server.ts";

/** A server behind a gate whose load the test sets. */
async function serve(log = createLog({ level: "silent", name: "test" })) {
  const context = {
    log,
    newId: createIds(systemClock),
    addressOf: createAddressResolver([]),
    metrics: createMetrics(),
  };
  const load: Omit<Load, "requests"> = { orders: 0, eventLoop: 0, database: 0 };
  const refused: string[] = [];
  const served: string[] = [];
  const gate = createGate({
    ...context,
    clock: systemClock,
    priorityOf,
    load: () => load,
    onRefused: (priority) => refused.push(priority),
  });
  const orders = endpoint(
    route({ path: "POST /api/orders", summary: "", body: z.object({}), reply: z.object({}) }),
    async () => ({}),
  );
  const server = createHttpServer({
    serving: createServing(context),
    hot: [orders],
    rest: (incoming, response) => {
      served.push(`${incoming.method} ${incoming.url}`);
      response.end(incoming.url === "/large" ? Buffer.alloc(500_000) : "{}");
    },
    gate,
  });
  const port = await listen(server, 0, "127.0.0.1");
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(async () => {
    agent.destroy();
    gate.close();
    await drain(server, { patienceMs: 0 });
  });
  const send = async (method: string, path: string, body?: string) => {
    const sent = request({ port, host: "127.0.0.1", method, path, agent });
    if (body !== undefined) sent.setHeader("content-type", "application/json");
    sent.end(body);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: await text(answer),
      socket: sent.socket,
    };
  };
  return { load, refused, served, send, server, port, metrics: context.metrics };
}

const requests = [
  ["browse", "GET", "/api/products"],
  ["browse", "GET", "/"],
  ["browse", "POST", "/api/beacons"],
  ["order", "POST", "/api/orders"],
  ["own", "GET", "/api/orders/0198c0de-0000-7000-8000-000000000000"],
  ["own", "POST", "/api/orders/0198c0de-0000-7000-8000-000000000000/pay"],
  ["own", "GET", "/pay/0198c0de-0000-7000-8000-000000000000"],
  ["own", "GET", "/status"],
  ["own", "GET", "/api/status"],
  ["own", "POST", "/api/status/subscriptions"],
  ["own", "GET", "/assets/index-a1b2c3.js"],
  ["callback", "POST", "/api/payments/wechat/notify"],
  ["callback", "POST", "/api/payments/alipay/notify"],
] as const;

it.each([
  [0.5, []],
  [0.9, ["browse"]],
  [1.1, ["browse", "order"]],
  [2, ["browse", "order", "own"]],
  [5, ["browse", "order", "own", "callback"]],
])("at a load of %d of what it can do, the shop refuses %j and serves the rest", async (now, expected) => {
  const { load, refused, send, metrics } = await serve();
  load.eventLoop = now;
  for (const [priority, method, path] of requests) {
    const { status } = await send(method, path, method === "POST" ? "{}" : undefined);
    expect([path, status]).toEqual([path, expected.some((each) => each === priority) ? 503 : 200]);
  }
  expect([...new Set(refused)]).toEqual(expected);
  for (const path of ["/healthz", "/readyz", "/metrics"]) expect((await send("GET", path)).status).toBe(200);
  const counted = await metrics.getSingleMetric("http_requests_refused_total")?.get();
  expect(counted?.values.reduce((sum, { value }) => sum + value, 0)).toBe(refused.length);
});

it.each([
  ["browsing", refusedFrom.browse],
  ["orders", refusedFrom.order],
])("the status page is read while staff refuse %s", async (_, shed) => {
  const { load, send } = await serve();
  load.shed = shed;
  expect((await send("GET", "/api/products")).status).toBe(503);
  for (const path of ["/status", "/api/status", "/assets/index-a1b2c3.js"])
    expect([path, (await send("GET", path)).status]).toEqual([path, 200]);
});

it("a refusal is a problem document that says when to come again, and leaves the connection open", async () => {
  const { load, served, send } = await serve();
  load.orders = 1;
  const first = await send("POST", "/api/orders", JSON.stringify({ filler: "x".repeat(100_000) }));
  expect(first.status).toBe(503);
  expect(first.headers).toMatchObject({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  });
  const problem = Problem.parse(JSON.parse(first.text));
  expect(problem).toMatchObject({
    code: "server.busy",
    status: 503,
    requestId: first.headers["x-request-id"],
  });
  const [remedy] = problem.remedies ?? [];
  expect(remedy?.kind).toBe("wait_until");
  expect(Date.parse(remedy?.until ?? "")).toBeGreaterThan(Date.now());
  expect(Number(first.headers["retry-after"])).toBeGreaterThanOrEqual(1);
  const second = await send("POST", "/api/orders", "{}");
  expect(second.socket).toBe(first.socket);
  expect(JSON.parse(second.text).requestId).not.toBe(problem.requestId);
  load.orders = 0;
  const third = await send("POST", "/api/orders", "{}");
  expect([third.status, third.socket]).toEqual([200, first.socket]);
  expect(served).toEqual([]);
});

it("clients that ask a thousand times and read no answer lose their connections, and orders are taken", async () => {
  const { server, port, send } = await serve();
  for (let n = 0; n < 3; n++) {
    const accepted = once(server, "connection");
    const client = connect(port, "127.0.0.1")
      .on("error", () => undefined)
      .pause();
    onTestFinished(() => void client.destroy());
    const [socket] = (await accepted) as [Socket];
    const ended = once(socket, "close");
    client.write("GET /large HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000));
    await ended;
  }
  expect((await send("POST", "/api/orders", "{}")).status).toBe(200);
});

it("those who are refused together are asked back at different times", async () => {
  const { load, send } = await serve();
  load.orders = 1;
  const untils = new Set<string>();
  for (let n = 0; n < 12; n++) {
    const { text: body } = await send("GET", "/api/products");
    untils.add(Problem.parse(JSON.parse(body)).remedies?.[0]?.until ?? "");
  }
  expect(untils.size).toBeGreaterThan(3);
});

it("what it says of its refusals names every resource, open requests among them", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const lines: string[] = [];
  const { load, send } = await serve(
    createLog({ level: "warn", name: "test" }, { write: (line) => lines.push(line) }),
  );
  load.orders = 1;
  await send("POST", "/api/orders", "{}");
  vi.advanceTimersByTime(5_000);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { refused: { order: 1 }, load: { orders: 1, eventLoop: 0, database: 0, requests: 0 } },
  ]);
});

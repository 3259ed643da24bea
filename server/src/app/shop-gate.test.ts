import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { route } from "@orderwatch/shared/route.ts";
import { shopPaths } from "@orderwatch/shared/shop/paths.ts";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { systemClock } from "../platform/clock.ts";
import { createAddressResolver } from "../platform/http/address.ts";
import { endpoint } from "../platform/http/endpoint.ts";
import { createExpress } from "../platform/http/express.ts";
import { createGate } from "../platform/http/gate.ts";
import { drain, listen } from "../platform/http/listening.ts";
import { createHttpServer, createServing } from "../platform/http/server.ts";
import { createIds } from "../platform/ids.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { refusedFrom } from "../platform/overload.ts";
import { priorityOf } from "./shop-gate.ts";

/** The shop's way to place an order, hot and by Express, behind the gate; `shed` is what staff gave up, as a load. */
async function serve() {
  const context = {
    log: createLog({ level: "silent", name: "test" }),
    newId: createIds(systemClock),
    addressOf: createAddressResolver([]),
    metrics: createMetrics(),
  };
  const staff = { shed: 0 };
  const gate = createGate({
    ...context,
    clock: systemClock,
    priorityOf,
    load: () => ({ orders: 0, eventLoop: 0, database: 0, ...staff }),
    onRefused: () => undefined,
  });
  const orders = endpoint(
    route({ path: shopPaths.placeOrder, summary: "", body: z.object({}), reply: z.object({}) }),
    async () => ({}),
  );
  const serving = createServing(context);
  const server = createHttpServer({
    ...{ serving, gate, hot: [orders] },
    rest: createExpress({ serving, endpoints: [orders], production: false }),
  });
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(async () => {
    gate.close();
    await drain(server, { patienceMs: 0 });
  });
  const post = async (path: string): Promise<number | undefined> => {
    // Not fetch, which would tidy the address.
    const sent = request({ port, host: "127.0.0.1", method: "POST", path, agent: false });
    sent.setHeader("content-type", "application/json");
    sent.end("{}");
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    await text(answer);
    return answer.statusCode;
  };
  return { staff, post };
}

const spellings = [
  "/api/orders",
  "/api/orders?x=1",
  "/api/orders/",
  "/api/orders/?x=1",
  "/API/Orders",
  "/aPI/ORDERS/?a=/stream",
  "/api/orders#here",
  "/api/orders/#here",
  "/api/orders\\#here",
  "/api/orders?/stream#here",
  "http://shop.example/api/orders",
  "http://shop.example/api/orders/",
];

it.each(spellings)("no order is placed at %s while staff refuse orders", async (spelling) => {
  const { staff, post } = await serve();
  expect(await post(spelling), "an address that places orders").toBe(200);
  staff.shed = refusedFrom.order;
  expect(await post(spelling)).toBe(503);
});

it("an address that does not lead to placing an order is not taken for a buyer's own order either", async () => {
  const { staff, post } = await serve();
  const others = [
    "//api/orders",
    "/api/orders//",
    "/api/order%73",
    "/api/%6frders/",
    "/api/./orders/",
    "/api/orders/%2e",
  ];
  for (const path of others) expect([path, await post(path)]).toEqual([path, 404]);
  staff.shed = refusedFrom.order;
  for (const path of others) expect([path, await post(path)]).toEqual([path, 503]);
});

it.each([
  ["order", "POST", "/api/orders/"],
  ["order", "POST", "/API/ORDERS"],
  ["browse", "GET", "/api/orders/"],
  ["own", "GET", "/api/orders/0198c0de-0000-7000-8000-000000000000/"],
  ["own", "POST", "/api/orders/0198c0de-0000-7000-8000-000000000000/call-back"],
  ["browse", "GET", "/api/orders/0198c0de-0000-7000-8000-000000000000/stream"],
  ["browse", "GET", "/api/orders/0198c0de-0000-7000-8000-000000000000/STREAM/"],
  ["callback", "POST", "/api/payments/wechat/notify"],
  ["callback", "POST", "/api/payments/alipay/notify"],
  ["browse", "GET", "/api/payments/wechat/notify"],
  ["browse", "POST", "/api/payments/wechat/notify/more"],
  ["browse", "POST", "/api/payments/anything"],
  ["browse", "POST", "/api/statusx"],
])("a request is worth as much as what it does: %s for %s %s", (priority, method, path) => {
  expect(priorityOf(method, path)).toBe(priority);
});

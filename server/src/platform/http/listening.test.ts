import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import { route } from "@orderwatch/shared/route.ts";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { systemClock } from "../clock.ts";
import { createIds } from "../ids.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createAddressResolver } from "./address.ts";
import { endpoint } from "./endpoint.ts";
import { drain, listen } from "./listening.ts";
import { rotateConnections } from "./rotation.ts";
import { createHttpServer, createServing } from "./server.ts";

/** A server whose `/held` is answered when the test lets it. */
async function serve() {
  const held = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const reply = z.object({});
  const serving = createServing({
    log: createLog({ level: "silent", name: "test" }),
    newId: createIds(systemClock),
    addressOf: createAddressResolver([]),
    metrics: createMetrics(),
  });
  const server = createHttpServer({
    serving,
    hot: [
      endpoint(route({ path: "GET /quick", summary: "", reply }), async () => ({})),
      endpoint(route({ path: "GET /held", summary: "", reply }), async () => {
        entered.resolve();
        await held.promise;
        return {};
      }),
    ],
    rest: (_request, response) => response.end(),
  });
  const port = await listen(server, 0, "127.0.0.1");
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(async () => {
    held.resolve();
    agent.destroy();
    await drain(server, { patienceMs: 0 });
  });
  const ask = (path: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get({ port, host: "127.0.0.1", path, agent }, (answer) => resolve(answer.resume())).on("error", reject);
    });
  return { server, port, ask, held, entered };
}

it("a connection that is kept alive gets its next answer while the server drains, and ends with it", async () => {
  const { server, ask } = await serve();
  expect((await ask("/quick")).headers.connection).toBe("keep-alive");
  const draining = drain(server, { patienceMs: 60_000 });
  const answer = await ask("/quick");
  expect([answer.statusCode, answer.headers.connection]).toEqual([200, "close"]);
  await draining;
});

it("connections of some age end with an answer, so that another node may take the next one", async () => {
  const { server, port } = await serve();
  rotateConnections(server, 0);
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, host: "127.0.0.1", path: "/quick", agent }, (found) => resolve(found.resume())).on(
      "error",
      reject,
    );
  });
  expect([answer.statusCode, answer.headers.connection]).toEqual([200, "close"]);
});

it("so does one whose answer comes from no endpoint", async () => {
  const { server, ask } = await serve();
  await ask("/quick");
  const draining = drain(server, { patienceMs: 60_000 });
  expect((await ask("/file")).headers.connection).toBe("close");
  await draining;
});

it("what was in flight when the draining began is answered, and its connection ends", async () => {
  const { server, ask, held, entered } = await serve();
  const answer = ask("/held");
  await entered.promise;
  const draining = drain(server, { patienceMs: 0 });
  held.resolve();
  expect((await answer).headers.connection).toBe("close");
  await draining;
});

it("who drains while a draining is under way waits for what is in flight as well", async () => {
  const { server, ask, held, entered } = await serve();
  const answer = ask("/held");
  await entered.promise;
  const first = drain(server, { patienceMs: 0 });
  let isLetGo = false;
  const second = drain(server, { patienceMs: 0 }).then(() => isLetGo);
  await setImmediate();
  isLetGo = true;
  held.resolve();
  expect(await second).toBe(true);
  await first;
  await answer;
});

it("a connection on which nothing comes does not hold the draining up", async () => {
  const { server, port } = await serve();
  const idle = connect(port, "127.0.0.1");
  await once(idle, "connect");
  idle.write("GET /quick HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(idle, "data");
  const closed = once(idle, "close");
  await drain(server, { patienceMs: 50 });
  await closed;
});

it("a server that is told to listen again meanwhile keeps its connections", async () => {
  const { server, ask } = await serve();
  await ask("/quick");
  const draining = drain(server, { patienceMs: 60_000 });
  await listen(server, 0, "127.0.0.1");
  await draining;
  expect((await ask("/quick")).headers.connection).toBe("keep-alive");
});

it("a draining that ended because the server listened again does not count as the end of a later one", async () => {
  const { server, ask, held, entered } = await serve();
  const answer = ask("/held");
  await entered.promise;
  const first = drain(server);
  // It has looked once at what is in flight, and does so again only after the second has begun.
  await setImmediate();
  await listen(server, 0, "127.0.0.1");
  const second = drain(server);
  held.resolve();
  expect(await Promise.all([first, second])).toEqual([false, true]);
  await answer;
});

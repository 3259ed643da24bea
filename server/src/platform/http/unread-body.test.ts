import { once } from "node:events";
import { connect } from "node:net";
import { text as readText } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { systemClock } from "../clock.ts";
import { createIds } from "../ids.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createAddressResolver } from "./address.ts";
import { drain, listen } from "./listening.ts";
import { jsonReply } from "./message.ts";
import { createHttpServer, createServing } from "./server.ts";

/** A server that decides whether to admit a `POST /held` when the test lets it. */
async function serve(answerWithinMs?: number) {
  const held = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const bodies: string[] = [];
  const handle = async ({ body }: { body: Buffer }) => {
    bodies.push(body.toString());
    return jsonReply(200, {});
  };
  const serving = createServing({
    log: createLog({ level: "silent", name: "test" }),
    newId: createIds(systemClock),
    addressOf: createAddressResolver([]),
    metrics: createMetrics(),
    ...(answerWithinMs === undefined ? {} : { answerWithinMs }),
  });
  const admit = async () => {
    entered.resolve();
    await held.promise;
    return handle;
  };
  const server = createHttpServer({
    serving,
    hot: [{ method: "POST", path: "/held", bodyLimitBytes: 100, admit, handle }],
    rest: (_request, response) => response.end(),
  });
  const closed = new Promise<void>((resolve) => {
    server.on("request", (incoming) => incoming.once("close", resolve));
  });
  const client = connect(await listen(server, 0, "127.0.0.1"), "127.0.0.1");
  onTestFinished(async () => {
    held.resolve();
    client.destroy();
    await drain(server, { patienceMs: 0 });
  });
  await once(client, "connect");
  return { server, client, held, entered, closed, bodies };
}

const head = "POST /held HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n";

it.each([
  ["before its body had come", head],
  ["after its body had come", `${head}body`],
])("a server settles though a client left %s, while it was decided whether to read it", async (_, bytes) => {
  const { server, client, held, entered, closed, bodies } = await serve();
  client.write(bytes);
  await entered.promise;
  client.destroy();
  await closed;
  held.resolve();
  await server.settled();
  expect(bodies).toEqual([]);
});

it("a server settles though a client was told to come again, and its body let go, before that was decided", async () => {
  const { server, client, held, closed, bodies } = await serve(20);
  client.write(`${head}body`);
  expect(await readText(client)).toMatch(/^HTTP\/1\.1 503 /);
  await closed;
  held.resolve();
  await server.settled();
  expect(bodies).toEqual([]);
});

it("a body is read whole though it had come before that was decided", async () => {
  const { server, client, held, entered, bodies } = await serve();
  client.write(`${head}body`);
  await entered.promise;
  held.resolve();
  expect(await readText(client)).toMatch(/^HTTP\/1\.1 200 /);
  await server.settled();
  expect(bodies).toEqual(["body"]);
});

const stalling = "POST /held HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nb";

it("a client whose body does not come is told so, its connection ends, and the server settles", async () => {
  const { server, client, held, bodies } = await serve(20);
  held.resolve();
  client.write(stalling);
  const answer = await readText(client);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  await server.settled();
  expect(bodies).toEqual([]);
});

it("a server settles though a client was told to come again before that was decided, and its body never comes", async () => {
  const { server, client, held, bodies } = await serve(20);
  client.write(head);
  expect(await readText(client)).toMatch(/^HTTP\/1\.1 503 /);
  held.resolve();
  await server.settled();
  expect(bodies).toEqual([]);
});

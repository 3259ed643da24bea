import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, it, onTestFinished, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { createIds } from "../ids.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createAddressResolver } from "./address.ts";
import { drain, listen } from "./listening.ts";
import { jsonReply } from "./message.ts";
import { createHttpServer, createServing } from "./server.ts";

/** A server that answers `/held` when the test lets it, and everything else with more than a socket takes unread. */
async function serve(idleMs?: number) {
  const held = Promise.withResolvers<void>();
  let entered = 0;
  const handle = async () => {
    entered += 1;
    await held.promise;
    return jsonReply(200, {});
  };
  const server = createHttpServer({
    serving: createServing({
      log: createLog({ level: "silent", name: "test" }),
      newId: createIds(systemClock),
      addressOf: createAddressResolver([]),
      metrics: createMetrics(),
    }),
    hot: [{ method: "GET", path: "/held", bodyLimitBytes: 0, handle }],
    rest: (_request, response) => response.end(Buffer.alloc(20_000_000)),
    ...(idleMs === undefined ? {} : { idleMs }),
  });
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(async () => {
    held.resolve();
    await drain(server, { withinMs: 0 });
  });
  const dial = async () => {
    const accepted = once(server, "connection");
    const client = connect(port, "127.0.0.1").on("error", () => undefined);
    onTestFinished(() => void client.destroy());
    const [socket] = (await accepted) as [Socket];
    return { client, ended: once(socket, "close") };
  };
  return { held, dial, entered: () => entered };
}

const asking = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

it("a connection with more open requests than anybody has in good faith is ended, and no more of it is begun", async () => {
  const { dial, entered } = await serve();
  const { client, ended } = await dial();
  client.write(asking("/held").repeat(500));
  await ended;
  expect(entered()).toBe(16);
});

it("one that sends a few ahead gets all their answers, however often", async () => {
  const { dial, held } = await serve();
  const { client } = await dial();
  held.resolve();
  let heard = "";
  client.setEncoding("utf8").on("data", (text: string) => {
    heard += text;
  });
  for (let round = 1; round <= 5; round++) {
    client.write(asking("/held").repeat(10));
    await vi.waitFor(() => expect(heard.split("HTTP/1.1 200")).toHaveLength(round * 10 + 1), { interval: 5 });
  }
});

it("a connection whose client does not read its answer is cut after a while", async () => {
  const { dial } = await serve(30);
  const { client, ended } = await dial();
  client.pause().write(asking("/large"));
  await ended;
});

import type { Server } from "node:http";
import { Server as TcpServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { HttpServer } from "./server.ts";

const lookAgainMs = 20;

const countConnections = (server: Server) =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

/** The latest of each server: one that does not listen any more may still have requests in flight. */
const drainings = new WeakMap<Server, Promise<boolean>>();

type DrainOptions = { withinMs?: number; patienceMs?: number };

/**
 * Stops accepting and lets what is in flight finish; who drains meanwhile waits for the same end. Connections are ended by
 * their next answer, which says `connection: close`; those still idle after `patienceMs` are closed, and after `withinMs` the
 * rest is cut. Handlers always come to their end. False if the server listened again meanwhile, which ends the draining.
 */
export function drain(server: Server | HttpServer, options: DrainOptions = {}): Promise<boolean> {
  if (!server.listening) return drainings.get(server) ?? Promise.resolve(true);
  const draining = finish(server, options);
  drainings.set(server, draining);
  return draining;
}

async function finish(
  server: Server | HttpServer,
  { withinMs = 8_000, patienceMs = 1_000 }: DrainOptions,
): Promise<boolean> {
  // Its own `close` also cuts idle connections, on which a request may just be on its way.
  TcpServer.prototype.close.call(server);
  let hasListened = false;
  server.once("listening", () => {
    hasListened = true;
  });
  // It may be drained again by the time that we look, or not have told yet that it listens.
  const isOver = () => hasListened || server.listening;
  const begunMs = performance.now();
  while ((await countConnections(server)) > 0) {
    if (isOver()) return false;
    const passedMs = performance.now() - begunMs;
    if (passedMs >= withinMs) server.closeAllConnections();
    else if (passedMs >= patienceMs) server.closeIdleConnections();
    await delay(lookAgainMs);
  }
  if (isOver()) return false;
  // Ends what HTTP keeps beside the connections.
  server.close();
  if ("settled" in server) await server.settled();
  return !isOver();
}

/** Listens on a host and port of its own; resolves with the port, which matters when 0 was asked for. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog: 4096 }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

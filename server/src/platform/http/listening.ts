import type { Server } from "node:http";
import { Server as TcpServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { HttpServer } from "./server.ts";

const lookAgainMs = 20;

const countConnections = (server: Server) =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

/**
 * Stops accepting and lets what is in flight finish. Open connections are ended by their next answer, which says
 * `connection: close`; those still idle after `patienceMs` are closed, and after `withinMs` the rest is cut. Handlers
 * always come to their end. The server can listen again afterwards, or already meanwhile, which ends the draining.
 */
export async function drain(
  server: Server | HttpServer,
  { withinMs = 8_000, patienceMs = 1_000 }: { withinMs?: number; patienceMs?: number } = {},
): Promise<void> {
  if (!server.listening) return;
  // Its own `close` also cuts idle connections, on which a request may just be on its way.
  TcpServer.prototype.close.call(server);
  const begunMs = performance.now();
  while ((await countConnections(server)) > 0) {
    if (server.listening) return;
    const passedMs = performance.now() - begunMs;
    if (passedMs >= withinMs) server.closeAllConnections();
    else if (passedMs >= patienceMs) server.closeIdleConnections();
    await delay(lookAgainMs);
  }
  if (server.listening) return;
  // Ends what HTTP keeps beside the connections.
  server.close();
  if ("settled" in server) await server.settled();
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

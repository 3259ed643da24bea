import type { Server } from "node:http";
import type { HttpServer } from "./server.ts";

const lookAgainMs = 50;

/**
 * Stops accepting, lets what is in flight finish, and closes idle connections as they become idle.
 * After `withinMs` the rest of the connections is cut; handlers always come to their end. The server can listen again afterwards.
 */
export async function drain(server: Server | HttpServer, withinMs = 8_000): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), lookAgainMs);
  const cut = setTimeout(() => server.closeAllConnections(), withinMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
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

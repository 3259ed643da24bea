import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Ends connections of about this age with their next answer, so that nodes that share a port come to share its buyers:
 * a connection that is kept alive would stay with whoever took it first.
 */
export function rotateConnections(server: Server, aboutMs: number): void {
  const endsAt = new WeakMap<Socket, number>();
  server.on("connection", (socket: Socket) => {
    // Spread, so that what was opened together does not come back together.
    endsAt.set(socket, performance.now() + aboutMs * (0.5 + Math.random()));
  });
  server.prependListener("request", ({ socket }, response) => {
    const isOld = performance.now() > (endsAt.get(socket) ?? Number.POSITIVE_INFINITY);
    if (isOld) response.setHeader("connection", "close");
  });
}

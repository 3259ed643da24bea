import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * So many requests of one connection may wait for their answers. Browsers and proxies send one after the other; who sends
 * many and reads no answer would keep them all open for as long as they stay.
 */
const mostOpen = 16;

/** Counts each connection's open requests and ends one that has too many; false for a request of one that has ended. */
export function createPipelineBound(): (request: IncomingMessage, response: ServerResponse) => boolean {
  const openOf = new WeakMap<Socket, number>();
  const add = (socket: Socket, change: number): number => {
    const open = (openOf.get(socket) ?? 0) + change;
    openOf.set(socket, open);
    return open;
  };
  return ({ socket }, response) => {
    // What came with the same bytes is still handed on.
    if (socket.destroyed) return false;
    if (add(socket, 1) > mostOpen) {
      socket.destroy();
      return false;
    }
    response.once("close", () => add(socket, -1));
    return true;
  };
}

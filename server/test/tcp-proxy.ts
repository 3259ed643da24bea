import { connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface TcpProxy {
  port: number;
  /** Nothing passes from now on, in either direction; nobody is told. */
  stall(): void;
  /** What was held goes on. */
  resume(): void;
  close(): Promise<void>;
}

/** Stands before a server on real sockets: what a network does on a bad day. */
export async function openTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isStalled = false;
  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect(target);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => to.write(bytes));
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      if (isStalled) from.pause();
      else from.resume();
    }
  });
  server.listen(0, "127.0.0.1");
  while (!server.listening) await delay(1);
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    stall() {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      isStalled = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { lookup } from "node:dns/promises";
import { BoundSocket, Socket } from "node:net";
import { StartRefused } from "../../platform/start-refused.ts";

/** The shop's bound socket. The supervisor keeps it and never listens, so it never takes a connection itself. */
export type SharedPort = {
  host: string;
  port: number;
  /** Undocumented form of the socket that a child can listen on; `null` where this Node has none. */
  handle: object | null;
  close(): void;
};

function bind(setting: string, host: string, port: number): BoundSocket {
  try {
    return new BoundSocket({ host, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE") {
      throw new StartRefused(`${setting}: port ${port} on ${host} is taken by another program`);
    }
    if (code === "EACCES") throw new StartRefused(`${setting}: port ${port} needs more rights`);
    if (code === "EADDRNOTAVAIL") {
      throw new StartRefused(`HOST: ${host} is not an address of this machine`);
    }
    throw error;
  }
}

/** The numeric address to bind for HOST. Throws `StartRefused` when it has none. */
export async function resolveHost(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch {
    throw new StartRefused(`HOST: ${host} has no address`);
  }
}

/** Makes sure that a child will get its port, and finds a free one for 0. Throws `StartRefused` naming the setting. */
export function reservePort(setting: string, host: string, port: number): number {
  const bound = bind(setting, host, port);
  const address = bound.address();
  bound.close();
  return typeof address === "string" ? port : address.port;
}

/** Binds the port that the shop nodes share. Throws `StartRefused` naming the setting when it is taken. */
export function bindSharedPort(setting: string, host: string, port: number): SharedPort {
  const bound = bind(setting, host, port);
  const address = bound.address();
  const actual = typeof address === "string" ? port : address.port;
  // An adopted socket can be sent to a child as often as needed; `_handle` is what `server.listen` documents.
  const keeper = new Socket({ handle: bound });
  const handle: unknown = Reflect.get(keeper, "_handle");
  if (typeof handle === "object" && handle !== null) {
    return { host, port: actual, handle, close: () => keeper.destroy() };
  }
  // Without the handle the nodes open the port themselves, with reusePort, so it must not stay bound here.
  keeper.destroy();
  return { host, port: actual, handle: null, close: () => undefined };
}

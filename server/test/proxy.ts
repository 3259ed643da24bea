import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { listen } from "../src/platform/http/listening.ts";

/**
 * What becomes of a call on its way: `lost` before it arrives, or the answer to it (`unanswered`); or it goes through; or
 * it gets another answer, whether or not it `arrives`.
 */
export type Fate =
  | "through"
  | "lost"
  | "unanswered"
  | { status: number; body: string; headers?: Record<string, string>; arrives?: true };

export interface TestProxy {
  url: string;
  /** Calls that arrived at the other side, as `POST /path`. */
  arrived: string[];
  close(): Promise<void>;
}

/** Stands between us and another company on real sockets; `decide` is asked for each call, and may take its time. */
export async function openProxy(
  target: string,
  decide: (call: string, headers: IncomingHttpHeaders) => Fate | Promise<Fate>,
): Promise<TestProxy> {
  const arrived: string[] = [];
  const forward = async (request: IncomingMessage, body: Buffer): Promise<Response> => {
    arrived.push(`${request.method} ${request.url}`);
    const { host: _, connection: __, "transfer-encoding": ___, ...headers } = request.headers;
    return await fetch(new URL(request.url ?? "/", target), {
      method: request.method ?? "GET",
      redirect: "manual",
      headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
    });
  };
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const fate = await decide(`${request.method} ${request.url}`, request.headers);
    if (fate === "lost") return response.destroy();
    if (typeof fate === "object" && fate.arrives) await (await forward(request, body)).arrayBuffer();
    if (typeof fate === "object") return response.writeHead(fate.status, fate.headers).end(fate.body);
    const answer = await forward(request, body);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (fate === "unanswered") return response.destroy();
    const { "content-encoding": _, "content-length": __, ...headers } = Object.fromEntries(answer.headers);
    return response.writeHead(answer.status, headers).end(bytes);
  });
  const url = `http://127.0.0.1:${await listen(server, 0, "127.0.0.1")}`;
  return {
    url,
    arrived,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { once } from "node:events";
import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { paymentMethods } from "@orderwatch/shared/shop/orders.ts";
import type { Keys } from "../platform/crypto.ts";
import type { Database } from "../platform/db.ts";
import { createAddressResolver } from "../platform/http/address.ts";
import type { Gate } from "../platform/http/gate.ts";
import { listen } from "../platform/http/listening.ts";
import { createHttpServer, createServing } from "../platform/http/server.ts";
import type { NewId } from "../platform/ids.ts";
import type { Logger } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { createRehearsal } from "../shop/orders/actions.ts";
import { placeOrderEndpoint } from "../shop/orders/routes.ts";

const rounds = 24;
const ordersARound = 8;
/** Between two rounds, for whoever takes orders meanwhile. */
const restMs = 40;
const contact = { phone: "13800000000", email: "rehearsal@example.com" };

/**
 * Has a standby place orders over HTTP as if it were active, on a port of its own, none of which is real. Code that has not
 * run yet is compiled when it first does, and slow until it ran some hundred times: the first fifty orders of a node that has
 * never had any cost it more than twice what later ones do, just as those who waited for a standby all come at once.
 */
export async function rehearseOrders(deps: {
  ordering: Database;
  gate: Gate;
  keys: Keys;
  newId: NewId;
  shopUrl: string;
  log: Logger;
  /** Ends it: the node takes orders, or stops. */
  signal: AbortSignal;
}): Promise<void> {
  const { gate, keys, newId, log, signal } = deps;
  const placer = createRehearsal(deps);
  const server = createHttpServer({
    serving: createServing({
      log,
      newId,
      metrics: createMetrics(),
      addressOf: createAddressResolver(["loopback"]),
    }),
    hot: [placeOrderEndpoint({ placer, keys, onRefused: () => undefined })],
    rest: (_: IncomingMessage, response: ServerResponse) => void response.writeHead(404).end(),
    gate,
  });
  const agent = new Agent({ keepAlive: true });
  const order = async (port: number, n: number): Promise<void> => {
    const sent = request({
      ...{ agent, signal, port, host: "127.0.0.1", method: "POST", path: "/api/orders" },
      headers: {
        "content-type": "application/json",
        "idempotency-key": newId(),
        // Of those set aside for documentation (RFC 5737).
        "x-forwarded-for": `192.0.2.${n % 256}`,
      },
    });
    sent.end(
      JSON.stringify({ sku: "REHEARSAL", quantity: 1, paymentMethod: paymentMethods[n % 2], contact }),
    );
    const [answer]: IncomingMessage[] = await once(sent, "response");
    let text = "";
    for await (const chunk of answer ?? []) text += chunk;
    if (answer?.statusCode !== 201)
      throw new Error(`a rehearsed order was answered ${answer?.statusCode}: ${text}`);
  };
  try {
    const port = await listen(server, 0, "127.0.0.1");
    for (let round = 0; round < rounds; round++) {
      await Promise.all(
        Array.from({ length: ordersARound }, (_, n) => order(port, round * ordersARound + n)),
      );
      await delay(restMs, undefined, { signal });
    }
  } catch (error) {
    if (signal.aborted) return;
    log.warn({ err: error }, "orders could not be rehearsed; the first ones after a takeover take longer");
  } finally {
    agent.destroy();
    server.close();
    // Orders whose asker is gone are still being placed.
    await server.settled();
  }
}

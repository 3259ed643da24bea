import type { ShedLevel } from "@orderwatch/shared/ops/levers.ts";
import { paymentMethods } from "@orderwatch/shared/shop/orders.ts";
import { createGate, type Gate, type GateOptions } from "../platform/http/gate.ts";
import { watchLoopDelay } from "../platform/loop-delay.ts";
import { type Load, type Priority, refusedFrom } from "../platform/overload.ts";

/**
 * An event loop that is late by so much, for a second, answers nobody in time. Not less, since the loop of a machine that
 * others keep busy is late as well, and refusing would not help it.
 */
const fullLoopDelayMs = 400;

/** The payment companies' own calls, spelled as they were told to; every other way to write them is worth no more than a page. */
const callbacks = new Set(paymentMethods.map((method) => `/api/payments/${method}/notify`));
/** Like Express, which looks neither at case nor at a slash at the end, and routes every spelling to the same endpoint. */
const placing = /^\/api\/orders\/?$/i;
/** Streams are comfort: whoever is refused reads again and again. */
const ofOrder = /^\/(?:api\/orders\/[\w-]+(?!\/stream\/?$)(?:\/[\w-]+)?|pay\/[\w-]+)\/?$/i;
/** Whoever is refused elsewhere looks here for the reason, and needs the page's files to see it. */
const ofStatus = /^\/(?:status|api\/status(?:\/[\w-]+)*)\/?$|^\/assets\/[\w./-]+$/i;

/**
 * What each of the shop's requests is worth under load; probes are always answered, or a busy node would look dead.
 * Only addresses known here are worth anything: an odd spelling must not get past what staff shed.
 */
export function priorityOf(method: string, path: string): Priority | undefined {
  if (path === "/healthz" || path === "/readyz" || path === "/metrics") return undefined;
  if (method === "POST" && callbacks.has(path)) return "callback";
  if (placing.test(path)) return method === "POST" ? "order" : "browse";
  return ofOrder.test(path) || ofStatus.test(path) ? "own" : "browse";
}

const shedLoad = (level: ShedLevel): number => (level === "none" ? 0 : refusedFrom[level]);

/** The gate before a shop node: it looks at orders under way, the database's queue, the event loop, and what staff shed. */
export function createShopGate(
  options: Omit<GateOptions, "priorityOf" | "load"> & {
    orders: { load(): number };
    database: { load(): number };
    levers: { current(): { shed: ShedLevel } };
  },
): Gate {
  const delay = watchLoopDelay();
  const gate = createGate({
    ...options,
    priorityOf,
    load: (): Omit<Load, "requests"> => ({
      orders: options.orders.load(),
      database: options.database.load(),
      eventLoop: delay.ms() / fullLoopDelayMs,
      shed: shedLoad(options.levers.current().shed),
    }),
  });
  return {
    ...gate,
    close() {
      delay.stop();
      gate.close();
    },
  };
}

import type { ShedLevel } from "@orderwatch/shared/ops/levers.ts";
import { createGate, type Gate, type GateOptions } from "../platform/http/gate.ts";
import { watchLoopDelay } from "../platform/loop-delay.ts";
import { type Load, type Priority, refusedFrom } from "../platform/overload.ts";

/**
 * An event loop that is late by so much, for a second, answers nobody in time. Not less, since the loop of a machine that
 * others keep busy is late as well, and refusing would not help it.
 */
const fullLoopDelayMs = 400;

/** What each of the shop's requests is worth under load; probes are always answered, or a busy node would look dead. */
export function priorityOf(method: string, path: string): Priority | undefined {
  if (path === "/healthz" || path === "/readyz" || path === "/metrics") return undefined;
  if (path.startsWith("/api/payments/")) return "callback";
  if (path === "/api/orders") return method === "POST" ? "order" : "browse";
  // Comfort: whoever is refused reads again and again.
  if (path.startsWith("/api/orders/") && path.endsWith("/stream")) return "browse";
  if (path.startsWith("/api/orders/") || path.startsWith("/pay/")) return "own";
  // Whoever is refused elsewhere looks here for the reason, and needs the page's files to see it.
  if (path === "/status" || path === "/api/status" || path.startsWith("/api/status/")) return "own";
  if (path.startsWith("/assets/")) return "own";
  return "browse";
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

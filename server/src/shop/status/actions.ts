import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { PublicStatus } from "@orderwatch/shared/shop/status.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import type { Logger } from "../../platform/log.ts";
import type { Listing } from "../catalog/actions.ts";
import { measureQueue } from "../fulfilment/actions.ts";
import { readLevers } from "../levers/actions.ts";
import { incidentsOf, type StatusFacts, statusAt } from "./domain.ts";
import * as store from "./store.ts";

const windowMs = 5 * 60_000;
const freshMs = 5_000;
const pastMs = 90 * 24 * 3_600_000;
const mostIncidents = 30;
const cacheKey = "status";

/** Tells every node that the public was told something new. */
export const statusChanged = (cache: Pick<Cache, "changed">): void => cache.changed(cacheKey);

/**
 * The public status over the last five minutes; its facts are read about every five seconds, however many ask. Answers
 * even with the database away: it then says so, and shows the incidents last known.
 */
export function createStatusReader(deps: {
  db: Database;
  cache: Cache;
  clock: Clock;
  log: Logger;
  listing: Pick<Listing, "read">;
  methods: readonly PaymentMethod[];
}): () => Promise<PublicStatus> {
  const { db, clock, methods } = deps;
  const readFacts = async (): Promise<StatusFacts> => {
    const at = clock.now();
    const [outcomes, queue, { items }, updates, { paused }] = await Promise.all([
      store.countOutcomes(db.sql, new Date(at.getTime() - windowMs)),
      measureQueue(deps),
      deps.listing.read(),
      store.listPublished(db.sql, new Date(at.getTime() - pastMs), mostIncidents),
      readLevers(db.sql),
    ]);
    const sum = (field: "delivered" | "delivery_failed") =>
      outcomes.reduce((total, one) => total + one[field], 0);
    return {
      atMs: at.getTime(),
      channels: methods.map((method) => {
        const of = outcomes.find((outcome) => outcome.method === method);
        return { method, paid: of?.paid ?? 0, failed: of?.payment_failed ?? 0 };
      }),
      paused: [...paused],
      delivery: { delivered: sum("delivered"), failed: sum("delivery_failed"), lagMs: queue.lagMs },
      stock: { products: items.length, soldOut: items.filter(({ stock }) => stock === "out").length },
      incidents: incidentsOf(updates),
    };
  };
  /** What a node says that never reached its database. */
  const nothing: StatusFacts = {
    atMs: 0,
    channels: methods.map((method) => ({ method, paid: 0, failed: 0 })),
    paused: [],
    delivery: { delivered: 0, failed: 0, lagMs: 0 },
    stock: { products: 0, soldOut: 0 },
    incidents: [],
  };
  let latest = nothing;
  return async () => {
    try {
      latest = await deps.cache.read(cacheKey, readFacts, { ttlMs: freshMs });
    } catch (error) {
      deps.log.warn({ err: error }, "the public status is told without the database");
      const unseen = { ...latest, atMs: 0 };
      return { ...statusAt(unseen, clock.now()), at: clock.now().toISOString() };
    }
    return statusAt(latest, clock.now());
  };
}

import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import { type ServiceStatus, statusOf, worst } from "./domain.ts";
import { countOutcomes } from "./store.ts";

export interface PublicStatus {
  status: ServiceStatus;
  at: string;
  channels: { method: PaymentMethod; status: ServiceStatus }[];
}

const windowMs = 5 * 60_000;
const freshMs = 5_000;

/**
 * The public status over the last five minutes; computed about every five seconds, however many ask. With the database
 * away the last one stands, and says when it was taken.
 */
export function createStatusReader(deps: {
  db: Database;
  cache: Cache;
  clock: Clock;
  methods: readonly PaymentMethod[];
}): () => Promise<PublicStatus> {
  const read = async (now: Date): Promise<PublicStatus> => {
    const outcomes = await countOutcomes(deps.db.sql, new Date(now.getTime() - windowMs));
    const channels = deps.methods.map((method) => {
      const of = outcomes.find((outcome) => outcome.method === method);
      return { method, status: statusOf(of?.paid ?? 0, of?.payment_failed ?? 0) };
    });
    const sum = (field: "delivered" | "delivery_failed") =>
      outcomes.reduce((total, one) => total + one[field], 0);
    const delivery = statusOf(sum("delivered"), sum("delivery_failed"));
    return {
      status: worst(
        delivery,
        channels.map((channel) => channel.status),
      ),
      at: now.toISOString(),
      channels,
    };
  };
  return () => deps.cache.read("status", () => read(deps.clock.now()), { ttlMs: freshMs });
}

import { DomainError } from "@orderwatch/shared/problem.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { PublicStatus } from "@orderwatch/shared/shop/status.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import { createFloodGuard } from "../../platform/http/flood.ts";
import type { NewId } from "../../platform/ids.ts";
import { confirmSubscription, endSubscription, subscribe } from "./subscription-actions.ts";

export function statusEndpoint(deps: { readStatus: () => Promise<PublicStatus> }): Endpoint {
  return endpoint(shopRoutes.readStatus, () => deps.readStatus());
}

/** One client may ask so often; a node counts by itself. */
const flood = { points: 10, windowMs: 10 * 60_000 };

/** Subscribing to the public status, and ending it. */
export function subscriptionEndpoints(deps: {
  db: Database;
  keys: Keys;
  clock: Clock;
  newId: NewId;
  pushKey: string;
}): Endpoint[] {
  const tries = createFloodGuard(flood);
  const guard = (address: string) => {
    if (tries.take(address) !== null)
      throw new DomainError("subscription.too_many", "Too many tries from this address");
  };
  return [
    endpoint(shopRoutes.readStatusPushKey, async () => ({ publicKey: deps.pushKey })),
    endpoint(shopRoutes.subscribeStatus, async ({ body, request }) => {
      guard(request.address);
      await subscribe(deps, body);
    }),
    endpoint(shopRoutes.confirmSubscription, async ({ body, request }) => {
      guard(request.address);
      await confirmSubscription(deps, body.token);
    }),
    endpoint(shopRoutes.endSubscription, async ({ body, request }) => {
      guard(request.address);
      await endSubscription(deps, body);
    }),
  ];
}

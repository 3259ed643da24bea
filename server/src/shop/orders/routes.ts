import { DomainError, type ProblemCode, remedies } from "@orderwatch/shared/problem.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import { systemClock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import { createFloodGuard } from "../../platform/http/flood.ts";
import { header } from "../../platform/http/message.ts";
import { originHeader, verifyOrigin } from "../../platform/origin.ts";
import { authorizeBuyer, type Placer, viewOrder } from "./actions.ts";
import { issueDevice } from "./device.ts";
import type { OrderFollowers } from "./follow.ts";
import { idempotencyKey } from "./idempotency.ts";
import { acceptedLanguage } from "./language.ts";

/**
 * Tries to order, of one address and process; far above what the exact limit lets through, so that a flood is turned
 * away before it reaches the database.
 */
const flood = { points: 300, windowMs: 60_000 };

/** Placing an order; answered ahead of Express. */
export function placeOrderEndpoint(deps: {
  placer: Placer;
  keys: Keys;
  onRefused: (code: ProblemCode) => void;
}): Endpoint {
  const tries = createFloodGuard(flood);
  return endpoint(shopRoutes.placeOrder, async ({ body, request }) => {
    const waitMs = tries.take(request.address);
    if (waitMs !== null) {
      deps.onRefused("risk.too_many_requests");
      throw tooManyTries(waitMs);
    }
    const language = body.language ?? acceptedLanguage(header(request, "accept-language"));
    return deps.placer.place({
      key: idempotencyKey(request),
      body: language === undefined ? body : { ...body, language },
      address: request.address,
      origin: verifyOrigin(deps.keys, header(request, originHeader)).origin,
    });
  });
}

function tooManyTries(waitMs: number): DomainError {
  const until = new Date(systemClock.now().getTime() + waitMs).toISOString();
  return new DomainError("risk.too_many_requests", "Too many tries from this address", {
    remedies: remedies("risk.too_many_requests", { wait_until: { until } }),
  });
}

/** Needs no limit of its own: whatever devices an address collects, its orders count for the address as well. */
export function deviceEndpoint(deps: { keys: Keys }): Endpoint {
  return endpoint(shopRoutes.issueDevice, async () => ({ deviceId: issueDevice(deps.keys) }));
}

/** News of one order as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function followOrderEndpoint(deps: { keys: Keys; followers: OrderFollowers }): Endpoint {
  const checked = endpoint(shopRoutes.followOrder, async ({ params, request }) => {
    authorizeBuyer(deps.keys, params.id, header(request, "authorization"));
    return params.id;
  });
  return {
    ...checked,
    async handle(request) {
      await checked.handle(request);
      if (deps.followers.isFull())
        throw new DomainError("server.busy", "Too many follow their orders already");
      return {
        status: 200,
        headers: {
          "content-type": "text/event-stream",
          "cache-control": "no-store",
          "x-accel-buffering": "no",
        },
        follow: (outlet) => deps.followers.add(request.params.id ?? "", outlet),
      };
    },
  };
}

export function readOrderEndpoint(deps: {
  db: Database;
  keys: Keys;
  shopUrl: string;
  /** Asks the provider about an unpaid order first; see payments. */
  learn: (orderId: string) => Promise<void>;
}): Endpoint {
  return endpoint(shopRoutes.readOrder, async ({ params, request }) => {
    authorizeBuyer(deps.keys, params.id, header(request, "authorization"));
    await deps.learn(params.id);
    return viewOrder(deps, params.id);
  });
}

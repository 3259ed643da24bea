import { DomainError, remedies } from "@orderwatch/shared/problem.ts";
import type { BeaconStep } from "@orderwatch/shared/shop/beacons.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import { createFloodGuard } from "../../platform/http/flood.ts";
import { header } from "../../platform/http/message.ts";
import { originHeader, verifyOrigin } from "../../platform/origin.ts";
import type { VisitLog } from "./actions.ts";
import { beaconLimits, deviceClassOf } from "./domain.ts";

/**
 * Buyers' steps before an order exists; answered ahead of Express. Telemetry hears of them as they arrive, since a shop
 * whose database is away must still see that people come; what is answered 204 is in the rows.
 */
export function beaconEndpoint(deps: {
  visits: Pick<VisitLog, "record">;
  keys: Keys;
  clock: Clock;
  onStep: (step: BeaconStep) => void;
}): Endpoint {
  const ofAddress = createFloodGuard(beaconLimits.address);
  const ofSession = createFloodGuard(beaconLimits.session);
  return endpoint(shopRoutes.sendBeacons, async ({ body, request }) => {
    for (const { session } of body) {
      const waitMs = ofAddress.take(request.address) ?? ofSession.take(session);
      if (waitMs !== null) throw tooMany(new Date(deps.clock.now().getTime() + waitMs));
    }
    for (const beacon of body) deps.onStep(beacon.step);
    await deps.visits.record(body, {
      device: deviceClassOf(header(request, "user-agent")),
      origin: verifyOrigin(deps.keys, header(request, originHeader)).origin,
    });
  });
}

function tooMany(until: Date): DomainError {
  return new DomainError("risk.too_many_requests", "Too many steps of one visit or address", {
    remedies: remedies("risk.too_many_requests", { wait_until: { until: until.toISOString() } }),
  });
}

import type { BeaconStep } from "@orderwatch/shared/shop/beacons.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";

/** Buyers' steps before an order exists; answered ahead of Express. They are counted, never stored one by one. */
export function beaconEndpoint(deps: { onStep: (step: BeaconStep) => void }): Endpoint {
  return endpoint(shopRoutes.sendBeacons, async ({ body }) => {
    for (const beacon of body) deps.onStep(beacon.step);
  });
}

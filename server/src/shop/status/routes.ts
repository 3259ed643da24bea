import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { PublicStatus } from "@orderwatch/shared/shop/status.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";

export function statusEndpoint(deps: { readStatus: () => Promise<PublicStatus> }): Endpoint {
  return endpoint(shopRoutes.readStatus, () => deps.readStatus());
}

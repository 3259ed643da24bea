import { deviceHeader } from "@orderwatch/shared/shop/device-header.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { Keys } from "../../platform/crypto.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import { header } from "../../platform/http/message.ts";
import { deviceKeyOf } from "../orders/actions.ts";
import { type RecommendationContext, recommend } from "./actions.ts";

export function recommendationEndpoint(context: RecommendationContext & { keys: Keys }): Endpoint {
  return endpoint(shopRoutes.listRecommendations, async ({ request }) =>
    recommend(context, deviceKeyOf(context.keys, header(request, deviceHeader))),
  );
}

import { DomainError } from "@orderwatch/shared/problem.ts";
import { deviceHeader } from "@orderwatch/shared/shop/device-header.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { Keys } from "../../platform/crypto.ts";
import { isUnavailable } from "../../platform/db.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import { type HttpRequest, header } from "../../platform/http/message.ts";
import { authenticateBuyer } from "../customers/buyer-actions.ts";
import { deviceKeyOf } from "../orders/actions.ts";
import { type RecommendationContext, recommend, type Whose } from "./actions.ts";

export function recommendationEndpoint(context: RecommendationContext & { keys: Keys }): Endpoint {
  return endpoint(shopRoutes.listRecommendations, async ({ request }) =>
    recommend(context, await whoseHistory(context, request)),
  );
}

/** The buyer's who is signed in, else the device's. A session that is over, or cannot be looked up now, refuses nobody. */
async function whoseHistory(
  context: RecommendationContext & { keys: Keys },
  request: HttpRequest,
): Promise<Whose | null> {
  const authorization = header(request, "authorization");
  if (authorization !== undefined) {
    try {
      const { buyerId } = await authenticateBuyer(context, authorization);
      return { buyerId };
    } catch (error) {
      const isKnown = error instanceof DomainError || isUnavailable(error);
      if (!isKnown) throw error;
    }
  }
  const deviceKey = deviceKeyOf(context.keys, header(request, deviceHeader));
  return deviceKey === null ? null : { deviceKey };
}

import { DomainError, remedies } from "@orderwatch/shared/problem.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import { createFloodGuard } from "../../platform/http/flood.ts";
import { type HttpRequest, header } from "../../platform/http/message.ts";
import { originHeader, verifyOrigin } from "../../platform/origin.ts";
import { authorizeBuyer, idempotencyKey } from "../orders/actions.ts";
import { type SupportContext, viewConversation } from "./actions.ts";
import {
  askForCall,
  askForCallWithoutOrder,
  correctAccount,
  rateAnswer,
  writeMessage,
} from "./buyer-actions.ts";

/** Of one address and process: far above what a person writes. Who needs no order to be heard is heard less often. */
const writing = { points: 60, windowMs: 600_000 };
const calling = { points: 10, windowMs: 600_000 };

/** What buyers say to the shop, and read of it. `onAccountCorrected` may deliver at once what else waits for a sweep. */
export function supportEndpoints(context: SupportContext & { onAccountCorrected: () => void }): Endpoint[] {
  const guard = (limit: Parameters<typeof createFloodGuard>[0]) => {
    const tries = createFloodGuard(limit);
    return ({ address }: HttpRequest) => {
      const waitMs = tries.take(address);
      if (waitMs === null) return;
      const until = new Date(context.clock.now().getTime() + waitMs).toISOString();
      throw new DomainError("support.too_many", "Too many messages from this address", {
        remedies: remedies("risk.too_many_requests", { wait_until: { until } }),
      });
    };
  };
  const write = guard(writing);
  const call = guard(calling);
  const authorize = (orderId: string, request: HttpRequest) =>
    authorizeBuyer(context.keys, orderId, header(request, "authorization"));
  return [
    endpoint(shopRoutes.readConversation, async ({ params, request }) => {
      authorize(params.id, request);
      return await viewConversation(context, params.id);
    }),
    endpoint(shopRoutes.writeMessage, async ({ params, body, request }) => {
      authorize(params.id, request);
      write(request);
      await writeMessage(context, params.id, body);
      return await viewConversation(context, params.id);
    }),
    endpoint(shopRoutes.askForCall, async ({ params, body, request }) => {
      authorize(params.id, request);
      write(request);
      await askForCall(context, params.id, body);
      return await viewConversation(context, params.id);
    }),
    endpoint(shopRoutes.askForCallWithoutOrder, async ({ body, request }) => {
      const key = idempotencyKey(request);
      call(request);
      const { origin } = verifyOrigin(context.keys, header(request, originHeader));
      await askForCallWithoutOrder(context, key, origin, body);
    }),
    endpoint(shopRoutes.rateAnswer, async ({ params, body, request }) => {
      authorize(params.id, request);
      write(request);
      await rateAnswer(context, params.id, body);
      return await viewConversation(context, params.id);
    }),
    endpoint(shopRoutes.correctAccount, async ({ params, body, request }) => {
      authorize(params.id, request);
      write(request);
      await correctAccount(context, params.id, body.rechargeAccount);
      context.onAccountCorrected();
    }),
  ];
}

import { DomainError } from "@orderwatch/shared/problem.ts";
import { deviceHeader } from "@orderwatch/shared/shop/device-header.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import { createFloodGuard } from "../../platform/http/flood.ts";
import { type HttpRequest, header } from "../../platform/http/message.ts";
import { authorizeBuyer } from "../orders/actions.ts";
import { askRestockNotice, watchOrder } from "./actions.ts";
import {
  askBuyerCode,
  authenticateBuyer,
  type BuyerContext,
  deleteBuyer,
  exportBuyer,
  keepBuyerDetails,
  listBuyerOrders,
  signIn,
  signOut,
  viewBuyer,
} from "./buyer-actions.ts";
import { seekOrders } from "./lookup-actions.ts";

/** Of one address and process. Each number has limits of its own, which are exact. */
const asking = { points: 10, windowMs: 600_000 };
const entering = { points: 30, windowMs: 600_000 };
const reading = { points: 120, windowMs: 60_000 };
const wishing = { points: 60, windowMs: 600_000 };

/**
 * What buyers do as themselves: being told of news, finding their orders again, signing in, and their data. `onSought` hears
 * whether the contact of a lookup had asked too often; whoever asked does not.
 */
export function customerEndpoints(
  context: BuyerContext,
  onSought: (isOwed: boolean) => void = () => undefined,
): Endpoint[] {
  const guard = (limit: Parameters<typeof createFloodGuard>[0]) => {
    const tries = createFloodGuard(limit);
    return ({ address }: HttpRequest) => {
      if (tries.take(address) !== null)
        throw new DomainError("buyer.too_many", "Too many tries from this address");
    };
  };
  const [ask, enter, read, wish] = [guard(asking), guard(entering), guard(reading), guard(wishing)];
  const seek = guard(asking);
  const signedIn = (request: HttpRequest) => {
    read(request);
    return authenticateBuyer(context, header(request, "authorization"));
  };
  return [
    endpoint(shopRoutes.askRestockNotice, async ({ body, request }) => {
      wish(request);
      await askRestockNotice(context, body, header(request, deviceHeader));
    }),
    endpoint(shopRoutes.watchOrder, async ({ params, body, request }) => {
      authorizeBuyer(context.keys, params.id, header(request, "authorization"));
      wish(request);
      await watchOrder(context, params.id, body);
    }),
    endpoint(shopRoutes.findOrders, async ({ body, request }) => {
      seek(request);
      onSought(await seekOrders(context, body));
      return { accepted: true as const };
    }),
    endpoint(shopRoutes.askBuyerCode, async ({ body, request }) => {
      ask(request);
      await askBuyerCode(context, body);
    }),
    endpoint(shopRoutes.signInBuyer, async ({ body, request }) => {
      enter(request);
      return await signIn(context, body);
    }),
    endpoint(shopRoutes.signOutBuyer, async ({ request }) => signOut(context, await signedIn(request))),
    endpoint(shopRoutes.readBuyer, async ({ request }) => viewBuyer(context, await signedIn(request))),
    endpoint(shopRoutes.keepBuyerDetails, async ({ body, request }) =>
      keepBuyerDetails(context, await signedIn(request), body),
    ),
    endpoint(shopRoutes.listBuyerOrders, async ({ request }) =>
      listBuyerOrders(context, await signedIn(request)),
    ),
    endpoint(shopRoutes.exportBuyer, async ({ request }) => exportBuyer(context, await signedIn(request))),
    endpoint(shopRoutes.deleteBuyer, async ({ query, request }) =>
      deleteBuyer(context, await signedIn(request), query.forfeitFen),
    ),
  ];
}

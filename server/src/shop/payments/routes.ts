import { Id } from "@orderwatch/shared/ids.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { paymentMethods } from "@orderwatch/shared/shop/orders.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { Keys } from "../../platform/crypto.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import { defaultBodyLimitBytes, type Endpoint, endpoint, parsePart } from "../../platform/http/endpoint.ts";
import { createFloodGuard } from "../../platform/http/flood.ts";
import { type HttpReply, type HttpRequest, header } from "../../platform/http/message.ts";
import { Counter, type Registry } from "../../platform/metrics.ts";
import { authorizeBuyer } from "../orders/actions.ts";
import {
  openPayment,
  type PaymentDeps,
  receiveRefundNotice,
  spendOnOrder,
  switchPayment,
} from "./actions.ts";
import { recordForgery } from "./notices.ts";
import type { PaymentProvider } from "./providers/provider.ts";

/**
 * Payments opened, of one address and process: whoever knows no order may ask as well. Few at once, since each waits for the
 * database, and more in the long run than the buyers behind one network's address open.
 */
const opening = { points: 60, windowMs: 10_000 };
/** Ways to pay that are chosen anew, of one address and process; one order has a limit of its own. */
const choosing = { points: 60, windowMs: 60_000 };

/** The buyer's side: switching the payment, and the address that `payment.url` names. */
export function paymentEndpoints(deps: PaymentDeps & { keys: Keys }): Endpoint[] {
  const openings = createFloodGuard(opening);
  const choices = createFloodGuard(choosing);
  return [
    endpoint(shopRoutes.payOrder, async ({ params, body, request }) => {
      authorizeBuyer(deps.keys, params.id, header(request, "authorization"));
      if (choices.take(request.address) !== null)
        throw new DomainError("buyer.too_many", "Too many payments were begun from this address");
      return body.paymentMethod === "balance"
        ? spendOnOrder(deps, params.id, body.buyerSession)
        : switchPayment(deps, params.id, body.paymentMethod);
    }),
    {
      method: "GET",
      path: "/pay/:paymentId",
      bodyLimitBytes: 0,
      async handle(request) {
        const paymentId = parsePart(Id, request.params.paymentId, "paymentId") as string;
        if (openings.take(request.address) !== null)
          throw new DomainError("buyer.too_many", "Too many payments were opened from this address");
        const { url, refusal } = await openPayment(deps, paymentId, request.address.replace(/\/64$/, ""));
        // A person is shown the order's page, which says what failed and offers another method; a program is told.
        if (refusal && !header(request, "accept")?.includes("text/html")) throw refusal;
        return {
          status: 303,
          headers: { location: url, "cache-control": "no-store", "referrer-policy": "no-referrer" },
        };
      },
    },
  ];
}

/** So many forgeries of one address are put on record in a minute; beyond that they are only counted. */
const recordedForgeries = { points: 60, windowMs: 60_000 };

/**
 * The providers' callbacks, answered ahead of Express: verify, put on record, acknowledge; settling follows.
 * Nothing is acknowledged that is not durable.
 */
export function noticeEndpoints(
  deps: PaymentDeps & {
    metrics: Registry;
    /** Where live telemetry hears of callbacks about payments. */
    onCallback: (fate: "accepted" | "refused" | "repeated") => void;
  },
): Endpoint[] {
  const counted = new Counter({
    name: "payment_notices_total",
    help: "Callbacks received, by provider and what became of them",
    labelNames: ["provider", "fate"] as const,
    registers: [deps.metrics],
  });
  const forgeries = createFloodGuard(recordedForgeries);

  const refuse = async (
    provider: PaymentProvider,
    request: HttpRequest,
    reason: string,
    detail: string,
  ): Promise<HttpReply> => {
    counted.inc({ provider: provider.method, fate: reason });
    deps.onCallback("refused");
    if (forgeries.take(request.address) === null) {
      deps.log.warn(
        { provider: provider.method, reason, detail, requestId: request.id },
        "a callback was refused",
      );
      await recordForgery(deps.db.sql, {
        id: deps.newId(),
        provider: provider.method,
        reason,
        at: deps.clock.now(),
      });
    }
    return toReply(provider, false);
  };

  const receive = async (provider: PaymentProvider, request: HttpRequest): Promise<HttpReply> => {
    const headers = Object.fromEntries(
      Object.keys(request.headers).map((name) => [name, header(request, name)]),
    );
    const verdict = provider.verifyNotice({ headers, body: request.body }, deps.clock.now());
    if (!verdict.ok) return refuse(provider, request, verdict.reason, verdict.detail);
    const { notice } = verdict;
    if (notice.kind === "ignored") {
      counted.inc({ provider: provider.method, fate: notice.kind });
      return toReply(provider, true);
    }
    if (notice.kind === "refund") {
      const fate = await receiveRefundNotice(deps, provider.method, notice);
      counted.inc({ provider: provider.method, fate: `refund_${fate}` });
      return toReply(provider, fate === "accepted" || fate === "repeated");
    }
    const meeting = deps.meetNotice?.(provider.method, notice.paymentId);
    const arrival = meeting && (await meeting);
    // As if it had never arrived: the company will send it again.
    if (arrival?.dropped) return toReply(provider, false);
    await faultPoint("notice.verified");
    const record = () => deps.notices.receive({ provider: provider.method, ...notice });
    const again = arrival?.doubled ? record() : undefined;
    const first = await record();
    const fate = (await again) === "accepted" ? "accepted" : first;
    counted.inc({ provider: provider.method, fate });
    deps.onCallback(fate === "accepted" || fate === "repeated" ? fate : "refused");
    if (fate === "accepted") deps.fire("payments.settle");
    return toReply(provider, fate === "accepted" || fate === "repeated");
  };

  return paymentMethods.flatMap((method) => {
    const provider = deps.providers[method];
    if (!provider) return [];
    return [
      {
        method: "POST",
        path: `/api/payments/${method}/notify`,
        bodyLimitBytes: defaultBodyLimitBytes,
        handle: (request: HttpRequest) => receive(provider, request),
      },
    ];
  });
}

function toReply(provider: PaymentProvider, ok: boolean): HttpReply {
  const { status, contentType, body } = provider.acknowledge(ok);
  return { status, headers: { "content-type": contentType }, body };
}

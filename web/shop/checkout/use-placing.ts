import { ProblemError } from "@orderwatch/shared/client.ts";
import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import { useCallback, useEffect, useRef, useState } from "react";
import { getLocale } from "../../lib/i18n/locale.ts";
import { api } from "../api.ts";
import { visit } from "../beacons/beacons.ts";
import { rememberDetails } from "../device/details.ts";
import { device } from "../device/device.ts";
import { keptIdentity } from "../device/identity.ts";
import { keepOrder } from "../device/orders.ts";
import { randomName } from "../device/random.ts";
import { go, leaveForPayment } from "../navigation/navigate.ts";
import { withDeadline } from "../ui/deadline.ts";
import { beginAttempt, endAttempt, sendPatiently, verdictOf } from "./attempt.ts";
import { type Draft, orderBody } from "./draft.ts";

export type Placing =
  | { is: "filling" }
  /** `repeat` counts the tries after the first. */
  | { is: "placing"; repeat: number }
  | { is: "leaving" }
  | { is: "failed"; error: unknown; at: number };

/** Pays an order here, without leaving for a payment company. */
export type PayFrom = (order: { id: string; token: string }) => Promise<void>;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Places orders for one product and sends the buyer on to pay; `agreedFen` replaces the total that the page computes. */
export function usePlacing(product: Product) {
  const [state, setState] = useState<Placing>({ is: "filling" });

  const left = useRef(false);
  useEffect(() => {
    return () => {
      left.current = true;
    };
  }, []);

  const place = useCallback(
    async (draft: Draft, agreedFen?: number, payFrom?: PayFrom) => {
      setState({ is: "placing", repeat: 0 });
      const from = { session: visit, deviceId: keptIdentity(device), language: getLocale() };
      const wish = orderBody(draft, product, from);
      const attempt = beginAttempt(
        device,
        agreedFen === undefined ? wish : { ...wish, expectedAmountFen: agreedFen },
        { now: Date.now(), newKey: randomName },
      );
      const headers = { "idempotency-key": attempt.key };
      try {
        const placed = await sendPatiently(
          () => withDeadline((signal) => api.placeOrder({ body: attempt.body, headers, signal })).answer,
          { wait, onRepeat: (repeat) => setState({ is: "placing", repeat }) },
        );
        endAttempt(device);
        const { sku, name } = product;
        const { id, token, status, amountFen } = placed;
        const { quantity } = draft;
        const now = Date.now();
        const order = { id, token, status, amountFen, sku, name, quantity, placedAt: now };
        // Whoever closed the sheet meanwhile stays where they are; the order waits under "my orders".
        const pays = !left.current;
        keepOrder(device, { ...order, ...(pays && !payFrom ? { payingSince: now } : {}) }, now);
        rememberDetails(device, { ...draft, sku });
        // Other devices may hear of it later; the order does not wait for that.
        import("../account/session.ts").then(({ sendDetails }) => sendDetails()).catch(() => undefined);
        if (!pays) return;
        setState({ is: "leaving" });
        // Should it fail, the order's page says how it stands and offers every way to pay.
        await payFrom?.({ id, token }).catch(() => undefined);
        // Coming back from the payment company must lead to the order, not to an order form.
        go({ screen: "order", id }, "replace");
        // Without storage this page holds the only token, so the order page opens the payment beside itself.
        if (device.durable && !payFrom) leaveForPayment(placed.payment.url);
      } catch (error) {
        if (verdictOf(error) === "refused") {
          endAttempt(device);
          // What is wrong is the order: another one, of something else, is to take one tap.
          if (!(error instanceof ProblemError && error.problem.code === "request.invalid"))
            rememberDetails(device, { ...draft, sku: product.sku });
        }
        setState({ is: "failed", error, at: Date.now() });
      }
    },
    [product],
  );
  const edit = useCallback(() => setState({ is: "filling" }), []);
  return { state, place, edit };
}

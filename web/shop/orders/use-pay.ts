import type { BuyerOrder, PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { useState } from "react";
import { api, bearer } from "../api.ts";
import { device } from "../device/device.ts";
import { noteOrder } from "../device/orders.ts";
import { leaveForPayment } from "../navigation/navigate.ts";
import { withDeadline } from "../ui/deadline.ts";

// A payment page that closes while the buyer is still typing a password is worse than a new one.
const spareMs = 15_000;

/** Sends the buyer to pay an order: with the open payment where it has this method and time left, else with a new one. */
export function usePay(order: BuyerOrder, token: string, refresh: () => void) {
  const { id } = order;
  const [paying, setPaying] = useState(false);
  const [error, setError] = useState<unknown>();

  const pay = async (method: PaymentMethod) => {
    setPaying(true);
    setError(undefined);
    try {
      const open = order.payment;
      const usable =
        open?.method === method && !order.failure && Date.parse(open.expiresAt) - Date.now() > spareMs;
      const offer = usable
        ? open
        : await withDeadline((signal) =>
            api.payOrder({ params: { id }, body: { paymentMethod: method }, headers: bearer(token), signal }),
          ).answer;
      noteOrder(device, id, { payingSince: Date.now() }, Date.now());
      // Without storage this page holds the only token: it stays, and shows a link that opens beside it.
      if (device.durable) leaveForPayment(offer.url);
      else refresh();
    } catch (caught) {
      setError(caught);
      refresh();
    } finally {
      setPaying(false);
    }
  };
  return { pay, paying, error };
}

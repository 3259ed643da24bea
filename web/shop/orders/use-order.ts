import { ProblemError } from "@orderwatch/shared/client.ts";
import type { BuyerOrder } from "@orderwatch/shared/shop/orders.ts";
import { useCallback, useRef } from "react";
import { api, bearer } from "../api.ts";
import { device } from "../device/device.ts";
import { noteOrder } from "../device/orders.ts";
import { type Polled, usePolled } from "../ui/polled.ts";
import { nextReadMs } from "./poll.ts";

/** True when the server says that this device may not, or can not, see the order. */
export const isClosed = (error: unknown): boolean =>
  error instanceof ProblemError && (error.problem.status === 401 || error.problem.status === 404);

/** The order, read again for as long as it may change. */
export function useOrder(id: string, token: string): Polled<BuyerOrder> {
  const unchanged = useRef<{ status: string; since: number }>({ status: "", since: 0 });
  const read = useCallback(
    async (signal: AbortSignal) => {
      const order = await api.readOrder({ params: { id }, headers: bearer(token), signal });
      noteOrder(device, id, { status: order.status }, Date.now());
      return order;
    },
    [id, token],
  );
  return usePolled(read, ({ value, failures, error }) => {
    if (isClosed(error)) return null;
    const status = value?.status ?? "awaiting_payment";
    const news = `${status} ${value?.failure?.code ?? ""}`;
    if (unchanged.current.status !== news) unchanged.current = { status: news, since: Date.now() };
    return nextReadMs({ status, unchangedMs: Date.now() - unchanged.current.since, failures });
  });
}

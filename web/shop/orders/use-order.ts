import { ProblemError } from "@orderwatch/shared/client.ts";
import type { BuyerOrder } from "@orderwatch/shared/shop/orders.ts";
import { useCallback, useEffect, useRef } from "react";
import { api, bearer } from "../api.ts";
import { device } from "../device/device.ts";
import { noteOrder } from "../device/orders.ts";
import { useVisible } from "../ui/now.ts";
import { type Polled, usePolled } from "../ui/polled.ts";
import { factsOf } from "./facts.ts";
import { follow } from "./follow.ts";
import { isSettled, nextReadMs } from "./poll.ts";

const againMs = 5_000;

/** True when the server says that this device may not, or can not, see the order. */
export const isClosed = (error: unknown): boolean =>
  error instanceof ProblemError && (error.problem.status === 401 || error.problem.status === 404);

/** The order, read again when it changes: told by the shop, or by looking again and again where it cannot be heard. */
export function useOrder(id: string, token: string): Polled<BuyerOrder> {
  const unchanged = useRef<{ status: string; since: number }>({ status: "", since: 0 });
  const read = useCallback(
    async (signal: AbortSignal) => {
      const order = await api.readOrder({ params: { id }, headers: bearer(token), signal });
      noteOrder(device, id, factsOf(order), Date.now());
      return order;
    },
    [id, token],
  );
  const live = useRef(false);
  const polled = usePolled(read, ({ value, failures, error }) => {
    if (isClosed(error)) return null;
    const status = value?.status ?? "awaiting_payment";
    const news = `${status} ${value?.failure?.code ?? ""}`;
    if (unchanged.current.status !== news) unchanged.current = { status: news, since: Date.now() };
    return nextReadMs({
      ...{ status, failures, live: live.current },
      unchangedMs: Date.now() - unchanged.current.since,
    });
  });
  const { refresh, value } = polled;
  const over = value !== undefined && isSettled(value.status);
  const visible = useVisible();
  useEffect(() => {
    if (over || !visible) return;
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hear = async () => {
      try {
        await follow(
          { id, token },
          {
            onOpen: () => {
              live.current = true;
            },
            onChange: () => void refresh(),
            signal: ended.signal,
          },
        );
      } catch {
        // Refused under load, or cut off: until it can be heard again the order is read as often as before.
      }
      live.current = false;
      if (ended.signal.aborted) return;
      void refresh();
      timer = setTimeout(hear, againMs);
    };
    void hear();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [id, token, over, visible, refresh]);
  return polled;
}

import { setTimeout as delay } from "node:timers/promises";
import type { Staff } from "../test/product.ts";

const atOnce = 50;

/** Staff deliver again what an incident's orders lack, again and again, or it would never end. */
export function redeliver(admin: Staff, incidentId: string, everyMs = 2_000): { stop(): Promise<void> } {
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver) {
      await delay(everyMs);
      const path = `/api/incidents/${incidentId}/orders`;
      const { items } = await admin.call<{ items: { orderId: string; status: string }[] }>(
        "GET",
        `${path}?outcome=unreconciled&limit=100`,
      );
      const failed = items.flatMap(({ orderId, status }) => (status === "delivery_failed" ? [orderId] : []));
      if (failed.length > 0)
        await admin.call("POST", `${path}/actions`, {
          ...{ action: "redeliver", orderIds: failed.slice(0, atOnce), reason: "the supplier is back" },
        });
    }
  };
  const looking = look();
  return {
    stop: async () => {
      isOver = true;
      await looking;
    },
  };
}

import { describe, expect, it } from "vitest";
import { lotSize, lots, sendLots } from "./affected.ts";

const ids = Array.from({ length: lotSize * 2 + 1 }, (_, index) => `order-${index}`);

describe("acting on affected orders in bulk", () => {
  it("every order is in exactly one lot, in the order that was chosen", () => {
    expect(lots(ids).flat()).toEqual(ids);
    expect(lots(ids).map(({ length }) => length)).toEqual([lotSize, lotSize, 1]);
    expect(lots([])).toEqual([]);
  });

  it("a lot that fails is told by order, and the ones after it are still sent", async () => {
    const seen: number[] = [];
    const outcome = await sendLots(
      ids,
      async (lot) => {
        if (lot[0] === "order-0") throw new Error("away");
        return lot.map((orderId) => ({ orderId, ok: true, code: null, detail: null }));
      },
      () => "network",
      ({ done }) => seen.push(done),
    );
    expect(seen).toEqual([lotSize, lotSize * 2, lotSize * 2 + 1]);
    expect(outcome.results.filter(({ ok }) => ok)).toHaveLength(lotSize + 1);
    expect(outcome.results[0]).toEqual({ orderId: "order-0", ok: false, code: "network", detail: null });
  });
});

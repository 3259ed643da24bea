import { randomBytes } from "node:crypto";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import type pg from "pg";
import { Pool } from "undici";
import { sendOrders } from "../test/order-load.ts";
import type { Product, Staff } from "../test/product.ts";

export interface Buyers {
  stop(): Promise<void>;
  /** What the rows say became of them, a second. */
  rates(sql: Pick<pg.Client, "query">): Promise<string>;
}

/** Buyers in an open model who pay at once: every other one with Alipay, and every other two a recharge. */
export async function sendBuyers(
  product: Product,
  staff: Staff,
  given: { code: string; perSecond: number },
): Promise<Buyers> {
  const recharge = `RECHARGE-${randomBytes(3).toString("hex")}`;
  await staff.call("POST", "/api/products", {
    sku: recharge,
    name: recharge,
    kind: "recharge",
    priceFen: 100,
  });
  const pool = new Pool(product.sandboxUrl, { connections: 16 });
  const paying = new Set<Promise<void>>();
  const pay = async ({ payment }: PlacedOrder): Promise<void> => {
    const { body } = await pool.request({
      method: "POST",
      path: `/payments/${payment.id}/pay`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ payer: "payer-1", outcome: "success" }),
    });
    await body.dump();
  };
  const begunMs = performance.now();
  let seconds = 0;
  const load = sendOrders({
    shopUrl: product.shopUrl,
    rate: () => given.perSecond,
    sku: (n) => (n % 4 < 2 ? { sku: given.code } : { sku: recharge, rechargeAccount: "player-10001" }),
    onAccepted(order) {
      // Whoever cannot pay just now goes away, as buyers do.
      const one = pay(order)
        .catch(() => undefined)
        .finally(() => paying.delete(one));
      paying.add(one);
    },
  });
  return {
    async stop() {
      if (seconds > 0) return;
      seconds = (performance.now() - begunMs) / 1_000;
      await load.stop();
      await Promise.all(paying);
      await pool.close();
    },
    async rates(sql) {
      const { rows } = await sql.query<{ type: string; n: number }>(
        "select type, count(*)::int as n from order_events where origin = 'buyer' group by 1",
      );
      const rate = (type: string) => ((rows.find((row) => row.type === type)?.n ?? 0) / seconds).toFixed(1);
      return `buyers, ${given.perSecond}/s meant        ${rate("placed")} placed/s, ${rate("paid")} paid/s, ${rate("delivered")} delivered/s over ${seconds.toFixed(0)} s`;
    },
  };
}

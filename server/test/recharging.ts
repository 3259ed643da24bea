import { createHmac } from "node:crypto";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import type { Clock } from "../src/platform/clock.ts";
import { createRecharger, fulfilCodes } from "../src/shop/fulfilment/actions.ts";
import { rules } from "../src/shop/fulfilment/domain.ts";
import { HttpSupplier, type Supplier } from "../src/shop/fulfilment/supplier.ts";
import { orderBody, type TestShop } from "./order-backend.ts";
import { payFor } from "./pay.ts";
import { openProxy, type TestProxy } from "./proxy.ts";
import { openTestSandbox, type TestSandbox } from "./sandbox.ts";

/** A supplier that signs as it should, whatever it says. */
export const signed =
  (
    { clock, sandbox }: { clock: Clock; sandbox: TestSandbox },
    body: object,
    arrives?: true,
  ): Parameters<typeof openProxy>[1] =>
  (_call, headers) => {
    const text = JSON.stringify(body);
    const timestamp = String(Math.floor(clock.now().getTime() / 1000));
    const lines = ["200", timestamp, headers["x-nonce"], text].map((line) => `${line}\n`).join("");
    const signature = createHmac("sha256", sandbox.merchants.supplier.key).update(lines).digest("hex");
    return {
      status: 200,
      body: text,
      headers: { "x-timestamp": timestamp, "x-signature": signature },
      ...(arrives ? { arrives } : {}),
    };
  };

/** A shop's deliveries, a step at a time, with its real supplier behind a line that may be troubled. */
export interface TestRecharging {
  sandbox: TestSandbox;
  supplier: Supplier;
  /** Decides what becomes of each call from now on. */
  line(decide: Parameters<typeof openProxy>[1]): void;
  /** Recharges that the supplier was sent. */
  sent(): number;
  /** Questions that it was asked. */
  asked(): number;
  /** Pays an order of one each of these products. */
  buy(skus: readonly string[], account?: string): Promise<PlacedOrder>;
  tryOnce(): Promise<void>;
  /** As many tries as there are. */
  tryToTheEnd(): Promise<void>;
  status(orderId: string): Promise<string>;
  close(): Promise<void>;
}

export async function openTestRecharging(shop: TestShop): Promise<TestRecharging> {
  const sandbox = await openTestSandbox({ ...shop, shopUrl: "http://shop.test" });
  let decide: Parameters<typeof openProxy>[1] = () => "through";
  const proxy: TestProxy = await openProxy(sandbox.url, (call, headers) => decide(call, headers));
  const supplier = new HttpSupplier({
    url: `${proxy.url}/supplier`,
    key: sandbox.merchants.supplier.key,
    clock: shop.clock,
    timeoutMs: 300,
    failuresToBreak: 100,
  });
  const deps = { ...shop, supplier, fireLater: () => undefined };
  const recharger = createRecharger({ ...deps, onFreed: () => undefined });
  const calls = (method: string) => proxy.arrived.filter((call) => call.startsWith(method)).length;
  const tryOnce = async () => {
    await recharger.begin();
    await recharger.idle();
    await fulfilCodes(deps);
  };
  return {
    ...{ sandbox, supplier, tryOnce },
    line: (next) => {
      decide = next;
    },
    sent: () => calls("POST"),
    asked: () => calls("GET"),
    async buy(skus, account = "10001") {
      const items = skus.map((sku) => ({ sku, quantity: 1 }));
      const order = await shop.place({ body: { ...orderBody("", 1, { rechargeAccount: account }), items } });
      await payFor(shop, [order]);
      return order;
    },
    async tryToTheEnd() {
      for (let tries = 0; tries <= rules.maxRetries; tries++) {
        await tryOnce();
        shop.clock.advance(rules.retryAfterMs);
      }
    },
    status: (orderId) => shop.value<string>("select status from orders where id = $1", [orderId]),
    async close() {
      await recharger.idle();
      await proxy.close();
      await sandbox.close();
    },
  };
}

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import { demoProducts } from "@orderwatch/shared/shop/demo-products.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { type Journey, otherMethod, type Person } from "./domain.ts";
import { type ShopClient, ShopRefusal } from "./shop-client.ts";

/** What became of a visit; `failed` orders were paid and not delivered, or refused payment. */
export type Fate = "browsed" | "unpaid" | "delivered" | "failed" | "gave_up" | "nothing_to_buy";

/** How long a buyer looks at the order's page before leaving it. */
const PATIENCE_MS = 30_000;
const FIRST_LOOK_MS = 300;
const LONGEST_LOOK_MS = 3000;
/** An order without an answer is sent again under its key. */
const ORDER_TRIES = 3;
const TRY_AGAIN_MS = 500;

const demo = new Map(demoProducts.map(({ sku, name }) => [sku, name]));

/** One visitor from the first page to the code. Throws ShopRefusal, or AbortError when `signal` ends all visits. */
export async function visit(
  client: ShopClient,
  person: Person,
  journey: Journey,
  signal: AbortSignal,
): Promise<Fate> {
  const { session } = person;
  await client.beacon({ session, step: "visit" });
  const onSale = (await client.products()).filter(
    ({ sku, name, stock }) => demo.get(sku) === name && stock !== "out",
  );
  const product = onSale[Math.floor(journey.taste * onSale.length)];
  if (!product) return "nothing_to_buy";
  if (journey.reaches === "visit") return "browsed";

  await pause(journey.thinkMs.product, signal);
  await client.beacon({ session, step: "product", sku: product.sku });
  if (journey.reaches === "product") return "browsed";

  await pause(journey.thinkMs.checkout, signal);
  await client.beacon({ session, step: "checkout", sku: product.sku });
  if (journey.reaches === "checkout") return "browsed";
  return await buy(client, person, journey, product, signal);
}

async function buy(
  client: ShopClient,
  person: Person,
  journey: Journey,
  product: Product,
  signal: AbortSignal,
): Promise<Fate> {
  const quantity = Math.min(journey.quantity, product.limit ?? journey.quantity);
  const order = await placeOrder(client, signal, {
    sku: product.sku,
    quantity,
    paymentMethod: journey.method,
    contact: person.contact,
    deviceId: person.deviceId,
    session: person.session,
    expectedAmountFen: product.priceFen * quantity,
    ...(product.kind === "recharge" ? { rechargeAccount: person.rechargeAccount } : {}),
  });
  await pause(journey.thinkMs.payment, signal);
  if (journey.payment === "abandon") return "unpaid";
  await client.pay(order.payment.id, person.session, journey.payment);
  if (journey.payment !== "success" && !(await payAgain(client, person, journey, order, signal)))
    return "unpaid";
  return await awaitDelivery(client, order, signal);
}

/** Whether the second attempt paid. */
async function payAgain(
  client: ShopClient,
  person: Person,
  { secondTry, method, thinkMs }: Journey,
  order: PlacedOrder,
  signal: AbortSignal,
): Promise<boolean> {
  // Looking at the order is how the shop learns of the failure: companies call back on success alone.
  await client.read(order);
  await pause(thinkMs.payment, signal);
  if (secondTry.how === "leave") return false;
  const payment =
    secondTry.how === "switch" ? await client.payAnotherWay(order, otherMethod[method]) : order.payment;
  await client.pay(payment.id, person.session, secondTry.outcome);
  return secondTry.outcome === "success";
}

async function placeOrder(client: ShopClient, signal: AbortSignal, body: object): Promise<PlacedOrder> {
  const key = randomUUID();
  for (let tries = 1; ; tries += 1) {
    try {
      return await client.order(body, key);
    } catch (error) {
      const isLost = error instanceof ShopRefusal && /^(network|http\.5)/.test(error.code);
      if (!isLost || tries === ORDER_TRIES) throw error;
      await pause(TRY_AGAIN_MS, signal);
    }
  }
}

async function awaitDelivery(client: ShopClient, order: PlacedOrder, signal: AbortSignal): Promise<Fate> {
  let lookMs = FIRST_LOOK_MS;
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += lookMs) {
    await pause(lookMs, signal);
    const { status } = await client.read(order);
    if (status === "delivered") return "delivered";
    if (status === "delivery_failed" || status === "refunded" || status === "cancelled") return "failed";
    lookMs = Math.min(lookMs * 1.5, LONGEST_LOOK_MS);
  }
  return "gave_up";
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}

import { setTimeout as delay } from "node:timers/promises";
import { BuyerOrder, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { count, type Market, type Memory, patienceMs, sightMs } from "./memory.ts";
import { decide, open, openInShop, openPage, pay, switchTo } from "./paying.ts";
import { type Script, sessionOf } from "./plan.ts";
import { type Answer, call, codeOf, persist } from "./wire.ts";

/** Who only wants to keep others from buying lets go by itself after this time. */
const hoardMs = 10_000;

/** One buyer from the order to whatever end the script has; answers the order that was paid. Never throws for what the product does. */
export async function buy(market: Market, script: Script): Promise<PlacedOrder | undefined> {
  const { memory } = market;
  const order = await place(market, script);
  if (!order) return undefined;
  switch (script.way) {
    case "abandon":
      market.letExpire(order.id);
      return undefined;
    case "hoard":
      await delay(hoardMs);
      market.letExpire(order.id);
      return undefined;
    case "abandon_opened":
      await open(market, script.address, order.payment.id);
      market.letExpire(order.id);
      return undefined;
    case "declined":
      await pay(market, script.address, order.payment.id, "declined");
      await read(market, order);
      market.letExpire(order.id);
      return undefined;
    case "pay_late":
      await payLate(market, order, script);
      return undefined;
    case "click_twice":
      await Promise.all([
        pay(market, script.address, order.payment.id, "success"),
        pay(market, script.address, order.payment.id, "success"),
        open(market, script.address, order.payment.id),
      ]);
      break;
    case "declined_then_pay":
      await declinedThenPaid(market, order, script);
      break;
    case "pay_both_channels":
      await payBoth(market, order, script);
      break;
    case "pay":
      await pay(market, script.address, order.payment.id, "success");
  }
  if (script.watches) await watch(market, order, memory);
  return order;
}

async function place(market: Market, script: Script): Promise<PlacedOrder | undefined> {
  const { memory } = market;
  const { key, items, method, rechargeAccount, address } = script;
  const body = {
    items,
    paymentMethod: method,
    contact: { email: `buyer-${script.n}@example.com` },
    session: sessionOf(script),
    ...(rechargeAccount === undefined ? {} : { rechargeAccount }),
  };
  const send = (sent: unknown) =>
    persist(
      () =>
        call("POST", `${market.shopUrl}/api/orders`, {
          body: sent,
          headers: { "idempotency-key": key, "x-forwarded-for": address },
        }),
      patienceMs,
      (answer) =>
        count(memory.passing, answer ? `order ${answer.status} ${codeOf(answer)}` : "order: no answer"),
    );
  const answers = await Promise.all(script.replay === "at_once" ? [send(body), send(body)] : [send(body)]);
  const orders = answers.map((answer) => accept(market, script, answer));
  if (script.replay === "later") orders.push(accept(market, script, await send(body)));
  const [order] = orders;
  if (script.replay === "other_body" && order) {
    const answer = await send({ ...body, contact: { email: "another@example.com" } });
    if (answer && (answer.status !== 409 || codeOf(answer) !== "idempotency.mismatch"))
      memory.surprises.push(`A2: another body under ${key} was answered ${answer.status} ${codeOf(answer)}`);
  }
  return order;
}

/** Remembers what a 201 promised. */
function accept(market: Market, script: Script, answer: Answer | undefined): PlacedOrder | undefined {
  const { memory } = market;
  if (!answer) {
    memory.surprises.push(`order ${script.n} got no answer in ${patienceMs / 1_000} s`);
    return undefined;
  }
  if (answer.status !== 201) {
    count(memory.refused, codeOf(answer));
    if (codeOf(answer) !== "stock.sold_out" && script.way !== "hoard")
      memory.surprises.push(`order ${script.n} was answered ${answer.status} ${codeOf(answer)}`);
    return undefined;
  }
  const order = PlacedOrder.parse(answer.body);
  const known = memory.idOfKey.get(script.key);
  if (known !== undefined && known !== order.id)
    memory.surprises.push(`A2: one key ${script.key} made the orders ${known} and ${order.id}`);
  memory.idOfKey.set(script.key, order.id);
  memory.latest = { id: order.id, token: order.token };
  memory.accepted.set(order.id, { n: script.n, token: order.token, amountFen: order.amountFen });
  return order;
}

const readOnce = (market: Market, order: { id: string; token: string }) =>
  call("GET", `${market.shopUrl}/api/orders/${order.id}`, {
    headers: { authorization: `Bearer ${order.token}` },
  });

export async function read(
  market: Market,
  order: { id: string; token: string },
): Promise<BuyerOrder | undefined> {
  const answer = await persist(() => readOnce(market, order), patienceMs);
  if (!answer) {
    market.memory.surprises.push(
      `the accepted order ${order.id} could not be read in ${patienceMs / 1_000} s`,
    );
    return undefined;
  }
  if (answer.status !== 200) {
    market.memory.surprises.push(`the accepted order ${order.id} was answered ${answer.status} when read`);
    return undefined;
  }
  return BuyerOrder.parse(answer.body);
}

const other = (script: Script) => (script.method === "wechat" ? "alipay" : "wechat");

async function declinedThenPaid(market: Market, order: PlacedOrder, script: Script): Promise<void> {
  await pay(market, script.address, order.payment.id, "declined");
  await read(market, order);
  const payment =
    script.n % 2 ? order.payment.id : await switchTo(market, script.address, order, other(script));
  if (payment) await pay(market, script.address, payment, "success");
}

/** The first page stays open in another tab while the second payment is made, and then both are paid. */
async function payBoth(market: Market, order: PlacedOrder, script: Script): Promise<void> {
  if (script.n % 3 === 0) {
    const [, second] = await Promise.all([
      pay(market, script.address, order.payment.id, "success"),
      switchTo(market, script.address, order, other(script)),
    ]);
    if (second) await pay(market, script.address, second, "success");
    return;
  }
  const address = await openInShop(market, script.address, order.payment.id);
  const second = await switchTo(market, script.address, order, other(script));
  // Alipay knows of a trade only once its page is opened, so closing it before that closes nothing.
  const first = address === undefined ? undefined : await openPage(market, address);
  await Promise.all([
    ...(first ? [decide(market, first, "success")] : []),
    ...(second ? [pay(market, script.address, second, "success")] : []),
  ]);
}

async function payLate(market: Market, order: PlacedOrder, script: Script): Promise<void> {
  const page = await open(market, script.address, order.payment.id);
  market.letExpire(order.id);
  for (const deadline = performance.now() + sightMs; performance.now() < deadline; await delay(500)) {
    if ((await read(market, order))?.status !== "awaiting_payment") break;
  }
  if (page !== undefined) await decide(market, page, "success");
}

/** The codes that an order shows, each with what it is of. */
export const codesOf = (seen: BuyerOrder | undefined): string[] | undefined =>
  seen?.codes?.map(({ sku, code }) => `${sku} ${code}`);

export const ends = new Set(["delivered", "delivery_failed", "refunded", "expired", "cancelled"]);

/** Looks until the order is over; what is then handed over must be what was bought, and nobody else's. */
async function watch(market: Market, order: PlacedOrder, memory: Memory): Promise<void> {
  for (const deadline = performance.now() + sightMs; performance.now() < deadline; await delay(1_000)) {
    const seen = await read(market, order);
    if (!seen || !ends.has(seen.status)) continue;
    if (seen.status !== "delivered") return;
    for (const code of codesOf(seen) ?? []) {
      const owner = memory.codes.get(code);
      if (owner !== undefined && owner !== order.id)
        memory.surprises.push(`S1: the orders ${owner} and ${order.id} were both shown one code`);
      memory.codes.set(code, order.id);
    }
    const bought = seen.items.reduce((sum, { kind, quantity }) => sum + (kind === "code" ? quantity : 1), 0);
    if (seen.codes?.length !== bought)
      memory.surprises.push(`D1: ${order.id} is delivered and shows ${seen.codes?.length} of ${bought}`);
    return;
  }
}

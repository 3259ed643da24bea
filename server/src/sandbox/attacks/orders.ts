import { randomInt, randomUUID } from "node:crypto";
import { list } from "@orderwatch/shared/list.ts";
import { Product } from "@orderwatch/shared/shop/catalog.ts";
import { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { z } from "zod";
import { originHeader } from "../../platform/origin.ts";
import { callOutbound, type OutboundAnswer } from "../../platform/outbound.ts";
import type { Shot } from "./volley.ts";

export interface OrderAttackContext {
  shopUrl: string;
  sandboxUrl: string;
  /** The signed header that says whose orders these are: a drill's. */
  origin: string;
}

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 512 * 1024;
const Device = z.object({ deviceId: z.string() });

/** From the block that RFC 5737 keeps for documentation, so that it is nobody's. */
export const attackerAddress = (host: number) => `203.0.113.${1 + (host % 254)}`;

/** One address that orders as fast as it can, under ever new names. */
export function orderFlood(context: OrderAttackContext): Shot {
  const address = attackerAddress(randomInt(254));
  const product = once(() => cheapest(context));
  return async (number, signal) => {
    const body = { ...(await orderOf(product, number)), deviceId: `flood-${number}` };
    return (await order(context, address, body, signal)) !== null;
  };
}

/**
 * One device that tries stolen cards: each order is small, in another name and from another address, and its payment is
 * declined. Recharges, since they keep no stock from anybody while they are unpaid.
 */
export function cardTesting(context: OrderAttackContext): Shot {
  const product = once(() => cheapest(context));
  const device = once(async () => {
    const answer = await send(context, attackerAddress(0), "POST", `${context.shopUrl}/api/devices`);
    return read(Device, answer).deviceId;
  });
  return async (number, signal) => {
    const address = attackerAddress(number);
    const body = { ...(await orderOf(product, number)), deviceId: await device() };
    const placed = await order(context, address, body, signal);
    if (!placed) return false;
    const pay = `${context.sandboxUrl}/payments/${placed.payment.id}/pay`;
    const card = { payer: `stolen-card-${number}`, outcome: "declined" };
    await send(context, address, "POST", pay, card, {}, signal);
    // Looking at the order is how the shop learns of the failure: companies call back on success alone.
    const token = { authorization: `Bearer ${placed.token}` };
    await send(
      context,
      address,
      "GET",
      `${context.shopUrl}/api/orders/${placed.id}`,
      undefined,
      token,
      signal,
    );
    return true;
  };
}

async function orderOf(product: () => Promise<Product>, number: number) {
  const { sku, kind, priceFen } = await product();
  const digits = String(number).padStart(8, "0");
  return {
    ...{ sku, quantity: 1, paymentMethod: "wechat", expectedAmountFen: priceFen },
    contact: { phone: `+86 101${digits}` },
    ...(kind === "recharge" ? { rechargeAccount: `101${digits}` } : {}),
  };
}

async function cheapest(context: OrderAttackContext): Promise<Product> {
  const answer = await send(context, attackerAddress(0), "GET", `${context.shopUrl}/api/products`);
  const rank = ({ kind, priceFen }: Product) => (kind === "recharge" ? 0 : 1e9) + priceFen;
  const [first] = read(list(Product), answer)
    .items.filter(({ stock }) => stock !== "out")
    .sort((a, b) => rank(a) - rank(b));
  if (!first) throw new Error("nothing is for sale");
  return first;
}

/** Null when the shop refused it. */
async function order(context: OrderAttackContext, address: string, body: object, signal: AbortSignal) {
  const key = { "idempotency-key": randomUUID() };
  const answer = await send(context, address, "POST", `${context.shopUrl}/api/orders`, body, key, signal);
  return answer.status < 300 ? read(PlacedOrder, answer) : null;
}

function send(
  { origin }: OrderAttackContext,
  address: string,
  method: "GET" | "POST",
  url: string,
  body?: object,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<OutboundAnswer> {
  return callOutbound({
    ...{ method, url, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES },
    headers: {
      ...{ "x-forwarded-for": address, [originHeader]: origin, ...headers },
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
}

function read<T>(schema: z.ZodType<T>, answer: OutboundAnswer): T {
  return schema.parse(JSON.parse(answer.body.toString("utf8")));
}

/** Asks the first time that it is needed, and again only if that failed. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask().catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}

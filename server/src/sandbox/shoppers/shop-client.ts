import { list } from "@orderwatch/shared/list.ts";
import { Problem } from "@orderwatch/shared/problem.ts";
import { Product } from "@orderwatch/shared/shop/catalog.ts";
import type { BuyerOrder as BuyerOrderSchema } from "@orderwatch/shared/shop/orders.ts";
import { BuyerOrder, type PaymentMethod, PaymentOffer, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import type { z } from "zod";
import { originHeader } from "../../platform/origin.ts";
import { callOutbound, type OutboundAnswer, OutboundError } from "../../platform/outbound.ts";
import type { Outcome } from "../trade.ts";
import type { Person } from "./domain.ts";

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 512 * 1024;

/** The shop or the sandbox refused; `code` is its problem document's, `http.<status>` or `network.<kind>` without one. */
export class ShopRefusal extends Error {
  readonly code: string;
  constructor(code: string, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** The shop as one visitor uses it: over HTTP, from an address of their own. Every call throws {@link ShopRefusal}. */
export class ShopClient {
  readonly #shopUrl: string;
  readonly #sandboxUrl: string;
  readonly #headers: Record<string, string>;
  readonly #signal: AbortSignal;

  constructor(
    urls: { shopUrl: string; sandboxUrl: string },
    person: Person,
    origin: string,
    signal: AbortSignal,
  ) {
    this.#shopUrl = urls.shopUrl;
    this.#sandboxUrl = urls.sandboxUrl;
    this.#signal = signal;
    this.#headers = {
      "x-forwarded-for": person.address,
      "user-agent": person.userAgent,
      [originHeader]: origin,
    };
  }

  async products() {
    const { items } = read(list(Product), await this.#send("GET", `${this.#shopUrl}/api/products`));
    return items;
  }

  async beacon(beacon: {
    session: string;
    step: "visit" | "product" | "checkout";
    sku?: string;
  }): Promise<void> {
    await this.#send("POST", `${this.#shopUrl}/api/beacons`, [beacon]);
  }

  async order(body: object, idempotencyKey: string): Promise<z.infer<typeof PlacedOrder>> {
    const headers = { "idempotency-key": idempotencyKey };
    return read(PlacedOrder, await this.#send("POST", `${this.#shopUrl}/api/orders`, body, headers));
  }

  async read(order: { id: string; token: string }): Promise<BuyerOrderSchema> {
    const headers = { authorization: `Bearer ${order.token}` };
    return read(
      BuyerOrder,
      await this.#send("GET", `${this.#shopUrl}/api/orders/${order.id}`, undefined, headers),
    );
  }

  async payAnotherWay(
    order: { id: string; token: string },
    paymentMethod: PaymentMethod,
  ): Promise<PaymentOffer> {
    const headers = { authorization: `Bearer ${order.token}` };
    const url = `${this.#shopUrl}/api/orders/${order.id}/pay`;
    return read(PaymentOffer, await this.#send("POST", url, { paymentMethod }, headers));
  }

  /** The payer's page, which opens the payment's address first. */
  async pay(paymentId: string, payer: string, outcome: Outcome): Promise<void> {
    await this.#send("POST", `${this.#sandboxUrl}/payments/${paymentId}/pay`, { payer, outcome });
  }

  async #send(
    method: "GET" | "POST",
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<OutboundAnswer> {
    const answer = await callShop({
      url,
      method,
      headers: {
        ...this.#headers,
        ...headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      signal: this.#signal,
    });
    if (answer.status < 400) return answer;
    const problem = Problem.safeParse(readJson(answer.body));
    throw problem.success
      ? new ShopRefusal(problem.data.code, problem.data.detail)
      : new ShopRefusal(`http.${answer.status}`, "no problem document");
  }
}

async function callShop(request: Parameters<typeof callOutbound>[0]): Promise<OutboundAnswer> {
  try {
    return await callOutbound(request);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    throw new ShopRefusal(`network.${error.kind}`, error.message);
  }
}

function read<T>(schema: z.ZodType<T>, answer: OutboundAnswer): T {
  const parsed = schema.safeParse(readJson(answer.body));
  if (parsed.success) return parsed.data;
  throw new ShopRefusal("http.unreadable", parsed.error.message);
}

/** Undefined for what is not JSON, which no schema accepts. */
function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { isStorable } from "@orderwatch/shared/text.ts";
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";
import { z } from "zod";
import { type Clock, systemClock } from "../../platform/clock.ts";
import { callOutbound, type OutboundAnswer, OutboundError } from "../../platform/outbound.ts";

export interface Recharge {
  /** The order line's id: the supplier's idempotency key. */
  lineId: string;
  sku: string;
  account: string;
  quantity: number;
}

/**
 * `refused` is final for this attempt and nothing was delivered. `unclear` may have been delivered: ask before anything is
 * sent again. `unknown` is answered to a question only: the supplier never saw this line, so it may be sent.
 */
export type SupplierOutcome =
  | { state: "success"; reference: string }
  | { state: "processing" }
  | { state: "refused"; code: "delivery.invalid_account" | "delivery.supplier_failed"; detail: string }
  | { state: "unclear"; detail: string }
  | { state: "unknown" };

/** Neither call throws for anything that the supplier or the network does. */
export interface Supplier {
  recharge(recharge: Recharge): Promise<SupplierOutcome>;
  ask(lineId: string): Promise<SupplierOutcome>;
}

/**
 * The one safe way to repeat: a line that was sent before, and whose answer was lost or unclear, is asked about, and sent
 * again only when the supplier never saw it or says that it delivered nothing.
 */
export async function rechargeOnce(
  supplier: Supplier,
  recharge: Recharge,
  sentBefore: boolean,
): Promise<SupplierOutcome> {
  if (sentBefore) {
    const known = await supplier.ask(recharge.lineId);
    const isUndelivered =
      known.state === "unknown" || (known.state === "refused" && known.code === "delivery.supplier_failed");
    if (!isUndelivered) return known;
  }
  return await supplier.recharge(recharge);
}

export interface SupplierOptions {
  url: string;
  /** The secret shared with the supplier. */
  key: string;
  clock?: Clock;
  timeoutMs?: number;
  /** After this many unclear answers in a row the supplier is left alone for `restMs`. */
  failuresToBreak?: number;
  restMs?: number;
}

const MAX_ANSWER_BYTES = 16 * 1024;
const FRESH_FOR_S = 5 * 60;

// What cannot be stored would never let its order come to an end.
const storable = (max: number) => z.string().max(max).refine(isStorable);

const answerBody = z.discriminatedUnion("state", [
  z.object({ state: z.literal("success"), reference: storable(200).min(1) }),
  z.object({ state: z.literal("processing") }),
  z.object({
    state: z.literal("refused"),
    reason: z.enum(["invalid_account", "failed"]),
    detail: storable(500).default(""),
  }),
  z.object({ state: z.literal("unknown") }),
]);

/** An answer from which nothing can be concluded; counted by the circuit breaker. */
class UnclearAnswer extends Error {}

/**
 * The recharge protocol, JSON over HTTP with HMAC-SHA256 (hex) on both ways:
 *
 * - `POST /v1/recharges` `{ lineId, sku, account, quantity }`, `Idempotency-Key: <lineId>`
 * - `GET /v1/recharges/:lineId`
 *
 * A request carries `x-timestamp` (Unix seconds), `x-nonce` and `x-signature` over
 * `METHOD\npath\ntimestamp\nnonce\nbody\n`. Its answer carries `x-timestamp` and an `x-signature` over
 * `status\ntimestamp\nnonce\nbody\n`, with the request's nonce, so that no answer fits another question. Bodies of answers:
 * `{ state: "success", reference }`, `{ state: "processing" }`, `{ state: "refused", reason: "invalid_account" | "failed",
 * detail }`, and 404 with `{ state: "unknown" }`. Whatever is unsigned, late, unreadable or 5xx is unclear.
 */
export class HttpSupplier implements Supplier {
  readonly #options: Required<SupplierOptions>;
  readonly #breaker;

  constructor(options: SupplierOptions) {
    this.#options = { clock: systemClock, timeoutMs: 5000, failuresToBreak: 5, restMs: 2000, ...options };
    this.#breaker = circuitBreaker(handleAll, {
      halfOpenAfter: this.#options.restMs,
      breaker: new ConsecutiveBreaker(this.#options.failuresToBreak),
    });
  }

  async recharge(recharge: Recharge): Promise<SupplierOutcome> {
    const { lineId, sku, account, quantity } = recharge;
    const body = JSON.stringify({ lineId, sku, account, quantity });
    const outcome = await this.#settle("POST", "/v1/recharges", body, { "idempotency-key": lineId });
    if (outcome === "resting") {
      return {
        state: "refused",
        code: "delivery.supplier_failed",
        detail: "not sent: the supplier keeps failing",
      };
    }
    return outcome.state === "unknown"
      ? { state: "unclear", detail: "the supplier did not take the order" }
      : outcome;
  }

  async ask(lineId: string): Promise<SupplierOutcome> {
    const outcome = await this.#settle("GET", `/v1/recharges/${encodeURIComponent(lineId)}`, "", {});
    return outcome === "resting"
      ? { state: "unclear", detail: "not asked: the supplier keeps failing" }
      : outcome;
  }

  async #settle(
    method: "GET" | "POST",
    path: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<SupplierOutcome | "resting"> {
    try {
      return await this.#breaker.execute(() => this.#call(method, path, body, headers));
    } catch (error) {
      if (error instanceof BrokenCircuitError) return "resting";
      if (error instanceof UnclearAnswer || error instanceof OutboundError) {
        return { state: "unclear", detail: error.message };
      }
      throw error;
    }
  }

  async #call(
    method: "GET" | "POST",
    path: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<SupplierOutcome> {
    const { url, key, clock, timeoutMs } = this.#options;
    const address = new URL(url + path);
    const timestamp = String(Math.floor(clock.now().getTime() / 1000));
    const nonce = randomBytes(16).toString("hex");
    const signature = hmacOf(key, method, address.pathname, timestamp, nonce, body);
    const answer = await callOutbound({
      url: address.href,
      method,
      headers: {
        ...headers,
        accept: "application/json",
        "x-timestamp": timestamp,
        "x-nonce": nonce,
        "x-signature": signature,
        ...(body === "" ? {} : { "content-type": "application/json" }),
      },
      ...(body === "" ? {} : { body }),
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
    });
    this.#requireAuthentic(answer, nonce);
    return outcomeOf(answer);
  }

  #requireAuthentic({ status, headers, body }: OutboundAnswer, nonce: string): void {
    if (status >= 500) throw new UnclearAnswer(`the supplier answered ${status}`);
    const timestamp = headers["x-timestamp"] ?? "";
    const expected = hmacOf(this.#options.key, String(status), timestamp, nonce, body.toString("utf8"));
    const given = Buffer.from(headers["x-signature"] ?? "");
    if (given.length !== expected.length || !timingSafeEqual(given, Buffer.from(expected))) {
      throw new UnclearAnswer(`the supplier's answer (${status}) is not signed with the shared key`);
    }
    const ageS = Math.abs(this.#options.clock.now().getTime() / 1000 - Number(timestamp));
    if (!(ageS <= FRESH_FOR_S))
      throw new UnclearAnswer("the supplier's answer is more than five minutes old");
  }
}

function outcomeOf({ status, body }: OutboundAnswer): SupplierOutcome {
  const parsed = answerBody.safeParse(readJson(body));
  if (!parsed.success) throw new UnclearAnswer(`the supplier answered ${status} with an unreadable body`);
  const answer = parsed.data;
  if (answer.state !== "refused") return answer;
  const code = answer.reason === "invalid_account" ? "delivery.invalid_account" : "delivery.supplier_failed";
  return { state: "refused", code, detail: answer.detail };
}

function hmacOf(key: string, ...lines: string[]): string {
  return createHmac("sha256", key)
    .update(lines.map((line) => `${line}\n`).join(""))
    .digest("hex");
}

/** Undefined for what is not JSON, which no schema accepts. */
function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../platform/clock.ts";
import { defaultBodyLimitBytes, type Endpoint } from "../platform/http/endpoint.ts";
import { type HttpReply, type HttpRequest, header } from "../platform/http/message.ts";
import type { Behaviours } from "./behaviour.ts";
import type { Ledger, RechargeRecord } from "./ledger.ts";

const MAX_AGE_S = 5 * 60;
/** Accounts of this form take a moment, so that "processing" is seen in life and not only in tests. */
const SLOW_ACCOUNT = /^slow/i;
const SLOW_MS = 1500;
/** Accounts of this form do not exist. */
const MISSING_ACCOUNT = /^(0+|invalid.*)$/i;

const order = z.strictObject({
  lineId: z.string().min(1).max(64),
  sku: z.string().min(1).max(64),
  account: z.string().min(1).max(64),
  quantity: z.int().min(1).max(100),
});

type Answer = { status: number; value: Record<string, unknown> };
const refused = (status: number, reason: "invalid_account" | "failed", detail: string): Answer => ({
  status,
  value: { state: "refused", reason, detail },
});

/**
 * A supplier of recharges: JSON with an HMAC-SHA256 on both ways, idempotent by line id. Accounts of zeros alone, or that
 * start with "invalid", do not exist; those that start with "slow" take a moment and a half.
 */
export function createSupplier(
  { clock, ledger, behaviours }: { clock: Clock; ledger: Ledger; behaviours: Behaviours },
  key: string,
): Endpoint[] {
  const endpoint = (
    method: string,
    path: string,
    answer: (request: HttpRequest) => Promise<Answer>,
  ): Endpoint => ({
    method,
    path: `/supplier${path}`,
    bodyLimitBytes: defaultBodyLimitBytes,
    async handle(request) {
      const { fails } = await behaviours.suffer("supplier");
      if (fails) return { status: 500, headers: {} };
      const isOurs = isSigned(request, key, clock.now());
      const answered = isOurs ? await answer(request) : refused(401, "failed", "the request is not signed");
      await ledger.kept();
      if (behaviours.losesAnswer("supplier")) return { status: 500, headers: {} };
      return reply(request, answered);
    },
  });

  const reply = (request: HttpRequest, { status, value }: Answer): HttpReply => {
    const body = JSON.stringify(value);
    const timestamp = String(Math.floor(clock.now().getTime() / 1000));
    const nonce = header(request, "x-nonce") ?? "";
    return {
      status,
      headers: {
        "content-type": "application/json",
        "x-timestamp": timestamp,
        "x-signature": hmacOf(key, String(status), timestamp, nonce, body),
      },
      body,
    };
  };

  const stateOf = ({ reference, doneAtMs }: RechargeRecord): Answer => {
    const isDone = clock.now().getTime() >= doneAtMs;
    return { status: 200, value: isDone ? { state: "success", reference } : { state: "processing" } };
  };

  return [
    endpoint("POST", "/v1/recharges", async (request) => {
      const parsed = order.safeParse(readJson(request.body));
      if (!parsed.success) return refused(400, "failed", "the order is not readable");
      const { lineId, sku, account, quantity } = parsed.data;
      const known = ledger.recharge(lineId);
      if (known) {
        const isSame = known.sku === sku && known.account === account && known.quantity === quantity;
        return isSame ? stateOf(known) : refused(409, "failed", "this line id was used for another order");
      }
      if (MISSING_ACCOUNT.test(account)) return refused(422, "invalid_account", "there is no such account");
      const record: RechargeRecord = {
        lineId,
        sku,
        account,
        quantity,
        reference: `SR${randomBytes(8).toString("hex").toUpperCase()}`,
        doneAtMs: clock.now().getTime() + (SLOW_ACCOUNT.test(account) ? SLOW_MS : 0),
      };
      await ledger.saveRecharge(record);
      return stateOf(record);
    }),
    endpoint("GET", "/v1/recharges/:lineId", async (request) => {
      const known = ledger.recharge(request.params.lineId ?? "");
      return known ? stateOf(known) : { status: 404, value: { state: "unknown" } };
    }),
  ];
}

function isSigned(request: HttpRequest, key: string, now: Date): boolean {
  const timestamp = header(request, "x-timestamp") ?? "";
  const nonce = header(request, "x-nonce") ?? "";
  const body = request.body.toString("utf8");
  const expected = Buffer.from(hmacOf(key, request.method, request.path, timestamp, nonce, body));
  const given = Buffer.from(header(request, "x-signature") ?? "");
  const isFresh = Math.abs(now.getTime() / 1000 - Number(timestamp)) <= MAX_AGE_S;
  return isFresh && given.length === expected.length && timingSafeEqual(given, expected);
}

function hmacOf(key: string, ...lines: string[]): string {
  return createHmac("sha256", key)
    .update(`${lines.join("\n")}\n`)
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

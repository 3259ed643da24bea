import { Id } from "@orderwatch/shared/ids.ts";
import { DomainError, Problem, type ProblemCode, problems } from "@orderwatch/shared/problem.ts";
import { route } from "@orderwatch/shared/route.ts";
import { z } from "zod";
import type { Clock } from "../platform/clock.ts";
import { type Endpoint, endpoint } from "../platform/http/endpoint.ts";
import { callOutbound, type OutboundAnswer, OutboundError } from "../platform/outbound.ts";
import type { Gateway } from "./gateways/gateway.ts";
import type { Ledger } from "./ledger.ts";
import {
  attempt,
  type Gateway as GatewayName,
  type Outcome,
  outcomes,
  stateAt,
  type Trade,
} from "./trade.ts";

const OPENING_TIMEOUT_MS = 10_000;
const MAX_PAGE_BYTES = 512 * 1024;
const MAX_REDIRECTS = 5;

const Payer = z.string().trim().min(1).max(64);
const OutcomeChoice = z.enum(outcomes);
const Result = z.object({
  paymentId: z.string(),
  state: z.enum(["paid", "refused"]),
  outcome: OutcomeChoice,
  provider: z.enum(["wechat", "alipay"]),
  amountFen: z.int(),
});

const payRoute = route({
  path: "POST /payments/:paymentId/pay",
  summary: "What a buyer does: opens the payment's address in the shop, then pays or fails to",
  params: z.object({ paymentId: Id }),
  body: z.strictObject({ payer: Payer.default("payer-1"), outcome: OutcomeChoice }),
  reply: Result,
});

const chooseRoute = route({
  path: "POST /cashier/:outTradeNo",
  summary: "A choice made on the payer's page",
  params: z.object({ outTradeNo: z.string() }),
  body: z.strictObject({ outcome: OutcomeChoice }),
  reply: Result,
});

export interface PayerContext {
  clock: Clock;
  ledger: Ledger;
  gateways: Record<GatewayName, Gateway>;
  /** Where the shop answers on this machine, and where this sandbox does; no slash at their ends. */
  shopUrl: string;
  url: string;
}

/** The buyer's side of paying, for scripts and for the payer's page. */
export function createPayer(context: PayerContext): Endpoint[] {
  const { clock, ledger, gateways } = context;

  const pay = async (trade: Trade, payer: string, outcome: Outcome): Promise<z.infer<typeof Result>> => {
    const nowMs = clock.now().getTime();
    const tried = attempt(trade, payer, outcome, nowMs);
    if (!tried)
      throw new DomainError("order.not_payable", `This payment is ${stateAt(trade, nowMs)}`, {
        remedies: [],
      });
    await ledger.saveTrade(tried);
    if (tried.state === "paid") gateways[tried.gateway].notifyPaid(tried);
    return {
      paymentId: uuidOf(tried.outTradeNo),
      state: tried.state === "paid" ? "paid" : "refused",
      outcome,
      provider: tried.gateway,
      amountFen: tried.amountFen,
    };
  };

  return [
    endpoint(payRoute, async ({ params, body }) => {
      const refusal = await open(context, params.paymentId);
      const trade = ledger.trade(params.paymentId.replaceAll("-", ""));
      // A payer whose page is open already can pay, whatever the shop says by now.
      if (!trade) throw refusal ?? unknown(params.paymentId);
      return await pay(trade, body.payer, body.outcome);
    }),
    endpoint(chooseRoute, async ({ params, body }) => {
      const trade = ledger.trade(params.outTradeNo);
      if (!trade) throw unknown(params.outTradeNo);
      return await pay(trade, "payer-1", body.outcome);
    }),
  ];
}

const unknown = (id: string) => new DomainError("payment.not_found", `Nothing is to be paid under ${id}`);

/** Opens the payment's address and follows it as far as the sandbox; answers why the shop or the company refused. */
async function open({ shopUrl, url }: PayerContext, paymentId: string): Promise<DomainError | undefined> {
  const { origin } = new URL(url);
  let at = new URL(`${shopUrl}/pay/${paymentId}`);
  try {
    for (let step = 0; step <= MAX_REDIRECTS; step += 1) {
      const answer = await callOutbound({
        url: at.href,
        method: "GET",
        headers: { accept: "text/html,application/json", "x-forwarded-for": addressOf(paymentId) },
        timeoutMs: OPENING_TIMEOUT_MS,
        maxBytes: MAX_PAGE_BYTES,
      });
      const { location } = answer.headers;
      if (answer.status >= 400) return refusalOf(answer);
      if (answer.status < 300 || !location) return undefined;
      at = new URL(location, at);
      if (at.origin !== origin) {
        return new DomainError("order.not_payable", "The shop sends the buyer back to the order", {
          remedies: [],
        });
      }
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return new DomainError("server.busy", "The shop does not answer", { remedies: [], cause: error });
  }
}

/** Every payer is a person with an address of their own, from the block that RFC 2544 reserves for such loads. */
function addressOf(paymentId: string): string {
  const host = Number.parseInt(paymentId.slice(-5), 16) & 0x1_ff_ff;
  return `198.${18 + (host >> 16)}.${(host >> 8) & 255}.${host & 255}`;
}

/** The shop's own problem document, passed on. */
function refusalOf(answer: OutboundAnswer): DomainError | undefined {
  const problem = Problem.safeParse(readJson(answer.body));
  if (problem.success && isProblemCode(problem.data.code)) {
    return new DomainError(problem.data.code, problem.data.detail, { remedies: [] });
  }
  return answer.status >= 500
    ? new DomainError("server.busy", "The shop failed", { remedies: [] })
    : undefined;
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code);
}

/** Undefined for what is not JSON, which no schema accepts. */
function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function uuidOf(outTradeNo: string): string {
  return outTradeNo.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

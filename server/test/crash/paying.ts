import { PaymentOffer, type PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { count, type Market, patienceMs } from "./memory.ts";
import { type Answer, call, codeOf, persist } from "./wire.ts";

type Outcome = "success" | "declined";

/** One step of a buyer who does not give up: anything but success or what ended meanwhile is a surprise. */
async function step(
  { memory }: Market,
  what: "pay" | "open" | "switch",
  of: string,
  attempt: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  const answer = await persist(attempt, patienceMs, (passing) =>
    count(memory.passing, passing ? `${what} ${passing.status} ${codeOf(passing)}` : `${what}: no answer`),
  );
  const surprise = whySurprising(answer);
  if (surprise !== undefined) memory.surprises.push(`${what} ${of} ${surprise}`);
  return answer;
}

/** Undefined for an answer that a buyer may get: the order or the payment may have come to its end meanwhile. */
export function whySurprising(answer: Answer | undefined): string | undefined {
  if (!answer) return `got no answer in ${patienceMs / 1_000} s`;
  if (answer.status < 400 || codeOf(answer) === "order.not_payable") return undefined;
  return `was answered ${answer.status} ${codeOf(answer)}`;
}

/** Opens the payment's address in the shop, `from` the buyer's own; answers where that leads at the payment company, unless it is over. */
export async function openInShop(
  market: Market,
  from: string,
  paymentId: string,
): Promise<string | undefined> {
  const answer = await step(market, "open", paymentId, () =>
    call("GET", `${market.shopUrl}/pay/${paymentId}`, { headers: { "x-forwarded-for": from } }),
  );
  return answer?.location?.startsWith(market.sandboxUrl) ? answer.location : undefined;
}

/** Goes on to the page on which the payer decides: at once, or by the company's own way to it. */
export async function openPage(market: Market, address: string): Promise<string | undefined> {
  const answer = await step(market, "open", address, () => call("GET", address));
  if (answer?.location !== undefined) return openPage(market, answer.location);
  return answer?.status === 200 ? address : undefined;
}

/** The payer's page. Nobody can pay who never got as far. */
export async function open(market: Market, from: string, paymentId: string): Promise<string | undefined> {
  const address = await openInShop(market, from, paymentId);
  return address === undefined ? undefined : openPage(market, address);
}

/** What the payer does on the page, again until the company answers. */
export const decide = (market: Market, page: string, outcome: Outcome) =>
  step(market, "pay", page, () =>
    call("POST", `${market.sandboxUrl}${new URL(page).pathname}`, { body: { outcome } }),
  );

export async function pay(market: Market, from: string, paymentId: string, outcome: Outcome): Promise<void> {
  const page = await open(market, from, paymentId);
  if (page !== undefined) await decide(market, page, outcome);
}

export async function switchTo(
  market: Market,
  from: string,
  order: PlacedOrder,
  method: string,
): Promise<string | undefined> {
  const answer = await step(market, "switch", order.id, () =>
    call("POST", `${market.shopUrl}/api/orders/${order.id}/pay`, {
      body: { paymentMethod: method },
      headers: { authorization: `Bearer ${order.token}`, "x-forwarded-for": from },
    }),
  );
  return answer && answer.status < 300 ? PaymentOffer.parse(answer.body).id : undefined;
}

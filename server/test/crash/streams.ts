import { setTimeout as delay } from "node:timers/promises";
import { type Market, sightMs } from "./memory.ts";

/** Pages that stay open at once, and for how long each. */
const pages = 4;
const openForMs = 15_000;

/**
 * Pages that follow an order each while processes die under them: a stream that is cut off or ended is opened again, and
 * that works within the time that a page has patience.
 */
export async function keepFollowing(market: Market, signal: AbortSignal): Promise<void> {
  const follow = async () => {
    while (!signal.aborted) {
      const { latest } = market.memory;
      if (latest) await followOne(market, latest, signal);
      else await delay(200);
    }
  };
  await Promise.all(Array.from({ length: pages }, follow));
}

async function followOne(
  market: Market,
  order: { id: string; token: string },
  stop: AbortSignal,
): Promise<void> {
  const { memory } = market;
  const closed = AbortSignal.any([stop, AbortSignal.timeout(openForMs)]);
  let lostAt: number | undefined;
  while (!closed.aborted) {
    const answer = await open(market, order, closed);
    if (closed.aborted) return;
    if (answer?.status === 200) {
      lostAt = undefined;
      memory.streams.opened += 1;
      await readToTheEnd(answer, market, closed);
    } else if (answer && answer.status < 500 && answer.status !== 429)
      memory.surprises.push(`following the accepted order ${order.id} was answered ${answer.status}`);
    lostAt ??= performance.now();
    if (performance.now() - lostAt > sightMs) {
      memory.surprises.push(`the order ${order.id} could not be followed again`);
      return;
    }
    await delay(300);
  }
}

async function open(
  market: Market,
  order: { id: string; token: string },
  signal: AbortSignal,
): Promise<Response | undefined> {
  const url = `${market.shopUrl}/api/orders/${order.id}/stream`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${order.token}` }, signal }).catch(
    gone,
  );
  if (answer && answer.status !== 200) await answer.text().catch(gone);
  return answer;
}

async function readToTheEnd(answer: Response, { memory }: Market, closed: AbortSignal): Promise<void> {
  try {
    for await (const _ of answer.body ?? []) memory.streams.news += 1;
    memory.streams.ended += 1;
  } catch (error) {
    gone(error);
    if (!closed.aborted) memory.streams.cut += 1;
  }
}

/** The process behind it died, or the page was closed; other errors stay errors. */
function gone(error: unknown): undefined {
  if (error instanceof TypeError || (error instanceof Error && /Abort|Timeout/.test(error.name)))
    return undefined;
  throw error;
}

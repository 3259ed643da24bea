import { setTimeout as delay } from "node:timers/promises";
import { type Company, isSilent, type Spell } from "./bad-days.ts";
import { call } from "./wire.ts";
import { unlessAway, type World } from "./world.ts";

/** A time in which a question to a company may not have been asked or answered; `company` where it is about one alone. */
export interface Outage {
  fromMs: number;
  untilMs: number;
  company?: Company;
}

const lookEveryMs = 500;
/** P5 has an open payment asked about this often; the product's own constant may be what is wrong. */
const askEveryMs = 30_000;
/** What answers later than this counts as away. */
const patienceMs = 2_000;

/** What one look saw: the processes that live and the faults that wait. */
interface Look {
  pids: ReadonlySet<number>;
  waiting: ReadonlySet<string>;
}

/**
 * Notes when the database, the shop or the sandbox was away, a process died or a step was made to fail or to wait: from the
 * last look at which all was well to the next.
 */
export async function keepNotingOutages(world: World, outages: Outage[], signal: AbortSignal): Promise<void> {
  let before: Look | undefined;
  let wellAtMs = Date.now();
  while (!signal.aborted) {
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
    const look = await lookAround(world);
    const nowMs = Date.now();
    const suffered = look && before ? [...before.waiting].filter((point) => !look.waiting.has(point)) : [];
    const isWell =
      look && before && suffered.length === 0 && [...before.pids].every((pid) => look.pids.has(pid));
    if (!isWell) outages.push({ fromMs: wellAtMs, untilMs: nowMs + longestDelayMs(world, suffered) });
    wellAtMs = nowMs;
    before = look ?? before;
  }
}

const longestDelayMs = ({ faults }: World, points: readonly string[]): number =>
  points.reduce((longest, point) => {
    const fault = faults.last(point);
    return fault?.kind === "delay" ? Math.max(longest, fault.ms) : longest;
  }, 0);

/** Undefined while anything is away. */
async function lookAround(world: World): Promise<Look | undefined> {
  const { shopUrl, sandboxUrl } = world.product;
  const begun = performance.now();
  const [children, row, shop, sandbox] = await Promise.all([
    world.children(),
    unlessAway(() => world.sql.query("select 1")),
    call("GET", `${shopUrl}/readyz`, { timeoutMs: patienceMs }),
    call("GET", `${sandboxUrl}/readyz`, { timeoutMs: patienceMs }),
  ]);
  const isAway = row === undefined || shop?.status !== 200 || sandbox?.status !== 200;
  if (isAway || performance.now() - begun > patienceMs) return undefined;
  return { pids: new Set(children.map(({ pid }) => pid)), waiting: new Set(world.faults.planted()) };
}

/** Days on which a company leaves questions unanswered. */
export const silences = (spells: readonly Spell[]): Outage[] =>
  spells
    .filter(({ behaviour }) => isSilent(behaviour))
    .map(({ behaviour: { provider }, fromMs, untilMs }) => ({ company: provider, fromMs, untilMs }));

/**
 * How much longer a question may take for the outages within a span: each takes its own time, and what it swallowed is asked
 * again only a whole round later. Outages that touch are one.
 */
export function excusedMs(
  outages: readonly Outage[],
  { company, fromMs, untilMs }: { company: Company; fromMs: number; untilMs: number },
): number {
  const within = outages
    .filter((outage) => outage.company === undefined || outage.company === company)
    .map((outage) => ({
      fromMs: Math.max(outage.fromMs, fromMs),
      untilMs: Math.min(outage.untilMs, untilMs),
    }))
    .filter((outage) => outage.fromMs <= outage.untilMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  let excused = 0;
  let reachedMs = Number.NEGATIVE_INFINITY;
  for (const outage of within) {
    if (outage.fromMs > reachedMs) excused += askEveryMs;
    excused += Math.max(0, outage.untilMs - Math.max(outage.fromMs, reachedMs));
    reachedMs = Math.max(reachedMs, outage.untilMs);
  }
  return excused;
}

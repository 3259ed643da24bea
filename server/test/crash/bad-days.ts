import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { Behaviour } from "../../src/sandbox/behaviour.ts";
import { pick, seededRandom } from "../../src/sandbox/shoppers/random.ts";
import { call } from "./wire.ts";

const companies = ["wechat", "alipay", "supplier"] as const;
export type Company = (typeof companies)[number];

/** A bad day at one company, as the sandbox takes it. */
export interface BadDay {
  atOrder: number;
  behaviour: Behaviour & { provider: Company };
}

/** Companies change their ways some thirty times; every fourth change is back to an ordinary day. */
export function planBadDays(seed: number, orders: number): BadDay[] {
  const random = seededRandom(seed ^ 0xbadda1);
  return Array.from({ length: 30 }, (_, n) => {
    const provider = pick(random, [
      ["wechat", 2],
      ["alipay", 2],
      ["supplier", 1],
    ] as const);
    const behaviour = pick<Omit<Behaviour, "provider">>(random, [
      [{}, 4],
      [{ errorRate: 0.2 }, 3],
      [{ loseAnswers: 0.2 }, 3],
      [{ latencyMs: 60 }, 2],
      [{ dropCallbacks: 0.4 }, 3],
      [{ dropCallbacks: true }, 2],
      [{ duplicateCallbacks: 3 }, 3],
      [{ wrongAmount: true }, 1],
    ]);
    return { atOrder: Math.floor((orders * (n + 1)) / 33), behaviour: { provider, ...behaviour } };
  });
}

/** Whether a question to this company may go without its answer. */
export const isSilent = ({ errorRate = 0, loseAnswers = 0 }: Behaviour): boolean =>
  errorRate > 0 || loseAnswers > 0;

/** One day of one company, from when it was first the case until the next began. */
export interface Spell {
  behaviour: BadDay["behaviour"];
  fromMs: number;
  untilMs: number;
}

export interface BadDays {
  /** So many orders have been begun. */
  at(n: number): void;
  /** Holds the companies to their days until the signal; a sandbox that was killed has forgotten its own. */
  keep(signal: AbortSignal): Promise<void>;
  spells(): Spell[];
  /** Days that a company really had, how often one had to be told again, and those that went by unnoticed. */
  tally(): { had: number; toldAgain: number; unnoticed: number };
}

const everyMs = 500;
const Now = z.object({ items: z.array(Behaviour) });

export function createBadDays(sandboxUrl: string, seed: number, orders: number): BadDays {
  const planned = planBadDays(seed, orders);
  const wanted = new Map<Company, BadDay["behaviour"]>();
  const had = new Set<BadDay["behaviour"]>();
  const begun: Spell[] = [];
  let toldAgain = 0;

  const tell = async (behaviour: BadDay["behaviour"]): Promise<void> => {
    const answer = await call("PUT", `${sandboxUrl}/behaviour`, { body: behaviour });
    if (answer?.status !== 200) return;
    if (had.has(behaviour)) toldAgain += 1;
    had.add(behaviour);
  };
  const look = async (): Promise<void> => {
    const answer = await call("GET", `${sandboxUrl}/behaviour`);
    const now = Now.safeParse(answer?.body);
    if (!now.success) return;
    for (const behaviour of wanted.values())
      if (!now.data.items.some((each) => isSame(each, behaviour))) await tell(behaviour);
  };
  return {
    at(n) {
      while (planned[0] && planned[0].atOrder <= n) {
        const next = planned.shift();
        if (!next) return;
        const { behaviour } = next;
        const nowMs = Date.now();
        const before = begun.findLast((spell) => spell.behaviour.provider === behaviour.provider);
        if (before) before.untilMs = nowMs;
        begun.push({ behaviour, fromMs: nowMs, untilMs: Number.POSITIVE_INFINITY });
        wanted.set(behaviour.provider, behaviour);
      }
    },
    async keep(signal) {
      while (!signal.aborted) {
        await look();
        await delay(everyMs, undefined, { signal }).catch(() => undefined);
      }
      for (const spell of begun) spell.untilMs = Math.min(spell.untilMs, Date.now());
    },
    spells: () => begun,
    tally: () => ({ had: had.size, toldAgain, unnoticed: begun.length - had.size }),
  };
}

const isSame = (one: Behaviour, other: Behaviour): boolean =>
  Object.keys({ ...one, ...other }).every(
    (field) => one[field as keyof Behaviour] === other[field as keyof Behaviour],
  );

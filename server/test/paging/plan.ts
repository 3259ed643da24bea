import { escalationFaultPoints, type FaultPoint, notifyFaultPoints } from "../../src/platform/faultpoint.ts";
import type { Behaviour } from "../../src/sandbox/behaviour.ts";
import { pick, seededRandom } from "../../src/sandbox/shoppers/random.ts";

/** Everything that a storm does follows from its seed: who can be reached how, which pages, and what strikes when. */

/** How somebody can be reached, in this order; `off` is a telephone that takes nothing. */
export type Reach = readonly ("sms" | "push" | "off" | "email")[];

const reaches: readonly (readonly [Reach, number])[] = [
  [["sms", "push"], 40],
  [["push", "sms"], 20],
  [["sms"], 8],
  [["push"], 8],
  [["off", "push"], 8],
  [["off"], 8],
  [["email"], 4],
  [[], 4],
];

export function planReach(seed: number, person: number): Reach {
  return pick(seededRandom(seed * 7_919 + person), reaches);
}

export interface PagePlan {
  n: number;
  level: 1 | 2 | 3;
  /** The policy that pages this person first. */
  person: number;
  /** As staff would declare it, or as another system reports it. */
  raisedBy: "staff" | "intake";
  /** What people do about it once a page has reached them. */
  answer: "acknowledge" | "end" | "nothing";
}

/** What page `n` is, and what becomes of it. */
export function planPage(seed: number, n: number, people: number): PagePlan {
  const random = seededRandom(seed * 1_000_003 + n);
  return {
    n,
    level: pick(random, [
      [1, 3],
      [2, 4],
      [3, 3],
    ] as const),
    person: Math.floor(random() * people),
    raisedBy: random() < 0.1 ? "intake" : "staff",
    answer: pick(random, [
      ["acknowledge", 2],
      ["end", 6],
      ["nothing", 2],
    ] as const),
  };
}

/** What happens once so many pages have been raised. */
export type Strike = { at: number } & (
  | { kind: "console" }
  | { kind: "point"; point: FaultPoint }
  | { kind: "company"; behaviour: Behaviour }
  | { kind: "recovery" }
);

export const stormPoints: readonly FaultPoint[] = [
  ...notifyFaultPoints,
  ...escalationFaultPoints,
  "transaction.committing",
  "trigger.added",
];

const badDays: readonly (readonly [Omit<Behaviour, "provider">, number])[] = [
  [{ errorRate: 0.4 }, 3],
  [{ errorRate: 1 }, 2],
  // Taken, and answered with an error.
  [{ loseAnswers: 0.5 }, 3],
  // Taken, but answered after the caller has given up.
  [{ latencyMs: 4_300 }, 2],
  [{ dropCallbacks: 0.5 }, 2],
  [{ dropCallbacks: true }, 2],
];

/** Half of the kills at random moments, half at named points, each in turn; companies have a bad day half of the time. */
export function planStrikes(seed: number, { pages, kills }: { pages: number; kills: number }): Strike[] {
  const random = seededRandom(seed ^ 0x9a6e);
  const moment = () => Math.floor(pages * (0.03 + 0.9 * random()));
  const strikes: Strike[] = [];
  for (let n = 0; n < kills; n++) {
    const point = stormPoints[(n >> 1) % stormPoints.length];
    strikes.push(
      n % 2 === 0 && point ? { at: moment(), kind: "point", point } : { at: moment(), kind: "console" },
    );
  }
  const days = Math.max(6, Math.round(pages / 400));
  for (let n = 0; n < days; n++) {
    const provider = random() < 0.65 ? "sms" : "push";
    const behaviour = { provider, ...pick(random, badDays) } as const;
    strikes.push({ at: Math.floor((pages * (n + 0.1)) / days), kind: "company", behaviour });
    strikes.push({ at: Math.floor((pages * (n + 0.6)) / days), kind: "recovery" });
  }
  return strikes.sort((a, b) => a.at - b.at);
}

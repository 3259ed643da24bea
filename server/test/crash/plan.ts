import type { Fault, FaultPoint } from "../../src/platform/faultpoint.ts";
import { faultPoints } from "../../src/platform/faultpoint.ts";
import { pick, type Random, seededRandom } from "../../src/sandbox/shoppers/random.ts";

/** Everything that a campaign does follows from its seed: who buys what and how, and what strikes when. */

export const products = [
  { sku: "CRASH-A", name: "Crash A", kind: "code", priceFen: 1_000 },
  { sku: "CRASH-B", name: "Crash B", kind: "code", priceFen: 2_550 },
  { sku: "CRASH-RARE", name: "Crash rare", kind: "code", priceFen: 1_500 },
  { sku: "CRASH-TOPUP", name: "Crash top-up", kind: "recharge", priceFen: 500 },
] as const;

/** There is less of it than its buyers want. */
export const scarceSku = "CRASH-RARE";

export type Method = "wechat" | "alipay";

/** How a buyer goes on once the order is placed. */
export type Way =
  | "pay"
  | "click_twice"
  | "pay_both_channels"
  | "declined_then_pay"
  | "declined"
  | "abandon"
  | "abandon_opened"
  | "pay_late"
  | "hoard";

export interface Script {
  n: number;
  key: string;
  address: string;
  items: { sku: string; quantity: number }[];
  method: Method;
  rechargeAccount: string | undefined;
  replay: "none" | "later" | "at_once" | "other_body";
  way: Way;
  /** Looks at the order until it has come to its end, as some buyers do. */
  watches: boolean;
  /** The account that this buyer names once the first turns out not to exist; others leave that to staff. */
  corrects: string | undefined;
}

/** Whether this buyer pays, and before the hold runs out. */
export const paysInTime = ({ way }: Pick<Script, "way">): boolean =>
  ["pay", "click_twice", "pay_both_channels", "declined_then_pay"].includes(way);

/** The visit in which the order is placed. */
export const sessionOf = ({ key }: Pick<Script, "key">): string => `visit-${key}`;

const ways = [
  ["pay", 64],
  ["click_twice", 7],
  ["pay_both_channels", 5],
  ["declined_then_pay", 6],
  ["declined", 2],
  ["abandon", 5],
  ["abandon_opened", 4],
  ["pay_late", 7],
] as const satisfies readonly (readonly [Way, number])[];

const one = (sku: string, quantity = 1) => ({ sku, quantity });
const baskets: readonly (readonly [Script["items"], number])[] = [
  [[one("CRASH-A")], 45],
  [[one("CRASH-B")], 15],
  [[one("CRASH-A", 3)], 8],
  [[one("CRASH-A"), one("CRASH-B", 2)], 5],
  // One product in two lines: they are one demand.
  [[one("CRASH-A"), one("CRASH-A")], 3],
  [[one("CRASH-TOPUP")], 20],
  [[one("CRASH-RARE")], 4],
  [[one("CRASH-B"), one("CRASH-TOPUP")], 4],
];

/** Every so manyth buyer only wants to keep others from buying; so many of them in a row share an address. */
const hoarders = { every: 33, together: 40, units: 10 };

/** What buyer `n` of the campaign does. */
export function planOrder(seed: number, n: number): Script {
  const random = seededRandom(seed * 1_000_003 + n);
  if (n % hoarders.every === 5) return planHoarder(seed, n);
  const way = pick(random, ways);
  // Late money finds nothing where others wait for what the late one let go.
  const wantsScarce = way === "pay_late" && random() < 0.5;
  const basket = wantsScarce ? [one(scarceSku)] : pick(random, baskets);
  const account = pick(random, [
    [`player-${n}`, 80],
    [`slow-${n}`, 10],
    [`invalid-${n}`, 10],
  ]);
  const recharges = basket.some(({ sku }) => sku === "CRASH-TOPUP");
  return {
    n,
    key: `crash-${seed}-${n}`,
    address: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
    items: basket,
    method: random() < 0.5 ? "wechat" : "alipay",
    rechargeAccount: recharges ? account : undefined,
    replay: pick(random, [
      ["none", 88],
      ["later", 5],
      ["at_once", 5],
      ["other_body", 2],
    ]),
    way,
    watches: random() < 0.1,
    corrects: recharges && account.startsWith("invalid-") && n % 3 > 0 ? `player-${n}` : undefined,
  };
}

function planHoarder(seed: number, n: number): Script {
  return {
    ...{ n, key: `crash-${seed}-${n}`, method: "wechat", rechargeAccount: undefined, replay: "none" },
    address: `172.16.${Math.floor(n / hoarders.every / hoarders.together)}.1`,
    items: [one("CRASH-A", hoarders.units)],
    way: "hoard",
    ...{ watches: false, corrects: undefined },
  };
}

export type Target = "shop" | "active" | "console" | "sandbox" | "postgres" | "redis";

/** What happens once so many orders have been begun. */
export type Strike = { atOrder: number; kill: Target } | { atOrder: number; point: FaultPoint; fault: Fault };

/** A strike that kills; the others only disturb, and come on top. */
export const isKill = (strike: Strike): boolean => "kill" in strike || strike.fault.kind === "kill";

const targets = [
  ["active", 6],
  ["shop", 4],
  ["postgres", 3],
  ["console", 2],
  ["sandbox", 2],
] as const satisfies readonly (readonly [Target, number])[];

/**
 * `kills` kills spread over `orders` orders: half at random moments, one of each target first, and half at named points,
 * each of them in turn. On top come a tenth as many steps that fail, and as many that take longer than their lease.
 */
export function planStrikes(
  seed: number,
  { kills, orders, redis, hurry }: { kills: number; orders: number; redis: boolean; hurry: boolean },
): Strike[] {
  const random = seededRandom(seed ^ 0x5eed);
  // The first tenth warms up, and the last lets every armed point be passed.
  const moment = () => Math.floor(orders * (0.1 + 0.75 * random()));
  const all: readonly (readonly [Target, number])[] = redis ? [...targets, ["redis", 2]] : targets;
  const points = shuffled(random, faultPoints);
  const strikes: Strike[] = [];
  for (let n = 0; n < Math.ceil(kills / 2); n++) {
    strikes.push({ atOrder: moment(), kill: all[n]?.[0] ?? pick(random, all) });
  }
  for (let n = 0; strikes.length < kills; n++) {
    const point = points[n % points.length];
    if (point) strikes.push({ atOrder: moment(), point, fault: { kind: "kill" } });
  }
  for (let n = 0; n < Math.ceil(kills / 10); n++) {
    // Leases last 30 seconds, and no time at all in a hurry.
    const ms = (hurry ? 3_000 : 31_000) + Math.floor(random() * 5_000);
    for (const fault of [{ kind: "fail" }, { kind: "delay", ms }] as const) {
      const point = points[Math.floor(random() * points.length)];
      if (point) strikes.push({ atOrder: moment(), point, fault });
    }
  }
  return strikes.sort((a, b) => a.atOrder - b.atOrder);
}

function shuffled<T>(random: Random, from: readonly T[]): T[] {
  return from
    .map((value) => ({ value, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ value }) => value);
}

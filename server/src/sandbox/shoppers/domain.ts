/**
 * Shoppers arrive by themselves: an open model, so that a slow shop does not slow them down and its collapse shows
 * (closed loops hide it). Nothing here knows of clocks, sockets or the shop.
 */
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Outcome } from "../trade.ts";
import { between, pick, type Random } from "./random.ts";

const HOUR_MS = 60 * 60 * 1000;
const SHANGHAI_OFFSET_MS = 8 * HOUR_MS;

/** Shanghai's day of a shop of game cards, by hour: quiet before dawn, a bump at lunch, busiest in the evening. */
const hourly = [
  0.72, 0.54, 0.42, 0.36, 0.36, 0.4, 0.52, 0.7, 0.88, 1.0, 1.08, 1.16, 1.28, 1.22, 1.08, 1.04, 1.08, 1.18,
  1.34, 1.52, 1.66, 1.7, 1.5, 1.26,
] as const;
const mean = hourly.reduce((sum, weight) => sum + weight, 0) / hourly.length;
const busiest = Math.max(...hourly) / mean;

/** How busy a moment is beside the day's average, which is 1; between full hours it goes in a straight line. */
export function dailyCurve(atMs: number): number {
  const hours = ((atMs + SHANGHAI_OFFSET_MS) / HOUR_MS) % 24;
  const hour = Math.floor(hours);
  const from = hourly[hour] ?? mean;
  const to = hourly[(hour + 1) % 24] ?? mean;
  return (from + (to - from) * (hours - hour)) / mean;
}

/**
 * When the next one arrives, for a Poisson process whose rate follows the daily curve; `perSecond` is the day's average.
 * By thinning (Lewis and Shedler, 1979): candidates at the busiest rate, each kept with the chance of its moment.
 */
export function nextArrivalMs(afterMs: number, perSecond: number, random: Random): number {
  let atMs = afterMs;
  do {
    atMs += (-Math.log(1 - random()) * 1000) / (perSecond * busiest);
  } while (random() * busiest > dailyCurve(atMs));
  return atMs;
}

/** How far a visitor goes; of those who come this share goes on. */
const goesOn = { product: 0.72, checkout: 0.46, order: 0.82 } as const;

/** Visitors per order: the arrival rate of orders divided by this is the visitors'. */
export const orderShare = goesOn.product * goesOn.checkout * goesOn.order;

/** What a payer does; `abandon` never opens the payment. */
const payments: readonly (readonly [Outcome | "abandon", number])[] = [
  ["success", 93],
  ["limit_exceeded", 2.5],
  ["declined", 2],
  ["timeout", 1],
  ["abandon", 1.5],
];

/** After a failure some try again or pay another way, and most of those succeed. */
const secondTries: Record<
  Exclude<Outcome, "success">,
  readonly (readonly ["switch" | "retry" | "leave", number])[]
> = {
  limit_exceeded: [
    ["switch", 70],
    ["leave", 30],
  ],
  declined: [
    ["switch", 45],
    ["retry", 25],
    ["leave", 30],
  ],
  timeout: [
    ["retry", 45],
    ["leave", 55],
  ],
};

const quantities: readonly (readonly [number, number])[] = [
  [1, 86],
  [2, 11],
  [3, 3],
];

export interface Journey {
  reaches: "visit" | "product" | "checkout" | "order";
  /** Where in the list the product stands that is looked at, from 0 up to 1; first ones sell best. */
  taste: number;
  quantity: number;
  method: PaymentMethod;
  payment: Outcome | "abandon";
  secondTry: { how: "switch" | "retry" | "leave"; outcome: Outcome };
  /** How long the visitor looks at each page. */
  thinkMs: { product: number; checkout: number; payment: number };
}

/** Everything that one visitor will decide. */
export function planJourney(random: Random): Journey {
  const payment = pick(random, payments);
  const how = payment === "success" || payment === "abandon" ? "leave" : pick(random, secondTries[payment]);
  return {
    reaches: reach(random),
    taste: random() ** 1.6,
    quantity: pick(random, quantities),
    method: pick(random, [
      ["wechat", 55],
      ["alipay", 45],
    ]),
    payment,
    secondTry: {
      how,
      outcome: pick(random, [
        ["success", 9],
        ["declined", 1],
      ]),
    },
    thinkMs: {
      product: between(random, 200, 1500),
      checkout: between(random, 200, 1200),
      payment: between(random, 200, 1800),
    },
  };
}

function reach(random: Random): Journey["reaches"] {
  if (random() >= goesOn.product) return "visit";
  if (random() >= goesOn.checkout) return "product";
  return random() < goesOn.order ? "order" : "checkout";
}

export const otherMethod: Record<PaymentMethod, PaymentMethod> = { wechat: "alipay", alipay: "wechat" };

export interface Person {
  session: string;
  deviceId: string;
  /** From the block that RFC 2544 reserves for such loads: nobody's address. */
  address: string;
  contact: { phone: string } | { email: string };
  /** What their browser calls itself. */
  userAgent: string;
  rechargeAccount: string;
}

/** Browsers and how common they are in such a shop. */
const browsers: readonly (readonly [string, number])[] = [
  ["Mozilla/5.0 (Linux; Android 15; shopper) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", 52],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", 26],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36", 17],
  ["Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", 5],
];

export function inventPerson(random: Random): Person {
  const digits = (count: number) => Array.from({ length: count }, () => Math.floor(random() * 10)).join("");
  const host = Math.floor(random() * 2 ** 17);
  return {
    session: `sim-${letters(random, 16)}`,
    deviceId: `sim-${letters(random, 20)}`,
    address: `198.${18 + (host >> 16)}.${(host >> 8) & 255}.${host & 255}`,
    contact:
      random() < 0.7
        ? { phone: `+86 100${digits(8)}` }
        : { email: `shopper-${letters(random, 10)}@example.com` },
    rechargeAccount: `1${digits(10)}`,
    userAgent: pick(random, browsers),
  };
}

function letters(random: Random, count: number): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  return Array.from({ length: count }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
}

import type { Report } from "./report.ts";

/** From so many orders on, every named step is passed by some of them. */
const ordersForEveryStep = 500;
/** From so many on, late money is certain to find its goods again, and to find them gone. */
const ordersForEveryEnd = 4_000;

/**
 * Of the orders that are paid in time nearly all end paid, whatever is killed: buyers try again until the company answers, and
 * what then is not known to the shop is a violation anyway. Deliveries also fail for accounts that do not exist.
 */
const leastShare = { paid: 0.95, delivered: 0.9 };

/** Why a campaign proves nothing, or the contrary of what it is to prove; empty when it may be believed. */
export function whyFailed(
  report: Pick<
    Report,
    | "violations"
    | "unreached"
    | "looks"
    | "kills"
    | "begun"
    | "accepted"
    | "refused"
    | "steps"
    | "streams"
    | "corrected"
    | "statuses"
    | "outcomes"
    | "lost"
  >,
  wanted: { kills: number; orders: number },
): string[] {
  const { violations, unreached, looks, kills, begun, accepted, lost } = report;
  const { inTime, late } = report.outcomes;
  const isWhole = wanted.orders >= ordersForEveryStep;
  const isLarge = wanted.orders >= ordersForEveryEnd;
  const reasons: (false | string)[] = [
    violations.length > 0 && `${violations.length} guarantees were broken`,
    isWhole && unreached.length > 0 && `nobody passed ${unreached.join(", ")}`,
    looks.done === 0 && "nobody looked in the middle of it",
    kills < wanted.kills && `${kills} kills of ${wanted.kills} were suffered`,
    begun < wanted.orders && `${begun} orders of ${wanted.orders} were begun`,
    accepted < begun * 0.9 && `${accepted} orders of ${begun} were accepted`,
    inTime.paid < inTime.accepted * leastShare.paid &&
      `only ${inTime.paid} orders of ${inTime.accepted} whose buyers pay in time were paid`,
    inTime.delivered < inTime.accepted * leastShare.delivered &&
      `only ${inTime.delivered} orders of ${inTime.accepted} whose buyers pay in time were delivered`,
    report.steps < begun * 0.9 && `only ${report.steps} visits of ${begun} told their steps`,
    isWhole && lost.byAsking === 0 && "no lost callback was made up for by asking",
    isWhole && !report.refused["stock.sold_out"] && "nothing was ever sold out",
    isLarge && late.allocated === 0 && "no late money found its goods again",
    isLarge && late.refunded === 0 && "no late money went back",
    isWhole && report.corrected === 0 && "no buyer corrected an account",
    isWhole && !report.statuses.delivery_failed && "no failed delivery was left to its ticket",
    isWhole && report.streams.opened === 0 && "nobody followed an order",
  ];
  return reasons.filter((reason) => reason !== false);
}

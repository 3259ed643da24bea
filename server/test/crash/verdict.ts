import type { Report } from "./report.ts";

/** From so many orders on, every named step is passed by some of them. */
const ordersForEveryStep = 500;

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
    | "steps"
    | "streams"
    | "corrected"
    | "statuses"
  >,
  wanted: { kills: number; orders: number },
): string[] {
  const { violations, unreached, looks, kills, begun, accepted } = report;
  const isWhole = wanted.orders >= ordersForEveryStep;
  const reasons: (false | string)[] = [
    violations.length > 0 && `${violations.length} guarantees were broken`,
    isWhole && unreached.length > 0 && `nobody passed ${unreached.join(", ")}`,
    looks.done === 0 && "nobody looked in the middle of it",
    kills < wanted.kills && `${kills} kills of ${wanted.kills} were suffered`,
    begun < wanted.orders && `${begun} orders of ${wanted.orders} were begun`,
    accepted < begun * 0.9 && `${accepted} orders of ${begun} were accepted`,
    report.steps < begun * 0.9 && `only ${report.steps} visits of ${begun} told their steps`,
    isWhole && report.corrected === 0 && "no buyer corrected an account",
    isWhole && !report.statuses.delivery_failed && "no failed delivery was left to its ticket",
    isWhole && report.streams.opened === 0 && "nobody followed an order",
  ];
  return reasons.filter((reason) => reason !== false);
}

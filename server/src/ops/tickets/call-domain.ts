import type { callOutcomes } from "@orderwatch/shared/ops/tickets.ts";

// A call that reached nobody is tried again until it reached somebody or was given up, and whoever gives up is on record.

export type CallOutcome = (typeof callOutcomes)[number];

/** After so many tries without an answer nobody is called any more; the ticket stays. */
export const mostTries = 5;

const retryMin = { no_answer: 60, busy: 10, call_later: 60 } as const;

export type AfterCall =
  | { state: "open"; nextAt: Date }
  | { state: "done"; nextAt: null }
  | { state: "cancelled"; nextAt: null; why: "wrong_number" | "too_many_tries" };

/** What follows from a try, the `tries`th of this call. `wanted` is when whoever called wants to try next. */
export function afterCall(outcome: CallOutcome, tries: number, now: Date, wanted: Date | null): AfterCall {
  if (outcome === "reached") return { state: "done", nextAt: null };
  if (outcome === "wrong_number") return { state: "cancelled", nextAt: null, why: "wrong_number" };
  // Who asked to be called later was reached, so this is no try in vain.
  if (outcome !== "call_later" && tries >= mostTries)
    return { state: "cancelled", nextAt: null, why: "too_many_tries" };
  const later = new Date(now.getTime() + retryMin[outcome] * 60_000);
  return { state: "open", nextAt: wanted !== null && wanted > now ? wanted : later };
}

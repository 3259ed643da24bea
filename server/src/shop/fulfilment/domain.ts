import type { SupplierOutcome } from "./supplier.ts";

/** After a failed try an order is tried again a fixed number of times, a second apart; then a person is needed. */

export type Verdict =
  | { next: "done"; reference: string }
  | { next: "wait"; afterMs: number }
  | { next: "retry"; afterMs: number; code: FailedCode; detail: string }
  | { next: "fail"; code: FailedCode; detail: string };

type FailedCode = "delivery.supplier_failed" | "delivery.invalid_account";

/** Numbers of delivering; times in ms. */
export const rules = {
  maxRetries: 3,
  retryAfterMs: 1_000,
  /** A worker that has not finished by then is taken for dead; its order is delivered by another. */
  leaseMs: 30_000,
} as const;

/** A supplier that only ever says "processing" is not waited for longer than this, from when delivering began. */
const longestWaitMs = 10 * 60_000;

/**
 * What follows from a supplier's answer. `failures` counts the failed tries before this one; `sinceBegunMs` is how
 * long delivering has taken, however late the money was heard of. An account that does not exist is final at once:
 * trying again cannot help.
 */
export function judge(outcome: SupplierOutcome, failures: number, sinceBegunMs: number): Verdict {
  switch (outcome.state) {
    case "success":
      return { next: "done", reference: outcome.reference };
    case "processing":
      if (sinceBegunMs > longestWaitMs)
        return {
          next: "fail",
          code: "delivery.supplier_failed",
          detail: "The supplier did not finish in time",
        };
      return { next: "wait", afterMs: rules.retryAfterMs };
    case "refused":
      if (outcome.code === "delivery.invalid_account")
        return { next: "fail", code: outcome.code, detail: outcome.detail };
      return again(failures, outcome.detail);
    case "unclear":
      return again(failures, outcome.detail);
    case "unknown":
      return again(failures, "The supplier does not know this recharge");
  }
}

/**
 * Whether an order holds exactly the codes that it bought. Handing over asks the same of the rows; asked before, nothing is
 * recharged for an order that cannot be handed over.
 */
export const holdsItsCodes = (order: {
  lines: readonly { id: string; productId: string; kind: "code" | "recharge"; quantity: number }[];
  codes: readonly { lineId: string; productId: string }[];
}): boolean =>
  order.lines.every(
    (line) =>
      line.kind === "recharge" ||
      order.codes.filter((code) => code.lineId === line.id && code.productId === line.productId).length ===
        line.quantity,
  );

/** The same for what went wrong on our own side (a code that cannot be opened, a database that failed). */
export function again(failures: number, detail: string): Verdict {
  if (failures >= rules.maxRetries) return { next: "fail", code: "delivery.supplier_failed", detail };
  return { next: "retry", afterMs: rules.retryAfterMs, code: "delivery.supplier_failed", detail };
}

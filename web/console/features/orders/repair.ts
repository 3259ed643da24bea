export type Repair = "refund" | "redeliver" | "confirm";

/** How much of what is left is to go back. */
export type RefundPart = "all" | { amountFen: number };

/** Reads a typed amount in yuan; nothing typed, or all of it, means all. Null when it is no amount up to `leftFen`. */
export function partOf(typed: string, leftFen: number): RefundPart | null {
  if (typed.trim() === "") return "all";
  const amountFen = fenOf(typed, leftFen);
  return amountFen === null ? null : amountFen === leftFen ? "all" : { amountFen };
}

/** A typed amount in yuan, from one fen to `mostFen`; null for anything else. */
export function fenOf(typed: string, mostFen: number): number | null {
  const match = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(typed.trim());
  // By digits, never by multiplication: 0.29 × 100 is not 29.
  const amountFen = match === null ? 0 : Number(`${match[1]}${(match[2] ?? "").padEnd(2, "0")}`);
  return amountFen < 1 || amountFen > mostFen ? null : amountFen;
}

export type Repair = "refund" | "redeliver" | "confirm";

/** How much of what is left is to go back. */
export type RefundPart = "all" | { amountFen: number };

/** Reads a typed amount in yuan; nothing typed, or all of it, means all. Null when it is no amount up to `leftFen`. */
export function partOf(typed: string, leftFen: number): RefundPart | null {
  if (typed.trim() === "") return "all";
  const match = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(typed.trim());
  // By digits, never by multiplication: 0.29 × 100 is not 29.
  const amountFen = match === null ? 0 : Number(`${match[1]}${(match[2] ?? "").padEnd(2, "0")}`);
  if (amountFen < 1 || amountFen > leftFen) return null;
  return amountFen === leftFen ? "all" : { amountFen };
}

/** A UUIDv7 (RFC 9562), as the contract wants ids. By random bytes, which pages without HTTPS have too. */
export function newRefundId(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const random = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = (8 + ((bytes[9] ?? 0) & 3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

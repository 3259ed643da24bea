/**
 * Whole fen of a price typed in yuan, with at most two decimals; null for anything else. By digits, never by
 * multiplication: 0.29 × 100 is not 29.
 */
export function priceOf(typed: string): number | null {
  const match = /^(\d{1,6})(?:\.(\d{1,2}))?$/.exec(typed.trim());
  if (match === null) return null;
  const fen = Number(`${match[1]}${(match[2] ?? "").padEnd(2, "0")}`);
  return fen >= 1 && fen <= 10_000_000 ? fen : null;
}

/** Fen as a person would type them: `4990` is `49.90`. */
export const typedPrice = (fen: number): string => (fen / 100).toFixed(2);

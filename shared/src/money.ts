import { z } from "zod";

/** Money is whole fen (1/100 yuan), never a fraction; the cap keeps sums of a whole order exact. */
export const Fen = z.int().min(0).max(1_000_000_000);

/** A price: at least one fen. */
export const PriceFen = z.int().min(1).max(10_000_000);

/** Fen as the yuan text that payment companies use: `1234` is `"12.34"`. */
export function fenToYuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, "0");
  return `${fen < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The fen of a yuan text with at most two decimals; null for anything else. */
export function yuanToFen(yuan: string): number | null {
  const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(yuan);
  if (!match) return null;
  return Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
}

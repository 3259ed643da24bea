import { randomInt } from "node:crypto";

/** Numbers of the companies' own: a prefix that they use, the day, and digits that do not repeat. */
export function companyNumber(prefix: string, now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll("-", "");
  const digits = () => String(randomInt(1_000_000_000)).padStart(9, "0");
  return `${prefix}${day}${digits()}${digits()}`.slice(0, 28);
}

const BEIJING_OFFSET_MS = 8 * 60 * 60 * 1000;

/** "2026-01-31 08:00:00" in Beijing. */
export function beijingTime(atMs: number): string {
  return new Date(atMs + BEIJING_OFFSET_MS).toISOString().slice(0, 19).replace("T", " ");
}

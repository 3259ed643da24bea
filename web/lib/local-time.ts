const two = (value: number) => String(value).padStart(2, "0");

/** A moment as `<input type="datetime-local">` has it, in the browser's zone: `2026-01-31T14:05`. */
export const typedMoment = (at: Date): string =>
  `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;

/** The moment that was typed there, as ISO 8601 UTC; null where it is none. */
export function readMoment(typed: string): string | null {
  const at = new Date(typed);
  return typed === "" || Number.isNaN(at.getTime()) ? null : at.toISOString();
}

import { z } from "zod";

/** NUL and lone surrogates cannot be stored by PostgreSQL as text; one such value must not reach a shared statement. */
export function isStorable(text: string): boolean {
  return !text.includes("\u0000") && text.isWellFormed();
}

/** Text from outside of 1 to `max` characters that a database can hold, trimmed. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine(isStorable, { message: "must not contain NUL or broken characters" });

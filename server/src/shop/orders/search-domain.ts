import { failureCodes } from "@orderwatch/shared/problem.ts";

/** What somebody typed means one thing, decided from its shape alone. */
export type Term =
  /** An order's or a payment's id, with or without hyphens. */
  | { kind: "id"; id: string }
  | { kind: "email"; email: string }
  | { kind: "failure"; code: string }
  /** The last four digits of a phone number; could be a SKU too. */
  | { kind: "phone_tail"; digits: string }
  /** Could be a SKU too. */
  | { kind: "phone"; phone: string }
  /** A SKU, or the number that a payment company gave a payment. */
  | { kind: "word"; word: string };

const hyphenated = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const plainHex = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

export function readTerm(typed: string): Term {
  const text = typed.trim();
  const lower = text.toLowerCase();
  if (hyphenated.test(lower)) return { kind: "id", id: lower };
  if (plainHex.test(lower)) return { kind: "id", id: lower.replace(plainHex, "$1-$2-$3-$4-$5") };
  if (/^\S+@\S+$/.test(text)) return { kind: "email", email: text };
  if ((failureCodes as readonly string[]).includes(lower)) return { kind: "failure", code: lower };
  if (/^\d{4}$/.test(text)) return { kind: "phone_tail", digits: text };
  const digits = text.replace(/\D/g, "").length;
  if (/^\+?[\d -]+$/.test(text) && digits >= 5 && digits <= 16) return { kind: "phone", phone: text };
  return { kind: "word", word: text };
}

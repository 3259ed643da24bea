import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Words } from "@orderwatch/shared/words.ts";

// A subject is searched and listed in clear, so it never says how to reach a person.

/** Ids are left out first: their digits are nobody's number. */
const ids = /\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b/gi;
const email = /[^\s@<>]+@[^\s@<>]+\.[^\s@<>]{2,}/;
/** Eleven digits are a phone in China, and no fewer than any card or identity number; abroad a plus may lead eight. */
const longNumber = /(?:\d[ ().·-]{0,2}){10}\d|\+ ?(?:\d[ ().·-]{0,2}){7}\d/;

/** Whether a text holds an e-mail address, or digits that may be a phone, card or identity number, however spaced. */
export function saysContact(text: string): boolean {
  const plain = text
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .replace(/\p{Pd}/gu, "-")
    .replace(ids, " ");
  return email.test(plain) || longNumber.test(plain);
}

/** What staff typed, as a subject in both languages. Throws `request.invalid` where it says how to reach a person. */
export function typedSubject(text: string): Words {
  if (saysContact(text)) {
    const message =
      "a subject holds no phone, e-mail, card or identity number: write it in the note, which is sealed";
    throw new DomainError("request.invalid", `subject: ${message}`, {
      errors: [{ path: "subject", message }],
    });
  }
  return { "zh-CN": text, en: text };
}

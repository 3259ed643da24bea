import { expect, it } from "vitest";
import { saysContact } from "./subject-domain.ts";

it.each([
  "call 13800138000",
  "买家13800138000要发票",
  "138 0013 8000",
  "138-0013-8000",
  "１３８００１３８０００",
  "138\u200b00138000",
  "138–0013–8000",
  "+1 (415) 555-0100",
  "+65 6123 4567",
  "010-12345678",
  "mail ana@example.com",
  "邮箱ana＠example.com",
  "4111 1111 1111 1111",
  "11010519491231002X",
])("R1: a subject that says how to reach a person is seen: %s", (text) => {
  expect(saysContact(text)).toBe(true);
});

it.each([
  "an invoice",
  "refund of 2026-11-23 asked for twice",
  "order 019a1234-5678-7012-8345-678901234567 delivered late",
  "payment 019a12345678701283456789012345ab",
  "99.90 + 12345",
  "two of 3 codes @ shop are used",
])("a subject with dates, sums and ids alone is let through: %s", (text) => {
  expect(saysContact(text)).toBe(false);
});

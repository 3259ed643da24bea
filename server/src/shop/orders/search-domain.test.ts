import { describe, expect, test } from "vitest";
import { readTerm } from "./search-domain.ts";

describe("what somebody typed into the order search", () => {
  test.each([
    ["0199AAAA-0000-7000-8000-000000000001", { kind: "id", id: "0199aaaa-0000-7000-8000-000000000001" }],
    ["0199aaaa000070008000000000000001", { kind: "id", id: "0199aaaa-0000-7000-8000-000000000001" }],
    [" a@example.com ", { kind: "email", email: "a@example.com" }],
    ["payment.declined", { kind: "failure", code: "payment.declined" }],
    ["8000", { kind: "phone_tail", digits: "8000" }],
    ["+86 138-0013-8000", { kind: "phone", phone: "+86 138-0013-8000" }],
    ["13800138000", { kind: "phone", phone: "13800138000" }],
    ["card.gold", { kind: "word", word: "card.gold" }],
    ["138", { kind: "word", word: "138" }],
    ["4200001234202612010000000001", { kind: "word", word: "4200001234202612010000000001" }],
  ])("%j is read as one thing", (typed, term) => {
    expect(readTerm(typed)).toEqual(term);
  });
});

import { expect, it } from "vitest";
import { memoryS } from "./conditions-domain.ts";
import { shippedRules } from "./shipped-rules.ts";

const memoryOf = (slug: string) => {
  const rule = shippedRules.find((each) => each.slug === slug);
  if (!rule) throw new Error(`no rule ${slug}`);
  return memoryS(rule);
};

it("a rule remembers for its longest span, a burn rate for its short one, and a gauge only while it must hold", () => {
  expect(memoryOf("no-active-node")).toBe(0.5);
  expect(memoryOf("orders-failing")).toBe(12);
  expect(memoryOf("success-rate-burn")).toBe(300);
  expect(memoryOf("orders-stopped")).toBe(65);
});

import type { TraceEntry } from "@orderwatch/shared/ops/orders.ts";
import { describe, expect, it } from "vitest";
import { levelOf, lifetimeMs, traceWord } from "./trace.ts";

const entry = (given: Partial<TraceEntry>): TraceEntry => ({
  at: "2026-03-05T06:00:00.000Z",
  sincePreviousMs: null,
  kind: "order",
  type: "placed",
  status: null,
  code: null,
  facts: {},
  ...given,
});

describe("the trace", () => {
  it("an entry with a failure code is bad, whatever its type", () => {
    expect(levelOf(entry({ type: "paid", code: "payment.declined" }))).toBe("bad");
    expect(levelOf(entry({ type: "delivered" }))).toBe("ok");
    expect(levelOf(entry({ type: "expired" }))).toBe("quiet");
    expect(levelOf(entry({ type: "placed" }))).toBe("info");
  });

  it("a type of a newer server has no word and is shown as it is", () => {
    expect(traceWord({ kind: "payment", type: "paid" })).toBe("trace.type.payment.paid");
    expect(traceWord({ kind: "order", type: "paid" })).toBe("trace.type.paid");
    expect(traceWord({ kind: "order", type: "teleported" })).toBeNull();
  });

  it("its length is from the first entry to the last", () => {
    expect(lifetimeMs([entry({})])).toBeNull();
    expect(lifetimeMs([entry({}), entry({ at: "2026-03-05T06:00:01.250Z" })])).toBe(1250);
  });
});

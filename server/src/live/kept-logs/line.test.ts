import { describe, expect, it } from "vitest";
import { createLog } from "../../platform/log.ts";
import { keptLine } from "./line.ts";

const orderId = "019a0000-0000-7000-8000-000000000001";

function logged(work: (log: ReturnType<typeof createLog>) => void): string[] {
  const lines: string[] = [];
  const quiet = { write: () => undefined };
  work(createLog({ level: "info", name: "shop-1", warnings: { write: (line) => lines.push(line) } }, quiet));
  return lines;
}

describe("a line of the log", () => {
  it("is kept when it is a warning about an order, with what went wrong and where", () => {
    const [line = ""] = logged((log) =>
      log.error({ orderId, failure: "delivery.supplier_failed" }, "a delivery failed for good"),
    );
    expect(keptLine(line)).toMatchObject({
      ...{ node: "shop-1", level: "error", orderId, requestId: null },
      message: "a delivery failed for good (delivery.supplier_failed)",
    });
  });

  it("is not kept when it is about nothing in particular, or no warning", () => {
    const lines = logged((log) => {
      log.info({ orderId }, "all is well");
      log.warn("something in general");
    });
    expect(lines.map(keptLine)).toEqual([null]);
  });

  it("never takes along what an error says, since that may quote a buyer", () => {
    const err = Object.assign(new Error("no account 13800138000"), { code: "23505" });
    const [line = ""] = logged((log) => log.warn({ err, orderId, phone: "13800138000" }, "it failed"));
    expect(JSON.stringify(keptLine(line))).not.toContain("13800138000");
    expect(keptLine(line)?.message).toBe("it failed (Error, 23505)");
  });
});

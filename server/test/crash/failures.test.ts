import { DomainError } from "@orderwatch/shared/problem.ts";
import { expect, it } from "vitest";
import { InjectedFault } from "../../src/platform/faultpoint.ts";
import { createLog } from "../../src/platform/log.ts";
import { unforeseenFailures } from "./failures.ts";

it("finds requests that failed unforeseen, and none that were made to fail, were passed on or are another's fault", () => {
  const lines: string[] = [];
  const log = createLog({ level: "warn", name: "shop-1" }, { write: (line) => lines.push(line) });
  const fail = (err: Error, code: string) =>
    log.error({ err, requestId: "r", route: "/api/orders", code }, "request failed");
  fail(new TypeError("x is not a function"), "server.failed");
  fail(new InjectedFault("injected at order.placing"), "server.failed");
  fail(new DomainError("server.failed", "Please try again"), "server.failed");
  fail(new Error("connect ECONNREFUSED"), "payment.channel_unavailable");
  log.error({ err: new Error("x"), code: "server.failed" }, "a pass failed");
  expect(unforeseenFailures(["at someFunction (file.ts:1:1)", ...lines])).toEqual([lines[0]]);
});

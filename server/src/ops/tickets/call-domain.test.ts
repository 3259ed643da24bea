import { callOutcomes } from "@orderwatch/shared/ops/tickets.ts";
import { describe, expect, it } from "vitest";
import { afterCall, mostTries } from "./call-domain.ts";

const now = new Date("2026-03-01T04:00:00Z");

describe("a call", () => {
  it("is done once somebody was reached, and given up for a wrong number, which says why", () => {
    expect(afterCall("reached", 1, now, null)).toEqual({ state: "done", nextAt: null });
    expect(afterCall("wrong_number", 1, now, null)).toMatchObject({
      state: "cancelled",
      why: "wrong_number",
    });
  });

  it("that reached nobody is tried again, at the time that was wished for or a while later", () => {
    const wished = new Date(now.getTime() + 7_200_000);
    expect(afterCall("no_answer", 1, now, wished)).toEqual({ state: "open", nextAt: wished });
    expect(afterCall("busy", 1, now, null)).toEqual({
      state: "open",
      nextAt: new Date("2026-03-01T04:10:00Z"),
    });
  });

  it("is never planned for the past", () => {
    for (const outcome of callOutcomes) {
      const after = afterCall(outcome, 1, now, new Date(0));
      if (after.state === "open") expect(after.nextAt > now).toBe(true);
    }
  });

  it("is given up after the last try, but not where the buyer asked for another time", () => {
    expect(afterCall("no_answer", mostTries - 1, now, null).state).toBe("open");
    expect(afterCall("no_answer", mostTries, now, null)).toMatchObject({
      state: "cancelled",
      why: "too_many_tries",
    });
    expect(afterCall("call_later", mostTries, now, null).state).toBe("open");
  });
});

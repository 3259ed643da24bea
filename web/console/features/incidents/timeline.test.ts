import type { TimelineEntry } from "@orderwatch/shared/ops/incidents.ts";
import { describe, expect, it } from "vitest";
import { countKinds, kindOf, levelOfEntry, shownEntries } from "./timeline.ts";

const entry = (id: string, type: string, corrects: string | null = null): TimelineEntry => ({
  id,
  at: "2026-01-30T03:00:00.000Z",
  type,
  by: null,
  text: id,
  facts: {},
  links: [],
  corrects,
});

describe("an incident's timeline", () => {
  it("shows the newest first, and what was corrected beside its correction", () => {
    const wrong = entry("wrong", "note");
    const right = entry("right", "correction", "wrong");
    expect(shownEntries([wrong, right], "all")).toEqual([
      { entry: right, correction: null },
      { entry: wrong, correction: right },
    ]);
  });

  it("narrows to one kind, and none is lost: kinds add up to all", () => {
    const all = [
      entry("a", "incident.opened"),
      entry("b", "page.delivered"),
      entry("c", "runbook.step_done"),
      entry("d", "alert.joined"),
      entry("e", "note"),
      entry("f", "something.nobody_knows"),
    ];
    const { all: sum, ...kinds } = countKinds(all);
    expect(Object.values(kinds).reduce((a, b) => a + b, 0)).toBe(sum);
    expect(shownEntries(all, "people").map(({ entry }) => entry.id)).toEqual(["b"]);
    expect(kindOf({ type: "something.nobody_knows" })).toBe("state");
  });

  it("a missed deadline and a page that reached nobody stand out", () => {
    const level = (type: string) => levelOfEntry(entry("x", type));
    expect([level("deadline.missed"), level("page.exhausted"), level("incident.opened")]).toEqual([
      "bad",
      "bad",
      "bad",
    ]);
    expect([level("alert.resolved"), level("plan.started")]).toEqual(["ok", "ok"]);
  });
});

import { describe, expect, it } from "vitest";
import { marksOf } from "./marks.ts";

const title = { "zh-CN": "供货商停摆", en: "The supplier is away" };
const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();
const incident = (id: string, second: number, drill = false) => ({
  ...{ id, number: 7, title, drill, openedAt: at(second) },
});
const run = (
  id: string,
  mode: "rehearsal" | "surprise",
  startedAt: string | null,
  endedAt: string | null,
) => ({
  ...{ id, title, mode, startedAt, endedAt },
});

describe("marks on the time axis", () => {
  it("are incidents and drills, oldest first; what a drill caused is told by the drill", () => {
    const marks = marksOf(
      [incident("real", 20), incident("caused", 12, true)],
      [run("drill", "rehearsal", at(10), null), run("planned", "rehearsal", null, null)],
    );
    expect(marks.map(({ key, kind, at }) => [key, kind, at])).toEqual([
      ["drill", "drill", Date.parse(at(10))],
      ["real", "incident", Date.parse(at(20))],
    ]);
  });

  it("do not give a surprise away before it is over", () => {
    expect(marksOf([], [run("drill", "surprise", at(10), null)])).toEqual([]);
    expect(marksOf([], [run("drill", "surprise", at(10), at(90))])).toHaveLength(1);
  });
});

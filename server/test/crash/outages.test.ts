import { expect, it } from "vitest";
import { excusedMs, silences } from "./outages.ts";

const span = { company: "wechat", fromMs: 100_000, untilMs: 200_000 } as const;

it.each([
  ["nothing happened", [], 0],
  ["it was over before", [{ fromMs: 0, untilMs: 99_000 }], 0],
  ["it is another company's", [{ company: "alipay", fromMs: 110_000, untilMs: 120_000 }], 0],
  ["one counts with what it swallowed", [{ fromMs: 110_000, untilMs: 120_000 }], 40_000],
  ["its own company's counts", [{ company: "wechat", fromMs: 110_000, untilMs: 120_000 }], 40_000],
  ["only what lies within counts", [{ fromMs: 0, untilMs: 105_000 }], 35_000],
  [
    "two that touch are one",
    [
      { fromMs: 115_000, untilMs: 130_000 },
      { fromMs: 110_000, untilMs: 120_000 },
    ],
    50_000,
  ],
  [
    "two apart are two",
    [
      { fromMs: 110_000, untilMs: 111_000 },
      { fromMs: 150_000, untilMs: 151_000 },
    ],
    62_000,
  ],
] as const)("an outage excuses no more than it kept from happening: %s", (_, outages, excused) => {
  expect(excusedMs(outages, span)).toBe(excused);
});

it("a company is silent only on days on which it fails or loses its answers", () => {
  const day = (more: object) => ({
    ...{ behaviour: { provider: "wechat" as const, ...more }, fromMs: 1, untilMs: 2 },
  });
  const days = [day({ errorRate: 0.2 }), day({ loseAnswers: 0.2 }), day({ dropCallbacks: true }), day({})];
  expect(silences(days)).toHaveLength(2);
});

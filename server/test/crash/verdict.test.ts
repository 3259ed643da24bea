import { expect, it } from "vitest";
import { whyFailed } from "./verdict.ts";

const good = {
  ...{ violations: [], unreached: [], looks: { done: 5, missed: 1 }, kills: 20, begun: 500, accepted: 460 },
  ...{
    statuses: { delivered: 400, delivery_failed: 2 } as Record<string, number>,
    steps: 500,
    corrected: 3,
    streams: { opened: 9, cut: 3, ended: 2, news: 40 },
    refused: { "stock.sold_out": 4 } as Record<string, number>,
    outcomes: {
      inTime: { accepted: 400, paid: 380, delivered: 360 },
      late: { accepted: 30, allocated: 1, refunded: 1 },
    },
    lost: { paid: 9, byAsking: 5, punctual: 5, byStaff: 1, longestSeconds: 31 },
  },
};
const wanted = { kills: 20, orders: 500 };
const { inTime, late } = good.outcomes;
const violation = { invariant: "S1", what: "a code twice", count: 1, samples: [] };

it("a campaign that did what was planned and found nothing is believed", () => {
  expect(whyFailed(good, wanted)).toEqual([]);
  expect(whyFailed({ ...good, accepted: 450, kills: 21 }, wanted)).toEqual([]);
});

it.each([
  ["guarantees were broken", { violations: [violation] }],
  ["nobody passed refund.sent", { unreached: ["refund.sent"] }],
  ["nobody looked", { looks: { done: 0, missed: 9 } }],
  ["19 kills of 20", { kills: 19 }],
  ["499 orders of 500 were begun", { begun: 499 }],
  ["449 orders of 500", { accepted: 449 }],
  ["visits of 500", { steps: 449 }],
  ["corrected an account", { corrected: 0 }],
  ["left to its ticket", { statuses: { delivered: 402 } }],
  ["379 orders of 400", { outcomes: { inTime: { ...inTime, paid: 379 }, late } }],
  ["359 orders of 400", { outcomes: { inTime: { ...inTime, delivered: 359 }, late } }],
  ["by asking", { lost: { ...good.lost, byAsking: 0 } }],
  ["sold out", { refused: {} }],
  ["followed an order", { streams: { ...good.streams, opened: 0 } }],
])("a campaign is not believed, and says why: %s", (why, spoilt) => {
  const [reason, ...more] = whyFailed({ ...good, ...spoilt }, wanted);
  expect(reason).toContain(why);
  expect(more).toEqual([]);
});

it.each([
  ["found its goods again", { ...late, allocated: 0 }],
  ["went back", { ...late, refunded: 0 }],
])("a large campaign is not believed unless late money %s, a small one need not see it", (why, of) => {
  const large = {
    ...good,
    ...{ begun: 4_000, accepted: 3_800, steps: 4_000 },
    outcomes: { inTime, late: of },
  };
  expect(whyFailed(large, { kills: 20, orders: 4_000 })).toEqual([expect.stringContaining(why)]);
  expect(whyFailed({ ...good, outcomes: { inTime, late: of } }, wanted)).toEqual([]);
});

it("a handful of orders need not pass every step, but must be accepted", () => {
  const few = {
    ...good,
    begun: 20,
    accepted: 18,
    steps: 18,
    kills: 1,
    unreached: ["refund.sent"],
    corrected: 0,
    statuses: {},
    refused: {},
    lost: { ...good.lost, byAsking: 0 },
  };
  expect(whyFailed(few, { kills: 1, orders: 20 })).toEqual([]);
  expect(whyFailed({ ...few, accepted: 17 }, { kills: 1, orders: 20 })).toHaveLength(1);
});

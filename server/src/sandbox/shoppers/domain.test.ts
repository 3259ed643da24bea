import { describe, expect, it } from "vitest";
import { dailyCurve, inventPerson, nextArrivalMs, orderShare, planJourney } from "./domain.ts";
import { pick, seededRandom } from "./random.ts";

const HOUR_MS = 3_600_000;
const shanghai = (hour: number) => Date.parse("2026-03-01T00:00:00+08:00") + hour * HOUR_MS;

describe("the daily curve", () => {
  it("averages 1 over any day, so that the set rate is the day's", () => {
    for (const start of [0, 5.5]) {
      const minutes = Array.from({ length: 1440 }, (_, minute) => dailyCurve(shanghai(start + minute / 60)));
      expect(minutes.reduce((sum, value) => sum + value, 0) / minutes.length).toBeCloseTo(1, 5);
    }
  });

  it("is quietest before dawn and busiest in the evening, Shanghai time, without jumps", () => {
    expect(dailyCurve(shanghai(3.5))).toBeLessThan(0.5);
    expect(dailyCurve(shanghai(21))).toBeGreaterThan(1.5);
    for (let minute = 0; minute < 1440; minute += 1) {
      const step = dailyCurve(shanghai((minute + 1) / 60)) - dailyCurve(shanghai(minute / 60));
      expect(Math.abs(step)).toBeLessThan(0.01);
    }
  });
});

describe("arrivals", () => {
  const arrivals = (fromHour: number, seed: number) => {
    const random = seededRandom(seed);
    const end = shanghai(fromHour + 1);
    const times: number[] = [];
    for (let at = nextArrivalMs(shanghai(fromHour), 2, random); at < end; at = nextArrivalMs(at, 2, random))
      times.push(at);
    return times;
  };

  it("come at the rate of the hour", () => {
    for (const [hour, seed] of [
      [4, 1],
      [12, 2],
      [20, 3],
    ] as const) {
      const expected = 7200 * ((dailyCurve(shanghai(hour)) + dailyCurve(shanghai(hour + 1))) / 2);
      // Five standard deviations of a Poisson count.
      expect(Math.abs(arrivals(hour, seed).length - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  it("are as irregular as chance: the spread of a Poisson process's gaps equals their mean", () => {
    const times = arrivals(20, 4);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(spread / mean).toBeGreaterThan(0.95);
    expect(spread / mean).toBeLessThan(1.05);
  });

  it("are the same for the same seed, and others for another", () => {
    expect(arrivals(9, 5)).toEqual(arrivals(9, 5));
    expect(arrivals(9, 5)).not.toEqual(arrivals(9, 6));
  });
});

describe("journeys", () => {
  const random = seededRandom(7);
  const journeys = Array.from({ length: 50_000 }, () => planJourney(random));
  const share = (matches: (journey: (typeof journeys)[number]) => boolean) =>
    journeys.filter(matches).length / journeys.length;

  it("end in an order as often as the arrival rate counts on", () => {
    expect(share(({ reaches }) => reaches === "order")).toBeCloseTo(orderShare, 2);
  });

  it("pay as in life: 93 of 100 at once, the rest each in their own way", () => {
    expect(share(({ payment }) => payment === "success")).toBeCloseTo(0.93, 2);
    for (const outcome of ["limit_exceeded", "declined", "timeout", "abandon"]) {
      expect(share(({ payment }) => payment === outcome)).toBeGreaterThan(0.005);
    }
  });

  it("switch the method only after a failure", () => {
    expect(
      journeys.some(({ payment, secondTry }) => payment === "success" && secondTry.how !== "leave"),
    ).toBe(false);
    expect(
      journeys.some(({ payment, secondTry }) => payment === "limit_exceeded" && secondTry.how === "switch"),
    ).toBe(true);
  });
});

describe("people", () => {
  it("have addresses of their own, from the block that is reserved for such loads", () => {
    const random = seededRandom(8);
    const people = Array.from({ length: 2000 }, () => inventPerson(random));
    expect(people.every(({ address }) => /^198\.1[89]\.\d{1,3}\.\d{1,3}$/.test(address))).toBe(true);
    expect(new Set(people.map(({ address }) => address)).size).toBeGreaterThan(1950);
    expect(new Set(people.map(({ session }) => session)).size).toBe(2000);
  });
});

describe("picking", () => {
  it("follows the weights and never picks what weighs nothing", () => {
    const random = seededRandom(9);
    const picks = Array.from({ length: 10_000 }, () =>
      pick(random, [
        ["a", 3],
        ["never", 0],
        ["b", 1],
      ] as const),
    );
    expect(picks.filter((value) => value === "a").length / 10_000).toBeCloseTo(0.75, 1);
    expect(picks).not.toContain("never");
  });
});

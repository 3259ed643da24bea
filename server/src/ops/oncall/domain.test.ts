import type { Layer } from "@orderwatch/shared/ops/oncall.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { onDuty, type RotaPlan, schedule } from "./domain.ts";

const layer = (given: Partial<Layer> = {}): Layer => ({
  ...{ name: "layer", people: ["ann", "bob"], startsOn: "2026-10-05", endsOn: null, restrictions: [] },
  ...{ onHolidays: "as_usual", rotation: { unit: "day", count: 1, handoffAt: "09:00" }, ...given },
});
const rota = (given: Partial<RotaPlan> = {}): RotaPlan => ({
  ...{ timeZone: "UTC", layers: [layer()], holidays: [], overrides: [], ...given },
});
const at = (time: string) => new Date(time);
const override = (id: string, userId: string, from: string, until: string) => ({
  ...{ id, userId, swapId: null, fromMs: Date.parse(from), untilMs: Date.parse(until) },
});

describe("who is on duty", () => {
  test("turns change at the handoff, to the millisecond", () => {
    expect(onDuty(rota(), at("2026-10-05T08:59:59.999Z"))).toBeNull();
    expect(onDuty(rota(), at("2026-10-05T09:00:00.000Z"))).toBe("ann");
    expect(onDuty(rota(), at("2026-10-06T08:59:59.999Z"))).toBe("ann");
    expect(onDuty(rota(), at("2026-10-06T09:00:00.000Z"))).toBe("bob");
  });

  test("a handoff stays at its time on the wall when clocks change", () => {
    const berlin = rota({ timeZone: "Europe/Berlin" });
    const lengths = schedule(berlin, at("2026-10-24T07:00:00Z"), at("2026-10-26T08:00:00Z")).map(
      ({ fromMs, untilMs }) => (untilMs - fromMs) / 3_600_000,
    );
    expect(lengths).toEqual([25, 24]);
    const skipped = rota({
      timeZone: "Europe/Berlin",
      layers: [layer({ startsOn: "2026-03-28", rotation: { unit: "day", count: 1, handoffAt: "02:30" } })],
    });
    // 02:30 did not exist on that day; the hour that was skipped is added.
    expect(onDuty(skipped, at("2026-03-29T01:29:59Z"))).toBe("ann");
    expect(onDuty(skipped, at("2026-03-29T01:30:00Z"))).toBe("bob");
  });

  test("hours over the end of the week hold, and later layers fill what earlier ones leave", () => {
    const night = layer({
      people: ["cat"],
      restrictions: [{ from: { weekday: 5, time: "18:00" }, until: { weekday: 1, time: "08:00" } }],
    });
    const both = rota({ layers: [night, layer({ people: ["dan"] })] });
    expect(onDuty(both, at("2026-10-09T17:59:59Z"))).toBe("dan");
    expect(onDuty(both, at("2026-10-09T18:00:00Z"))).toBe("cat");
    expect(onDuty(both, at("2026-10-12T07:59:59Z"))).toBe("cat");
    expect(onDuty(both, at("2026-10-12T08:00:00Z"))).toBe("dan");
  });

  test("a holiday takes a layer off, and brings the one that is for holidays", () => {
    const plan = rota({
      timeZone: "Asia/Shanghai",
      holidays: [{ day: "2026-10-08" }],
      layers: [layer({ people: ["cat"], onHolidays: "only" }), layer({ people: ["dan"], onHolidays: "off" })],
    });
    expect(onDuty(plan, at("2026-10-07T15:59:59Z"))).toBe("dan");
    expect(onDuty(plan, at("2026-10-07T16:00:00Z"))).toBe("cat");
    expect(onDuty(plan, at("2026-10-08T16:00:00Z"))).toBe("dan");
  });

  test("an override stands above all layers, and of two the one made last decides", () => {
    const plan = rota({
      overrides: [
        override("1", "eve", "2026-10-05T10:00:00Z", "2026-10-05T14:00:00Z"),
        override("2", "fay", "2026-10-05T12:00:00Z", "2026-10-05T13:00:00Z"),
      ],
    });
    const found = schedule(plan, at("2026-10-05T09:00:00Z"), at("2026-10-05T15:00:00Z"));
    expect(found.map(({ userId }) => userId)).toEqual(["ann", "eve", "fay", "eve", "ann"]);
  });

  test("a layer ends at its last day's handoff", () => {
    const plan = rota({ layers: [layer({ endsOn: "2026-10-06" })] });
    expect(onDuty(plan, at("2026-10-06T08:59:59Z"))).toBe("ann");
    expect(onDuty(plan, at("2026-10-06T09:00:00Z"))).toBeNull();
  });
});

const minute = fc.integer({ min: 0, max: 59 }).map((n) => String(n).padStart(2, "0"));
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), minute)
  .map(([h, m]) => `${String(h).padStart(2, "0")}:${m}`);
const day = fc
  .integer({ min: 0, max: 60 })
  .map((n) => new Date(Date.UTC(2026, 9, 1 + n)).toISOString().slice(0, 10));
const weekTime = fc.record({ weekday: fc.integer({ min: 1, max: 7 }), time });
const layers = fc.record({
  name: fc.constant("layer"),
  people: fc.array(fc.constantFrom("ann", "bob", "cat"), { minLength: 1, maxLength: 3 }),
  rotation: fc.record({
    unit: fc.constantFrom("day" as const, "week" as const),
    count: fc.integer({ min: 1, max: 3 }),
    handoffAt: time,
  }),
  startsOn: day,
  endsOn: fc.option(day),
  restrictions: fc.array(fc.record({ from: weekTime, until: weekTime }), { maxLength: 3 }),
  onHolidays: fc.constantFrom("as_usual" as const, "off" as const, "only" as const),
});
const startMs = Date.UTC(2026, 9, 1);
const offset = fc.integer({ min: 0, max: 60 * 1_440 }).map((n) => startMs + n * 60_000);
const plans: fc.Arbitrary<RotaPlan> = fc.record({
  timeZone: fc.constantFrom(
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
  ),
  layers: fc.array(layers, { minLength: 1, maxLength: 3 }),
  holidays: fc.array(fc.record({ day }), { maxLength: 4 }),
  overrides: fc.array(
    fc.tuple(offset, fc.integer({ min: 1, max: 5_000 })).map(([fromMs, minutes]) => ({
      ...{ id: String(fromMs), userId: "eve", swapId: null, fromMs, untilMs: fromMs + minutes * 60_000 },
    })),
    { maxLength: 3 },
  ),
});

test("O1: every moment has exactly the person that the rendered schedule shows", () => {
  fc.assert(
    fc.property(
      plans,
      offset,
      fc.integer({ min: 1, max: 20 }),
      fc.array(offset, { maxLength: 8 }),
      (plan, fromMs, days, moments) => {
        const untilMs = fromMs + days * 86_400_000;
        const shown = schedule(plan, new Date(fromMs), new Date(untilMs));
        expect(shown[0]?.fromMs).toBe(fromMs);
        expect(shown.at(-1)?.untilMs).toBe(untilMs);
        for (const [index, shift] of shown.entries()) {
          if (index > 0) expect(shown[index - 1]?.untilMs).toBe(shift.fromMs);
          const inside = moments.filter((ms) => ms >= shift.fromMs && ms < shift.untilMs);
          for (const ms of [shift.fromMs, shift.untilMs - 1, ...inside])
            expect([ms, onDuty(plan, new Date(ms))]).toEqual([ms, shift.userId]);
        }
      },
    ),
    { numRuns: 60 },
  );
});

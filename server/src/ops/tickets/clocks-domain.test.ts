import type { SupportCalendar } from "@orderwatch/shared/ops/ticket-team.ts";
import { type TicketClockKind, ticketStates } from "@orderwatch/shared/ops/tickets.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deadlinesOf, type Interval, mergeHistories, runsIn } from "./clocks-domain.ts";

const minute = 60_000;
const hour = 60 * minute;
/** What the reference below counts in. */
const slot = 15 * minute;

const always: SupportCalendar = {
  timeZone: "Asia/Shanghai",
  week: Array.from({ length: 7 }, () => [{ from: "00:00", to: "24:00" }]),
  holidays: [],
};

const targets = (first: number, next: number, resolution: number) => ({
  firstResponseMin: first,
  nextResponseMin: next,
  resolutionMin: resolution,
});
type Targets = ReturnType<typeof targets>;

function policyOf(calendar: SupportCalendar, all: Targets) {
  const four: [Targets, Targets, Targets, Targets] = [all, all, all, all];
  return { calendar, targets: four };
}

function clock(kind: TicketClockKind, calendar: SupportCalendar, all: Targets, intervals: Interval[]) {
  const found = deadlinesOf(policyOf(calendar, all), 1, intervals).find((one) => one.kind === kind);
  return found && { ...found, dueAt: found.dueAt?.toISOString() ?? null };
}

/** A history from one moment on: what it was, for how long; the last for ever. */
function history(
  from: string | number,
  ...parts: [Interval["state"], boolean, number?][]
): [Interval, ...Interval[]] {
  let at = typeof from === "string" ? Date.parse(from) : from;
  const intervals = parts.map(([state, unanswered, forMs]) => {
    const since = new Date(at);
    at += forMs ?? 0;
    return { since, until: forMs === undefined ? null : new Date(at), state, unanswered };
  });
  return intervals as [Interval, ...Interval[]];
}

// The reference: time is walked through in slots, and each is asked of the wall clock of its zone whether somebody works.

const zones = ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Sydney"] as const;
const walls = new Map(
  zones.map((timeZone) => [
    timeZone as string,
    new Intl.DateTimeFormat("en-GB", {
      ...{ timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
      ...{ hour: "2-digit", minute: "2-digit" },
    }),
  ]),
);

function wallOf(timeZone: string, at: number): { day: string; minutes: number } {
  const parts = walls.get(timeZone)?.formatToParts(at) ?? [];
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  return {
    day: `${part("year")}-${part("month")}-${part("day")}`,
    minutes: Number(part("hour")) * 60 + Number(part("minute")),
  };
}

const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

function works(calendar: SupportCalendar, at: number): boolean {
  const { day, minutes } = wallOf(calendar.timeZone, at);
  const shiftsOn = (date: string) =>
    calendar.holidays.find((holiday) => holiday.day === date)?.shifts ??
    calendar.week[(new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7] ??
    [];
  const before = new Date(Date.parse(`${day}T12:00:00Z`) - 24 * hour).toISOString().slice(0, 10);
  const today = shiftsOn(day).some(({ from, to }) => {
    const isOvernight = to < from;
    return minutes >= minutesOf(from) && (isOvernight || minutes < minutesOf(to));
  });
  return today || shiftsOn(before).some(({ from, to }) => to < from && minutes < minutesOf(to));
}

/** What it was at a moment. */
const at = (intervals: readonly Interval[], moment: number) =>
  intervals.find(
    ({ since, until }) => since.getTime() <= moment && (until === null || moment < until.getTime()),
  );
const isRunning = (kind: TicketClockKind, interval: Interval | undefined): boolean =>
  interval !== undefined &&
  (runsIn[kind] as readonly string[]).includes(interval.state) &&
  (kind === "resolution" || interval.unanswered);

/** When so much working time is over that lies in slots that count; null when it is not within 30 days. */
function referenceDue(
  calendar: SupportCalendar,
  from: number,
  counts: (moment: number) => boolean,
  targetMs: number,
): number | null {
  let worked = 0;
  for (let moment = from; moment < from + 30 * 24 * hour; moment += slot) {
    if (counts(moment) && works(calendar, moment)) worked += slot;
    if (worked >= targetMs) return moment + slot;
  }
  return null;
}

/** From when to when somebody waited for an answer, each time that they did; null: they still do. */
function referenceWaits(kind: TicketClockKind, intervals: readonly Interval[]): [number, number | null][] {
  const waits: [number, number | null][] = [];
  const end = intervals.at(-1)?.since.getTime() ?? 0;
  let did = false;
  for (let moment = intervals[0]?.since.getTime() ?? 0; moment <= end; moment += slot) {
    const does = isRunning(kind, at(intervals, moment));
    const last = waits.at(-1);
    if (does && !did) waits.push([moment, null]);
    else if (!does && did && last) last[1] = moment;
    did = does;
  }
  return waits;
}

const wholeHour = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map((h) => `${String(h).padStart(2, "0")}:00`);
/** Split shifts, overlapping ones, and ones through the night. */
const shifts = fc.array(fc.record({ from: wholeHour(0, 23), to: wholeHour(0, 24) }), { maxLength: 3 });
/** Days on which clocks are changed in some of the zones, and an ordinary one. */
const starts = [
  "2026-03-07",
  "2026-03-28",
  "2026-04-04",
  "2026-10-03",
  "2026-10-24",
  "2026-10-31",
  "2026-06-10",
];
const calendars: fc.Arbitrary<SupportCalendar> = fc.record({
  timeZone: fc.constantFrom(...zones),
  week: fc.array(shifts, { minLength: 7, maxLength: 7 }),
  holidays: fc.uniqueArray(
    fc.record({
      day: fc
        .tuple(fc.constantFrom(...starts), fc.integer({ min: 0, max: 6 }))
        .map(([day, days]) => new Date(Date.parse(day) + days * 24 * hour).toISOString().slice(0, 10)),
      shifts,
    }),
    { maxLength: 3, selector: ({ day }) => day },
  ),
});
const histories = fc
  .tuple(
    fc.constantFrom(...starts),
    fc.integer({ min: 0, max: 95 }),
    fc.array(
      fc.record({
        state: fc.constantFrom(...ticketStates),
        unanswered: fc.boolean(),
        slots: fc.integer({ min: 1, max: 60 }),
      }),
      { minLength: 1, maxLength: 7 },
    ),
  )
  .map(([day, offset, parts]) => {
    const last = parts.length - 1;
    return history(
      Date.parse(`${day}T00:00:00Z`) + offset * slot,
      ...parts.map(({ state, unanswered, slots }, index): [Interval["state"], boolean, number?] =>
        index === last ? [state, unanswered] : [state, unanswered, slots * slot],
      ),
    );
  });

/** Beyond what is walked through, only that it is far away can be told. */
function expectDue(dueAt: string | null, from: number, expected: number | null): void {
  if (expected !== null) expect(dueAt).toBe(new Date(expected).toISOString());
  else expect(dueAt === null || Date.parse(dueAt) > from + 29 * 24 * hour).toBe(true);
}

describe("a ticket's clocks", () => {
  it("O6: what is due when agrees with time walked through slot by slot: clock changes, split and night shifts, holidays, pauses, reopening", () => {
    fc.assert(
      fc.property(calendars, histories, fc.integer({ min: 1, max: 80 }), (calendar, intervals, slots) => {
        const all = targets(1, 1, slots * 15);
        const found = clock("resolution", calendar, all, intervals);
        // Met clocks show what they would have been due at, which the walk does not know.
        if (!found || found.metAt !== null) return;
        const from = intervals[0].since.getTime();
        const runs = (moment: number) => isRunning("resolution", at(intervals, moment));
        expectDue(found.dueAt, from, referenceDue(calendar, from, runs, slots * slot));
      }),
      { numRuns: 300 },
    );
  });

  it.each(["first_response", "next_response"] as const)(
    "O6: the %s clock agrees with that walk as well: which wait it is about, when that was over, when it is due",
    (kind) => {
      fc.assert(
        fc.property(calendars, histories, fc.integer({ min: 1, max: 40 }), (calendar, intervals, slots) => {
          const found = clock(kind, calendar, targets(slots * 15, slots * 15, 1), intervals);
          const [first, ...later] = referenceWaits(kind, intervals);
          const wait = kind === "first_response" ? first : later.at(-1);
          expect(found === undefined).toBe(wait === undefined);
          if (!found || !wait) return;
          const [from, until] = wait;
          expect(found.metAt?.getTime() ?? null).toBe(until);
          // Once it waits nothing pauses it but the calendar; one that was met shows what it would have been due at.
          expectDue(
            found.dueAt,
            from,
            referenceDue(calendar, from, () => true, slots * slot),
          );
        }),
        { numRuns: 200 },
      );
    },
  );

  it("O6: the same history gives the same deadlines, and what came later moves none that had passed", () => {
    fc.assert(
      fc.property(calendars, histories, fc.integer({ min: 1, max: 40 }), (calendar, intervals, slots) => {
        const policy = policyOf(calendar, targets(15, 30, slots * 15));
        const whole = deadlinesOf(policy, 1, intervals);
        expect(deadlinesOf(policy, 1, structuredClone(intervals))).toEqual(whole);
        const known = intervals.slice(0, -1);
        const cut = known.at(-1);
        if (!cut?.until) return;
        const before = deadlinesOf(policy, 1, [...known.slice(0, -1), { ...cut, until: null }]);
        const resolution = before.find(({ kind }) => kind === "resolution");
        if (resolution?.metAt !== null || !resolution.dueAt || resolution.dueAt > cut.until) return;
        const later = whole.find(({ kind }) => kind === "resolution");
        expect(later?.dueAt).toEqual(resolution.dueAt);
      }),
      { numRuns: 200 },
    );
  });

  it("O6: merging makes nothing due later, and adds no working time that neither had", () => {
    fc.assert(
      fc.property(calendars, histories, histories, (calendar, one, other) => {
        const all = targets(15, 30, 600);
        const merged = mergeHistories(one, other);
        const due = (intervals: Interval[]) => {
          const found = clock("resolution", calendar, all, intervals);
          return found?.dueAt && found.metAt === null ? Date.parse(found.dueAt) : Number.POSITIVE_INFINITY;
        };
        const late = Math.min(due(one), due(other));
        if (Number.isFinite(late)) {
          const found = clock("resolution", calendar, all, merged);
          expect(found?.dueAt).not.toBeNull();
          expect(Date.parse(found?.dueAt ?? "")).toBeLessThanOrEqual(late);
        }
        for (const { since, state } of merged) {
          const held = [one, other].map((intervals) =>
            intervals.find((each) => each.since <= since && (each.until === null || since < each.until)),
          );
          expect(held.some((each) => each?.state === state)).toBe(true);
        }
        expect(mergeHistories(other, one)).toEqual(merged);
      }),
      { numRuns: 200 },
    );
  });

  it("O6: a split shift's break, a weekend and a holiday count for nothing", () => {
    const office: SupportCalendar = {
      timeZone: "Asia/Shanghai",
      week: Array.from({ length: 7 }, (_, day) =>
        day < 5
          ? [
              { from: "09:00", to: "12:00" },
              { from: "14:00", to: "18:00" },
            ]
          : [],
      ),
      holidays: [{ day: "2026-11-23", shifts: [] }],
    };
    // Friday 17:00 in Shanghai: one hour, then weekend and a free Monday, then 3 hours and the break, then one more.
    const opened = history("2026-11-20T09:00:00Z", ["new", true]);
    expect(clock("resolution", office, targets(30, 30, 300), opened)?.dueAt).toBe("2026-11-24T07:00:00.000Z");
    expect(clock("first_response", office, targets(61, 30, 300), opened)?.dueAt).toBe(
      "2026-11-24T01:01:00.000Z",
    );
  });

  it("O6: the night on which clocks go back is an hour longer, the one on which they go forward an hour shorter", () => {
    const nights: SupportCalendar = {
      timeZone: "Europe/Berlin",
      week: Array.from({ length: 7 }, () => [{ from: "22:00", to: "06:00" }]),
      holidays: [],
    };
    const due = (from: string) =>
      clock("resolution", nights, targets(1, 1, 8 * 60 + 30), history(from, ["new", true]))?.dueAt;
    // 9 hours of work in the longer night, 7 in the shorter one, of which 8.5 are wanted.
    expect(due("2026-10-24T20:00:00Z")).toBe("2026-10-25T04:30:00.000Z");
    expect(due("2026-03-28T21:00:00Z")).toBe("2026-03-29T21:30:00.000Z");
  });

  it("O6: it pauses while the buyer is waited for, and goes on when it is opened again", () => {
    const all = targets(10, 20, 60);
    const from = "2026-11-23T00:00:00Z";
    const waiting = history(
      from,
      ["new", true, 5 * minute],
      ["open", false, 15 * minute],
      ["waiting_buyer", false],
    );
    expect(clock("resolution", always, all, waiting)).toMatchObject({ dueAt: null, leftMs: 40 * minute });
    expect(clock("first_response", always, all, waiting)).toMatchObject({
      dueAt: "2026-11-23T00:10:00.000Z",
      metAt: new Date("2026-11-23T00:05:00Z"),
    });
    const resolved = history(from, ["new", true, 20 * minute], ["resolved", false]);
    expect(clock("resolution", always, all, resolved)?.metAt).toEqual(new Date("2026-11-23T00:20:00Z"));
    const again = history(from, ["new", true, 20 * minute], ["resolved", false, 24 * hour], ["open", true]);
    expect(clock("resolution", always, all, again)).toMatchObject({
      dueAt: "2026-11-24T01:00:00.000Z",
      metAt: null,
    });
    expect(clock("next_response", always, all, again)).toMatchObject({ dueAt: "2026-11-24T00:40:00.000Z" });
  });

  it("O6: an answer in the moment of the next question ends one wait and begins another", () => {
    const all = targets(10, 20, 60);
    const intervals = history(
      "2026-11-23T00:00:00Z",
      ["open", true, 5 * minute],
      ["open", false, 0],
      ["open", true],
    );
    expect(clock("first_response", always, all, intervals)?.metAt).toEqual(new Date("2026-11-23T00:05:00Z"));
    expect(clock("next_response", always, all, intervals)?.dueAt).toBe("2026-11-23T00:25:00.000Z");
  });

  it("O6: on a calendar on which nobody ever works nothing is due", () => {
    const never: SupportCalendar = { ...always, week: Array.from({ length: 7 }, () => []) };
    expect(
      clock("resolution", never, targets(1, 1, 1), history("2026-11-23T00:00:00Z", ["new", true])),
    ).toMatchObject({
      dueAt: null,
    });
  });
});

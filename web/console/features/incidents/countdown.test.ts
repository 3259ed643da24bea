import { describe, expect, it } from "vitest";
import { clockFace, countdown, nextDeadline, turnsAtMs } from "./countdown.ts";

const opened = "2026-01-30T03:00:00.000Z";
const at = (minutes: number, seconds = 0) => Date.parse(opened) + minutes * 60_000 + seconds * 1000;
const due = (minutes: number) => new Date(at(minutes)).toISOString();

describe("a deadline's clock", () => {
  it("turns before it is missed, and goes on after that", () => {
    const deadline = { dueAt: due(10) };
    const seen = (now: number) => {
      const shown = countdown(deadline, opened, now);
      return `${shown.urgency} ${clockFace(shown)}`;
    };
    expect(seen(at(0))).toBe("calm 10:00");
    expect(seen(at(7, 59))).toBe("calm 02:01");
    expect(seen(at(8))).toBe("near 02:00");
    expect(seen(at(9, 59))).toBe("near 00:01");
    expect(seen(at(10))).toBe("missed +00:00");
    expect(seen(at(75, 5))).toBe("missed +1:05:05");
  });

  it("shows hours when there are some, and never less than is left", () => {
    expect(clockFace(countdown({ dueAt: due(120) }, opened, at(0)))).toBe("2:00:00");
    expect(clockFace(countdown({ dueAt: due(10) }, opened, at(9, 59.001)))).toBe("00:01");
  });

  it("stands still once it is met, and says when that was too late", () => {
    expect(countdown({ dueAt: due(10), metAt: due(4) }, opened, at(60))).toEqual({
      urgency: "met",
      ms: 6 * 60_000,
    });
    expect(countdown({ dueAt: due(10), metAt: due(11) }, opened, at(60)).urgency).toBe("metLate");
  });

  it("turns a fifth before the end, within bounds that leave time to act", () => {
    expect(turnsAtMs(60_000)).toBe(30_000);
    expect(turnsAtMs(10 * 60_000)).toBe(2 * 60_000);
    expect(turnsAtMs(6 * 3_600_000)).toBe(15 * 60_000);
  });

  it("of several the one due first is shown, and none when all are met", () => {
    const second = { dueAt: due(30) };
    expect(nextDeadline([second, { dueAt: due(10), metAt: due(3) }, { dueAt: due(60) }])).toBe(second);
    expect(nextDeadline([{ dueAt: due(10), metAt: due(3) }])).toBeNull();
  });
});

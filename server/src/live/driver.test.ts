import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { systemClock } from "../platform/clock.ts";
import { createLog } from "../platform/log.ts";
import { everySecond } from "./driver.ts";

const log = createLog({ level: "silent", name: "test" });
const start = Date.UTC(2026, 0, 5, 8);

beforeEach(() => {
  vi.useFakeTimers({ now: start + 420 });
});
afterEach(() => {
  vi.useRealTimers();
});

it("runs once a second, at the same moment of each", async () => {
  const runs: number[] = [];
  const driver = everySecond({
    clock: systemClock,
    offsetMs: 150,
    log,
    work: async (now) => runs.push(now.getTime() - start),
  });
  await vi.advanceTimersByTimeAsync(4_000);
  await driver.stop();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(runs).toEqual([1_150, 2_150, 3_150, 4_150]);
});

it("leaves out the seconds that a slow run takes, and goes on after one that failed", async () => {
  const runs: number[] = [];
  const driver = everySecond({
    clock: systemClock,
    offsetMs: 0,
    log,
    async work(now) {
      runs.push(now.getTime() - start);
      if (runs.length === 1) throw new Error("failed");
      if (runs.length === 2) await new Promise((resolve) => setTimeout(resolve, 2_300));
    },
  });
  await vi.advanceTimersByTimeAsync(6_000);
  await driver.stop();
  expect(runs).toEqual([1_000, 2_000, 5_000, 6_000]);
});

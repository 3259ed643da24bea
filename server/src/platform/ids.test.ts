import { firstIdAt, Id, timeOfId } from "@orderwatch/shared/ids.ts";
import { describe, expect, it } from "vitest";
import { createIds } from "./ids.ts";

describe("ids", () => {
  const at = Date.parse("2026-03-01T12:00:00.123Z");

  it("are UUIDv7 that tell the millisecond in which they were made", () => {
    const id = createIds({ now: () => new Date(at) })();
    expect(Id.safeParse(id).success).toBe(true);
    expect(timeOfId(id)).toBe(at);
    expect(id >= firstIdAt(at)).toBe(true);
    expect(id < firstIdAt(at + 1)).toBe(true);
  });

  it("of one process grow, within a millisecond and when its clock goes back a little", () => {
    let now = at;
    const newId = createIds({ now: () => new Date(now) });
    const made: string[] = [];
    for (let n = 0; n < 20_000; n++) {
      if (n % 1_000 === 0) now += n % 3_000 === 0 ? -8_000 : 7;
      made.push(newId());
    }
    expect(made).toEqual([...made].sort());
    expect(new Set(made).size).toBe(made.length);
  });

  it("of a process that was a day fast are of today once its clock is right, and still differ", () => {
    let now = at + 86_400_000;
    const newId = createIds({ now: () => new Date(now) });
    const made = [newId(), newId()];
    now = at;
    made.push(newId(), newId());
    expect(made.slice(2).map(timeOfId)).toEqual([at, at]);
    expect(new Set(made).size).toBe(made.length);
  });

  it("of two processes differ in the same millisecond", () => {
    const clock = { now: () => new Date(at) };
    const [one, other] = [createIds(clock), createIds(clock)];
    const made = Array.from({ length: 2_000 }, (_, n) => (n % 2 ? one() : other()));
    expect(new Set(made).size).toBe(made.length);
  });
});

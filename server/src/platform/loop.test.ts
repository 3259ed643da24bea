import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "./log.ts";
import { type Loop, startLoop } from "./loop.ts";

const log = createLog({ level: "silent", name: "test" });
const never = 3_600_000;
let loop: Loop | undefined;
afterEach(() => loop?.stop());

/** A loop whose passes end when the test says so. */
function heldLoop() {
  const passes: { end: (more?: boolean) => void; fail: (error: Error) => void }[] = [];
  let atOnce = 0;
  let most = 0;
  loop = startLoop({
    name: "test",
    everyMs: never,
    log,
    work: async () => {
      most = Math.max(most, ++atOnce);
      try {
        return await new Promise<{ more: boolean }>((resolve, reject) => {
          passes.push({ end: (more = false) => resolve({ more }), fail: reject });
        });
      } finally {
        atOnce--;
      }
    },
  });
  const pass = (at: number) => {
    const found = passes[at];
    if (!found) throw new Error(`pass ${at} has not begun`);
    return found;
  };
  return { loop, passes, pass, most: () => most };
}

describe("a loop", () => {
  it("works by itself, every so often", async () => {
    let passes = 0;
    loop = startLoop({ name: "test", everyMs: 5, log, work: async () => ({ more: ++passes < 0 }) });
    await expect.poll(() => passes).toBeGreaterThan(3);
  });

  it("is not due together with the others of its process", async () => {
    const order: number[] = [];
    const loops = Array.from({ length: 8 }, (_, n) =>
      startLoop({
        ...{ name: "test", everyMs: 400, log },
        work: async () => {
          order.push(n);
          return { more: false };
        },
      }),
    );
    await expect.poll(() => order.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(16);
    await Promise.all(loops.map((each) => each.stop()));
    // Begun in one go they would all be due in the order of their beginning.
    const first = order.slice(0, 8);
    expect(new Set(first).size).toBe(8);
    expect(first).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(order.slice(8, 16)).toEqual(first);
  });

  it("answers a poke after a pass that began after it, however many pokes there are, and never works twice at once", async () => {
    const { loop: held, passes, pass, most } = heldLoop();
    const first = held.poke();
    let isDone = false;
    const during = Promise.all([held.poke(), held.poke(), held.poke()]).then(() => {
      isDone = true;
    });
    pass(0).end();
    await first;
    await expect.poll(() => passes.length).toBe(2);
    expect(isDone).toBe(false);
    pass(1).end();
    await during;
    expect(passes.length).toBe(2);
    expect(most()).toBe(1);
  });

  it("follows a full batch by another at once", async () => {
    const { loop: held, passes, pass } = heldLoop();
    const poked = held.poke();
    pass(0).end(true);
    await expect.poll(() => passes.length).toBe(2);
    pass(1).end();
    await poked;
    expect(passes.length).toBe(2);
  });

  it("goes on after a pass that failed", async () => {
    const { loop: held, passes, pass } = heldLoop();
    const poked = held.poke();
    pass(0).fail(new Error("the database is away"));
    await poked;
    const again = held.poke();
    pass(1).end();
    await again;
    expect(passes.length).toBe(2);
  });

  it("when stopped lets the pass that runs finish and begins no other", async () => {
    const { loop: held, passes, pass } = heldLoop();
    void held.poke();
    const waiting = held.poke();
    let isStopped = false;
    const stopping = held.stop().then(() => {
      isStopped = true;
    });
    await Promise.resolve();
    expect(isStopped).toBe(false);
    pass(0).end(true);
    await stopping;
    await waiting;
    await held.poke();
    expect(passes.length).toBe(1);
  });
});

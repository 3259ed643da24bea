import { describe, expect, it, vi } from "vitest";
import { type Batcher, createBatcher } from "./batcher.ts";

class ItemFault extends Error {}

interface Call {
  items: number[];
  answer: (results?: string[]) => void;
  fail: (error: unknown) => void;
}

/** A batcher whose statements end when the test says so. */
function heldBatcher(
  options: {
    maxBatch?: number;
    maxInFlight?: number;
    maxWaiting?: number;
    gatherMs?: number;
    paceMs?: number;
    nowMs?: () => number;
  } = {},
) {
  const calls: Call[] = [];
  const batcher: Batcher<number, string> = createBatcher<number, string>({
    gatherMs: 0,
    ...options,
    isItemFault: (error) => error instanceof ItemFault,
    run: (items) =>
      new Promise((resolve, reject) => {
        calls.push({ items, answer: (results = items.map(String)) => resolve(results), fail: reject });
      }),
  });
  /** The statement of this number, once it was sent. */
  const call = (at: number): Promise<Call> =>
    vi.waitFor(() => {
      const found = calls[at];
      if (!found) throw new Error(`statement ${at} was not sent`);
      return found;
    });
  return { batcher, calls, call };
}

const settled = (promises: Promise<string>[]) =>
  Promise.all(
    promises.map((promise) =>
      promise.catch((error: unknown) => (error instanceof Error ? error.message : String(error))),
    ),
  );

describe("natural batching", () => {
  it("an item that finds nothing in flight is sent at once and alone", () => {
    const { batcher, calls } = heldBatcher();
    void batcher.submit(1);
    expect(calls.map(({ items }) => items)).toEqual([[1]]);
  });

  it("what arrives while statements are in flight rides together in the next one, in order of arrival", async () => {
    const { batcher, calls, call } = heldBatcher({ maxInFlight: 2 });
    const results = [1, 2, 3, 4, 5].map((item) => batcher.submit(item));
    expect(calls.map(({ items }) => items)).toEqual([[1], [2]]);
    (await call(0)).answer();
    await results[0];
    expect((await call(2)).items).toEqual([3, 4, 5]);
    (await call(1)).answer();
    (await call(2)).answer();
    expect(await Promise.all(results)).toEqual(["1", "2", "3", "4", "5"]);
  });

  it("beside a statement that was just sent, the next waits a moment for company, unless it is half full", async () => {
    let now = 0;
    const options = { maxInFlight: 3, maxBatch: 6, gatherMs: 5, nowMs: () => now };
    const { batcher, calls, call } = heldBatcher(options);
    const results = [batcher.submit(1), batcher.submit(2), batcher.submit(3)];
    expect(calls.map(({ items }) => items)).toEqual([[1]]);
    now = 5;
    expect((await call(1)).items).toEqual([2, 3]);
    results.push(...[4, 5, 6].map((item) => batcher.submit(item)));
    expect(calls.map(({ items }) => items)).toEqual([[1], [2, 3], [4, 5, 6]]);
    for (const { answer } of calls) answer();
    expect(await Promise.all(results)).toEqual(["1", "2", "3", "4", "5", "6"]);
  });

  it("with a pace, the next waits for its turn even when nothing is in flight, and takes along what came", async () => {
    let now = 1_000;
    const { batcher, calls, call } = heldBatcher({ paceMs: 20, maxInFlight: 1, nowMs: () => now });
    const first = batcher.submit(1);
    (await call(0)).answer();
    await first;
    const later = [2, 3].map((item) => batcher.submit(item));
    expect(calls).toHaveLength(1);
    now += 20;
    const second = await call(1);
    expect(second.items).toEqual([2, 3]);
    second.answer();
    await Promise.all(later);
    await batcher.idle();
  });

  it("no more than the agreed number ride in one statement, or are in flight", async () => {
    const { batcher, calls, call } = heldBatcher({ maxInFlight: 1, maxBatch: 3 });
    const results = Array.from({ length: 8 }, (_, item) => batcher.submit(item));
    for (let at = 0; at < 4; at++) (await call(at)).answer();
    await Promise.all(results);
    expect(calls.map(({ items }) => items)).toEqual([[0], [1, 2, 3], [4, 5, 6], [7]]);
  });

  it("with too many waiting the next is refused as busy, and told when to come again", async () => {
    const { batcher, call } = heldBatcher({ maxInFlight: 1, maxWaiting: 2 });
    const results = [1, 2, 3].map((item) => batcher.submit(item));
    const refused = await batcher.submit(4).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "server.busy", remedies: [{ kind: "wait_until" }] });
    (await call(0)).answer();
    await results[0];
    (await call(1)).answer();
    expect(await Promise.all(results)).toEqual(["1", "2", "3"]);
  });

  it("is idle only when nothing waits and nothing is in flight", async () => {
    const { batcher, call } = heldBatcher({ maxInFlight: 1 });
    await batcher.idle();
    const results = [batcher.submit(1), batcher.submit(2)];
    let isIdle = false;
    const idle = batcher.idle().then(() => {
      isIdle = true;
    });
    (await call(0)).answer();
    await results[0];
    expect(isIdle).toBe(false);
    (await call(1)).answer();
    await Promise.all([...results, idle]);
    expect(isIdle).toBe(true);
  });
});

describe("a statement that fails", () => {
  /** Refuses any batch that holds a guilty item, as PostgreSQL does. */
  function strictBatcher(guilty: readonly number[]) {
    const batches: number[][] = [];
    const batcher: Batcher<number, string> = createBatcher<number, string>({
      maxInFlight: 1,
      isItemFault: (error) => error instanceof ItemFault,
      async run(items) {
        batches.push(items);
        const found = items.find((item) => guilty.includes(item));
        if (found !== undefined) throw new ItemFault(`${found} is guilty`);
        return items.map(String);
      },
    });
    return { batcher, batches };
  }

  it("for an item's fault is halved until only the guilty fail, each with its own error", async () => {
    const { batcher } = strictBatcher([7, 30]);
    const results = await settled(Array.from({ length: 40 }, (_, item) => batcher.submit(item)));
    expect(results).toEqual(
      Array.from({ length: 40 }, (_, item) => (item === 7 || item === 30 ? `${item} is guilty` : `${item}`)),
    );
  });

  it("finds one guilty item of 64 in a dozen statements", async () => {
    const { batcher, batches } = strictBatcher([42]);
    await settled(Array.from({ length: 65 }, (_, item) => batcher.submit(item)));
    expect(batches.length).toBeLessThanOrEqual(1 + 1 + 2 * 6);
  });

  it("for another reason fails all of its items and is not sent again", async () => {
    const { batcher, calls, call } = heldBatcher({ maxInFlight: 1 });
    const results = [1, 2, 3].map((item) => batcher.submit(item));
    (await call(0)).answer();
    await results[0];
    (await call(1)).fail(new Error("the connection broke"));
    expect(await settled(results)).toEqual(["1", "the connection broke", "the connection broke"]);
    expect(calls.length).toBe(2);
  });

  it("with another number of results than items fails them all rather than mixing them up", async () => {
    const { batcher, call } = heldBatcher({ maxInFlight: 1 });
    const results = [1, 2, 3].map((item) => batcher.submit(item));
    (await call(0)).answer();
    await results[0];
    (await call(1)).answer(["2"]);
    expect(await settled(results)).toEqual(["1", "1 results for 2 items", "1 results for 2 items"]);
  });
});

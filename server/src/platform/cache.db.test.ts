import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createTestContext, type TestContext } from "../../test/context.ts";
import { describeWith } from "../../test/optional.ts";
import { eventually } from "../../test/poll.ts";
import { startRedis } from "../../test/redis.ts";
import { type Cache, type CacheTimes, lifetimeMs, openCache } from "./cache.ts";
import { createLog } from "./log.ts";

let context: TestContext;
beforeAll(async () => {
  context = await createTestContext();
});
afterAll(() => context.close());

const opened: Cache[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((cache) => cache.close()));
});

function open(times: Partial<CacheTimes> = {}, redisUrl?: string): Cache {
  const cache = openCache({ databaseUrl: context.url, redisUrl, name: "cached", log: context.log, times });
  opened.push(cache);
  return cache;
}

/** A source that a test changes, breaks and holds up, and that counts who asks. */
function source(first: string | null = "one") {
  let value = first;
  let loads = 0;
  let failure: Error | undefined;
  let held: Promise<void> | undefined;
  return {
    get loads() {
      return loads;
    },
    set(next: string | null) {
      value = next;
    },
    fail(error: Error | undefined) {
      failure = error;
    },
    /** Whoever loads from here on waits until the returned function is called; what it gets was read before. */
    hold(): () => void {
      let release: () => void = () => undefined;
      held = new Promise((resolve) => {
        release = resolve;
      });
      return () => {
        held = undefined;
        release();
      };
    },
    load: async () => {
      loads += 1;
      const seen = value;
      const error = failure;
      await (held ?? setImmediate());
      if (error) throw error;
      return seen;
    },
  };
}

describe("C2", () => {
  test("C2: a cold key under 200 requests is loaded once", async () => {
    const cache = open();
    const from = source();
    const answers = await Promise.all(Array.from({ length: 200 }, () => cache.read("a", from.load)));
    expect(new Set(answers)).toEqual(new Set(["one"]));
    expect(from.loads).toBe(1);
  });

  test("C2: a missing id is not asked for again", async () => {
    const cache = open();
    const from = source(null);
    for (let n = 0; n < 20; n++) expect(await cache.read("missing", from.load)).toBeNull();
    expect(from.loads).toBe(1);
  });

  test("C2: expiries lie apart by a fifth of the time, and never beyond it", () => {
    const lives = Array.from({ length: 1_000 }, () => lifetimeMs(30_000, Math.random()));
    expect(Math.max(...lives)).toBeLessThanOrEqual(30_000);
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(24_000);
    expect(Math.max(...lives) - Math.min(...lives)).toBeGreaterThan(5_000);
  });

  test("C2: a value is loaded anew when its time is over", async () => {
    const cache = open({ ttlMs: 50 });
    const from = source();
    expect(await cache.read("a", from.load)).toBe("one");
    from.set("two");
    await eventually("the new value", async () => (await cache.read("a", from.load)) === "two");
  });
});

describe("a source in trouble", () => {
  test("that fails is covered by the last value, asked again in a while and not by every reader", async () => {
    const cache = open({ ttlMs: 1, restMs: 200 });
    const from = source();
    await cache.read("a", from.load);
    from.set("two");
    from.fail(new Error("down"));
    await eventually("the first failure", async () => {
      expect(await cache.read("a", from.load)).toBe("one");
      return from.loads > 1;
    });
    const loads = from.loads;
    for (let n = 0; n < 100; n++) expect(await cache.read("a", from.load)).toBe("one");
    expect(from.loads - loads).toBeLessThanOrEqual(2);
    expect(cache.counts().stale).toBeGreaterThanOrEqual(100);
    from.fail(undefined);
    await eventually("the new value", async () => (await cache.read("a", from.load)) === "two");
  });

  test("that never answers is covered by the last value, for everyone", async () => {
    const cache = open({ ttlMs: 1 });
    const from = source();
    await cache.read("a", from.load);
    from.set("two");
    const release = from.hold();
    await eventually("a load under way", async () => {
      expect(await cache.read("a", from.load)).toBe("one");
      return from.loads > 1;
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => cache.read("a", from.load)));
    expect(new Set(answers)).toEqual(new Set(["one"]));
    release();
    await eventually("the new value", async () => (await cache.read("a", from.load)) === "two");
  });

  test("with nothing to cover for it fails all who wait by one load, and none of them hangs", async () => {
    const cache = open({ loadWithinMs: 50 });
    const from = source();
    const release = from.hold();
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => cache.read("a", from.load)));
    expect(
      answers.every((answer) => answer.status === "rejected" && answer.reason.code === "server.busy"),
    ).toBe(true);
    expect(from.loads).toBe(1);
    release();
  });

  test("is never covered where the reading is exact: it waits, and fails when that takes too long", async () => {
    const cache = open({ ttlMs: 1, loadWithinMs: 300, restMs: 1 });
    const from = source();
    const read = () => cache.read("a", from.load, { ttlMs: 1, exact: true });
    await read();
    await cache.outdate("a");
    const release = from.hold();
    const answers = await Promise.allSettled(Array.from({ length: 20 }, read));
    expect(answers.filter(({ status }) => status === "fulfilled")).toEqual([]);
    from.set("two");
    release();
    await eventually("the new value", () =>
      read().then(
        (value) => value === "two",
        () => false,
      ),
    );
  });

  test("is covered for a bounded time only", async () => {
    const cache = open({ ttlMs: 1, graceMs: 100, restMs: 1 });
    const from = source();
    await cache.read("a", from.load);
    from.fail(new Error("down"));
    await eventually("the end of grace", () =>
      cache.read("a", from.load).then(
        () => false,
        (error: Error) => error.message === "down",
      ),
    );
  });
});

function changesReachAll(redis: () => string | undefined) {
  test("a change is seen by every process, though their entries would live on", async () => {
    const nodes = [open({}, redis()), open({}, redis()), open({}, redis())];
    const from = source();
    const readAll = () => Promise.all(nodes.map((node) => node.read("seen", from.load)));
    expect(await readAll()).toEqual(["one", "one", "one"]);
    from.set("two");
    await eventually("the change everywhere", async () => {
      nodes[0]?.changed("seen");
      return (await readAll()).every((value) => value === "two");
    });
    // Announcements may still be on their way; but loading makes none, or nodes would outdate each other for ever.
    await eventually("rest", async () => {
      const loads = from.loads;
      for (let n = 0; n < 200; n++) await readAll();
      return from.loads === loads;
    });
  });

  test("what is gone is gone in every process, though its source does not answer", async () => {
    const nodes = [
      open({ loadWithinMs: 50, restMs: 1 }, redis()),
      open({ loadWithinMs: 50, restMs: 1 }, redis()),
    ];
    const from = source();
    for (const node of nodes) expect(await node.read("ended", from.load)).toBe("one");
    from.fail(new Error("down"));
    await eventually("its end everywhere", async () => {
      nodes[0]?.gone("ended");
      const answers = await Promise.allSettled(nodes.map((node) => node.read("ended", from.load)));
      return answers.every(({ status }) => status === "rejected");
    });
  });

  test("a change while the old value is being loaded is not lost", async () => {
    const cache = open({}, redis());
    const from = source();
    const release = from.hold();
    const reading = cache.read("racing", from.load);
    await eventually("the load", () => from.loads === 1);
    from.set("two");
    cache.changed("racing");
    release();
    expect(await reading).toBe("two");
    expect(await cache.read("racing", from.load)).toBe("two");
  });
}

describe("without Redis", () => {
  changesReachAll(() => undefined);

  test("what was announced while the bus had no connection is made up for when it is back", async () => {
    const [here, there] = [open(), open()];
    const from = source();
    for (const node of [here, there]) await node.read("lost", from.load);
    const buses = "pg_stat_activity where application_name = 'cached cache' and datname = current_database()";
    await eventually(
      "both connections",
      async () => (await context.db.sql.query(`select from ${buses}`)).rowCount === 2,
    );
    await context.db.sql.query(`select pg_terminate_backend(pid) from ${buses}`);
    from.set("two");
    here.changed("lost");
    await eventually("the change there", async () => (await there.read("lost", from.load)) === "two");
  });
});

describeWith("redis-server", "with Redis", (program) => {
  let url = "";
  let redis: Awaited<ReturnType<typeof startRedis>>;
  beforeAll(async () => {
    redis = await startRedis(program);
    url = redis.url;
  });
  afterAll(() => redis.close());
  changesReachAll(() => url);

  test("a process that starts finds what others have loaded", async () => {
    const from = source();
    const [here, there] = [open({}, url), open({}, url)];
    await eventually("a value that came from Redis", async () => {
      const key = `shared-${from.loads}`;
      const loads = from.loads;
      await here.read(key, from.load);
      await there.read(key, from.load);
      return from.loads === loads + 1;
    });
  });

  test("a process that ends before it ever had Redis says so, and ends", async () => {
    const own = await startRedis(program);
    await own.close();
    const errors: unknown[] = [];
    const note = (error: unknown) => errors.push(error);
    process.on("unhandledRejection", note);
    try {
      const lines: string[] = [];
      const log = createLog({ level: "warn", name: "test" }, { write: (line) => lines.push(line) });
      const cache = openCache({ databaseUrl: context.url, redisUrl: own.url, name: "test", log });
      expect(await cache.read("a", source().load)).toBe("one");
      await cache.close();
      await eventually("the end of the subscription", () =>
        lines.some((line) => line.includes("does not hear of changes")),
      );
      await setImmediate();
    } finally {
      process.off("unhandledRejection", note);
    }
    expect(errors).toEqual([]);
  });

  test("Redis going down is not noticed by readers", async () => {
    const own = await startRedis(program);
    const cache = open({ ttlMs: 1 }, own.url);
    const from = source();
    await cache.read("a", from.load);
    await own.close();
    from.set("two");
    await eventually("the new value", async () => (await cache.read("a", from.load)) === "two");
    expect(await cache.read("cold", source("cold").load)).toBe("cold");
  });
});

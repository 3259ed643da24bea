import fc from "fast-check";
import pg from "pg";
import { expect, it } from "vitest";
import { createTestDatabase } from "../../test/database.ts";
import { countRows, sorted, untilCountable, writeEvents } from "../../test/order-events.ts";
import { countOrderEvents } from "../shop/orders/counts.ts";
import { readCounts, readSeconds } from "./counts-store.ts";
import { EventCounter } from "./event-counter.ts";

const base = Math.floor(Date.now() / 1_000) - 900;
const writers = [0, 1, 2];

/** `restart` and a `frame` without its `record` are a console killed between two steps. */
const move = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ act: fc.constant("write"), who: fc.nat(2), n: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constantFrom("commit", "rollback"), who: fc.nat(2), n: fc.constant(0) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constantFrom("frame", "record", "restart"),
      who: fc.nat(1),
      n: fc.constant(0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("silence"), who: fc.constant(0), n: fc.constant(0) }),
  },
);

async function play(
  pool: pg.Pool,
  script: readonly { act: string; who: number; n: number }[],
): Promise<void> {
  const clients = await Promise.all(writers.map(() => pool.connect()));
  const open = new Set<pg.PoolClient>();
  const startConsole = async () => {
    const counter = new EventCounter(pool, { count: (from, until) => countOrderEvents(pool, from, until) });
    return { counter, seen: await counter.load(0) };
  };
  const consoles = [await startConsole(), await startConsole()];
  for (const [index, { act, who, n }] of script.entries()) {
    const client = clients[who];
    const one = consoles[who];
    if (act === "write" && client) {
      if (!open.has(client)) await client.query("begin");
      open.add(client);
      const at = new Date((base + index * 17) * 1_000);
      await writeEvents(client, new Array(n).fill({ at }));
    } else if ((act === "commit" || act === "rollback") && client) {
      if (open.delete(client)) await client.query(act);
    } else if (act === "silence") {
      await pool.query("update live_cursor set moved_at = moved_at - interval '1 minute'");
    } else if (act === "restart") {
      consoles[who] = await startConsole();
    } else if (one) {
      const batch = await one.counter.next();
      one.seen.push(...batch.rows);
      if (act === "record") await one.counter.record(batch);
    }
  }
  for (const client of open) await client.query("commit");
  for (const client of clients) client.release();
  await untilCountable(pool);
  for (const { counter, seen } of consoles) {
    seen.push(...(await counter.next()).rows);
    expect(sorted(seen)).toEqual(await countRows(pool, 1));
  }
  await startConsole();
  expect(sorted((await readSeconds(pool, 0)).rows)).toEqual(await countRows(pool, 1));
  for (const stepS of [60, 3600]) {
    const rollups = await readCounts(pool, { stepS, from: 0, to: base + 86_400, binS: stepS });
    expect(sorted(rollups)).toEqual(await countRows(pool, stepS));
  }
}

it("A5: sums over frames and over rollups equal the rows, whatever writers and consoles do or die of", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 10, maxLength: 40 }), async (script) => {
      const { url, drop } = await createTestDatabase();
      const pool = new pg.Pool({ connectionString: url, max: 12 });
      try {
        await play(pool, script);
      } finally {
        await pool.end();
        await drop();
      }
    }),
    { numRuns: 20 },
  );
}, 60_000);

import { addCodes, type BenchShop, withBenchShop } from "./bench-shop.ts";
import { startChild } from "./child.ts";
import { median, print } from "./figures.ts";
import type { ReadLoad, ReadLoadResult } from "./read-load.ts";

const products = 50;
const codesEach = 200;
const rounds = 3;
const seconds = 4;
const connections = 32;

/** The list of products over HTTP: from a node with its cache, and from one that asks the database each time. */
export const benchCache = (): Promise<void> => withBenchShop(measure);

async function measure({ client, startNode }: BenchShop): Promise<void> {
  for (let n = 1; n <= products; n++) await addCodes(client, `BENCH-${n}`, codesEach);
  await client.query("vacuum analyze");
  const kept = await startNode("bench-cache");
  const asking = await startNode("bench-database", { CACHE: "off" });
  const load = startChild<ReadLoadResult>(new URL("read-load.ts", import.meta.url), {});
  const read = async (node: { url: string }, more: Partial<ReadLoad> = {}): Promise<ReadLoadResult> => {
    load.send({ url: `${node.url}/api/products`, connections, seconds, ...more });
    const result = await load.next();
    if (result.others > 0.01 * result.perSecond * seconds)
      throw new Error(`void: ${result.others} reads failed or were refused`);
    return result;
  };
  try {
    const answer = await fetch(`${kept.url}/api/products`);
    const bytes = (await answer.arrayBuffer()).byteLength;
    const headers = { "if-none-match": answer.headers.get("etag") ?? "" };
    await read(kept, { seconds: 2 });
    await read(asking, { seconds: 2 });
    const runs: { cached: ReadLoadResult; database: ReadLoadResult; known: ReadLoadResult }[] = [];
    for (let round = 1; round <= rounds; round++) {
      const [cached, database] = [await read(kept), await read(asking)];
      runs.push({ cached, database, known: await read(kept, { headers }) });
    }
    const show = (of: "cached" | "database" | "known") =>
      `${median(runs.map((run) => run[of].perSecond)).toFixed(0)}/s, p50 ${median(runs.map((run) => run[of].p50Ms))} ms, p99 ${median(runs.map((run) => run[of].p99Ms))} ms`;
    print(`list of ${products} products, ${(bytes / 1024).toFixed(1)} KB, ${connections} clients`);
    print(`from the cache             ${show("cached")}`);
    print(`from the database          ${show("database")}`);
    print(
      `ratio                      ${median(runs.map((run) => run.cached.perSecond / run.database.perSecond)).toFixed(1)}`,
    );
    print(`from the cache, 304        ${show("known")}`);
  } finally {
    await load.stop();
    await kept.stop();
    await asking.stop();
  }
}

import { type BenchShop, withBenchShop } from "./bench-shop.ts";
import { median, print } from "./figures.ts";
import type { LoadResult } from "./load.ts";
import { order, seedStock, startLoad } from "./shop-node.ts";

/** Two make one ratio, and an odd number of ratios has a middle. */
const rounds = 14;
const seconds = 5;
const connections = 96;
const codes = 1_600_000;

/** Orders over HTTP from a node that drills could strike, while none does, beside one without a place to be struck at. */
export const benchFaultPoints = (): Promise<void> => withBenchShop(measure);

async function measure({ client, startNode }: BenchShop): Promise<void> {
  await seedStock(client, codes);
  await client.query("vacuum analyze");
  await client.query("checkpoint");
  const nodes = {
    with: await startNode("bench-with"),
    without: await startNode("bench-without", { FAULT_POINTS: "off" }),
  };
  const load = startLoad();
  const run = (which: keyof typeof nodes, forS = seconds) =>
    order(load, { url: nodes[which].url, connections, seconds: forS });
  try {
    await run("with", 3);
    await run("without", 3);
    const results: Record<keyof typeof nodes, LoadResult>[] = [];
    for (let round = 1; round <= rounds; round++) {
      // Whoever comes second finds more rows and another checkpoint; so they take turns at it.
      const pair =
        round % 2 === 0
          ? { with: await run("with"), without: await run("without") }
          : { without: await run("without"), with: await run("with") };
      results.push(pair);
      print(
        `round ${round}: with fault points ${pair.with.perSecond.toFixed(0)}/s, without ${pair.without.perSecond.toFixed(0)}/s`,
      );
    }
    const show = (which: keyof typeof nodes) =>
      `${median(results.map((pair) => pair[which].perSecond)).toFixed(0)}/s, p99 ${median(results.map((pair) => pair[which].p99Ms))} ms`;
    // Two rounds in which each was first once make one ratio.
    const ratios = results.flatMap((pair, index) => {
      const other = results[index + 1];
      return index % 2 === 0 && other
        ? [(pair.with.perSecond + other.with.perSecond) / (pair.without.perSecond + other.without.perSecond)]
        : [];
    });
    print(`with fault points, none active   ${show("with")}`);
    print(`without fault points             ${show("without")}`);
    print(
      `with / without                   ${median(ratios).toFixed(3)} of ${ratios.map((ratio) => ratio.toFixed(3)).join(", ")}   (goal 0.99)`,
    );
  } finally {
    await load.stop();
    await nodes.with.stop();
    await nodes.without.stop();
  }
}

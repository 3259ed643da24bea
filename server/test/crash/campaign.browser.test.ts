import { beforeAll, expect, it } from "vitest";
import { buildBundles } from "../browser.ts";
import { optionalBinary } from "../optional.ts";
import { runCampaign } from "./campaign.ts";
import { whyFailed } from "./verdict.ts";

beforeAll(buildBundles);

const redis = optionalBinary("redis-server") !== undefined;
/** One whose plan has what so few orders may lack: failures that are left to their tickets. */
const seed = 28;

it("S1–S6, P1–P7, D1, D2, D4, A1, A2, A5: whatever is killed, nothing is lost, doubled or stuck", async () => {
  const kills = 12;
  const orders = 500;
  const report = await runCampaign({
    // Each kind of process once, and as many named steps.
    ...{ seed, redis, kills, orders, buyers: 24, hurry: true },
    print: () => undefined,
  });
  const again = `npm run crash -- --seed ${seed} --kills ${kills} --orders ${orders} --hurry${redis ? " --redis" : ""}`;
  expect(report.violations, again).toEqual([]);
  // What is armed late in so short a run may find nobody to suffer it.
  expect(whyFailed(report, { kills: 8, orders }), again).toEqual([]);
  expect(report.looks.done, again).toBeGreaterThan(3);
}, 400_000);

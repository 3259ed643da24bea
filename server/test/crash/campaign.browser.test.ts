import { beforeAll, expect, it } from "vitest";
import { buildBundles } from "../browser.ts";
import { optionalBinary } from "../optional.ts";
import { runCampaign } from "./campaign.ts";

beforeAll(buildBundles);

const redis = optionalBinary("redis-server") !== undefined;
const seed = 20;

it("S1–S6, P1–P7, D1, D2, A1, A2, A5: whatever is killed, nothing is lost, doubled or stuck", async () => {
  const { violations, kills, unreached, accepted, looks } = await runCampaign({
    // Each kind of process once, and as many named steps.
    ...{ seed, redis, kills: 12, orders: 500, buyers: 24, hurry: true },
    print: () => undefined,
  });
  const again = `npm run crash -- --seed ${seed} --kills 12 --orders 500 --hurry${redis ? " --redis" : ""}`;
  expect(violations, again).toEqual([]);
  expect(
    { unreached, enoughKills: kills >= 8, enoughOrders: accepted > 450, looked: looks.done > 3 },
    again,
  ).toEqual({
    unreached: [],
    enoughKills: true,
    enoughOrders: true,
    looked: true,
  });
}, 400_000);

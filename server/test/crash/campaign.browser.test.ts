import { beforeAll, expect, it } from "vitest";
import { buildBundles } from "../browser.ts";
import { describeWith } from "../optional.ts";
import { runCampaign } from "./campaign.ts";

beforeAll(buildBundles);

/** Another one each day, so that in time all moments are struck; a failure prints the one to replay. */
const seed = Math.floor(Date.now() / 86_400_000);

describeWith("redis-server", "a short crash campaign", () => {
  it("S1–S6, P1–P7, D1, D2, A1, A2, A5: whatever is killed, nothing is lost, doubled or stuck", async () => {
    const redis = seed % 2 === 0;
    const { violations, kills, unreached, accepted } = await runCampaign({
      ...{ seed, redis, kills: 10, orders: 700, buyers: 24, hurry: true },
      print: () => undefined,
    });
    const again = `npm run crash -- --seed ${seed} --kills 10 --orders 700 --hurry${redis ? " --redis" : ""}`;
    expect(violations, again).toEqual([]);
    expect({ unreached, enoughKills: kills >= 6, enoughOrders: accepted > 600 }, again).toEqual({
      unreached: [],
      enoughKills: true,
      enoughOrders: true,
    });
  }, 240_000);
});

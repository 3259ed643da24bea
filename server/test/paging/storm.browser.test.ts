import { beforeAll, expect, it } from "vitest";
import { buildBundles } from "../browser.ts";
import { runStorm } from "./storm.ts";

beforeAll(buildBundles);

const seed = 20;

it("O1, O2: whatever is killed and whoever is silent, every page is delivered, or escalated with a reason", async () => {
  const { violations, kills, unreached, pages, outcomes, turns } = await runStorm({
    ...{ seed, pages: 200, kills: 6, people: 40, hurry: true },
    print: () => undefined,
  });
  const again = `npm run page-storm -- --seed ${seed} --pages 200 --kills 6 --people 40 --hurry`;
  expect(violations, again).toEqual([]);
  expect(
    {
      unreached,
      ...{ enoughKills: kills >= 4, morePages: pages > 200 },
      ...{ someExhausted: (outcomes.exhausted ?? 0) > 0, someEscalated: (turns.not_acknowledged ?? 0) > 0 },
    },
    again,
  ).toEqual({
    unreached: [],
    ...{ enoughKills: true, morePages: true, someExhausted: true, someEscalated: true },
  });
}, 300_000);

import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { SandboxKeys } from "../../src/platform/sandbox-keys.ts";
import { eventually } from "../poll.ts";
import { newSandboxKeys, SandboxMerchant } from "../sandbox-merchant.ts";
import { createBadDays, planBadDays } from "./bad-days.ts";

let keys: SandboxKeys;
let merchant: SandboxMerchant;
beforeAll(async () => {
  keys = await newSandboxKeys();
});
beforeEach(async () => {
  merchant = await SandboxMerchant.start(keys);
});
afterEach(() => merchant.stop());

it("a company keeps its day although the sandbox was restarted, and one that nobody heard of is not counted as had", async () => {
  const over = new AbortController();
  const badDays = createBadDays(merchant.sandboxUrl, 7, 330);
  const [first, second] = planBadDays(7, 330);
  const now = async (): Promise<unknown[]> => (await merchant.call("GET", "/behaviour")).body.items;
  const isNow = async (wanted: unknown) =>
    (await now()).some((each) => JSON.stringify(each) === JSON.stringify(wanted));
  const keeping = badDays.keep(over.signal);
  badDays.at(first?.atOrder ?? 0);
  await eventually("the first day", () => isNow(first?.behaviour));
  await merchant.restartSandbox();
  expect(await now()).toEqual([]);
  await eventually("the first day again", () => isNow(first?.behaviour));
  over.abort();
  await keeping;
  badDays.at(second?.atOrder ?? 0);
  expect(badDays.tally()).toEqual({ had: 1, toldAgain: 1, unnoticed: 1 });
});

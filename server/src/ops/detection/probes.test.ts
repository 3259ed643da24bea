import { expect, test } from "vitest";
import { eventually } from "../../../test/poll.ts";
import { systemClock } from "../../platform/clock.ts";
import { createLog } from "../../platform/log.ts";
import { Prober, probing } from "./probes.ts";

const log = createLog({ level: "silent", name: "test" });
const gauge = "channel_probe_failures" as const;

/** Nothing else of this process happens until it is over. */
function holdUp(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

/** Asks a company that answers first and then `answers`, until it was asked so often; its failures then. */
async function failuresAfter(asks: number, answer: () => boolean | Promise<boolean>): Promise<number> {
  let asked = 0;
  const ask = async () => (asked++ === 0 ? true : await answer());
  const probe = { gauge, labels: { channel: "alipay" }, ask };
  const prober = new Prober([probe], { clock: systemClock, log, onFailure: () => undefined });
  await eventually("it was asked", () => asked > asks, 15_000);
  await prober.stop();
  return prober.values(gauge, systemClock.now())?.[0]?.value ?? 0;
}

test("a refusal counts at once, and again after a moment", async () => {
  expect(await failuresAfter(2, () => false)).toBeGreaterThanOrEqual(2);
});

test("what was not answered while this process itself was held up says nothing of the company", async () => {
  const failures = await failuresAfter(2, async () => {
    holdUp(probing.heldUpMs * 2);
    return false;
  });
  expect(failures).toBe(0);
});

test("being held up again and again is no excuse for ever", async () => {
  const failures = await failuresAfter(probing.mostExcused + 2, async () => {
    holdUp(probing.heldUpMs * 2);
    return false;
  });
  expect(failures).toBeGreaterThan(0);
});

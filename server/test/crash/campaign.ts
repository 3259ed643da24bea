import { faultPoints } from "../../src/platform/faultpoint.ts";
import { seededRandom } from "../../src/sandbox/shoppers/random.ts";
import { checkRows, type Violation } from "../../src/shop/invariants/actions.ts";
import { isLogged, summarize } from "../logged.ts";
import { eventually } from "../poll.ts";
import { checkAccounts } from "./accounts.ts";
import { createBadDays } from "./bad-days.ts";
import { checkSteps } from "./beacons.ts";
import { readBooks } from "./books.ts";
import { codesOf, read } from "./buyer.ts";
import { checkBooks, checkMemory, readKnownLosses } from "./check-books.ts";
import { keepExpiring } from "./expiring.ts";
import { unforeseenFailures } from "./failures.ts";
import { load } from "./load.ts";
import { keepLooking, type Looks } from "./looks.ts";
import { checkLostCallbacks } from "./lost-callbacks.ts";
import { type Market, newMemory } from "./memory.ts";
import { keepNotingOutages, type Outage, silences } from "./outages.ts";
import { readOutcomes } from "./outcomes.ts";
import { keepRepairing } from "./repairs.ts";
import { processorSeconds, type Report } from "./report.ts";
import { keepHurrying, settle } from "./settle.ts";
import { checkShown } from "./shown.ts";
import { openStock } from "./stock.ts";
import { keepFollowing } from "./streams.ts";
import { createStriker } from "./striker.ts";
import { settleTickets } from "./tickets.ts";
import { call } from "./wire.ts";
import { openWorld, type World } from "./world.ts";

export interface CampaignOptions {
  seed: number;
  kills: number;
  orders: number;
  redis: boolean;
  /** Buyers at once. */
  buyers: number;
  /** Lets leases and pauses run out at the end instead of waiting for them. */
  hurry: boolean;
  /** Ends the load before its time: what was begun comes to rest and is checked. */
  enough?: AbortSignal;
  /** Breaks the campaign off: its product is stopped, and the reason thrown. */
  signal?: AbortSignal;
  print(line: string): void;
}

/** Of what the product said before a campaign came to no end. */
const lastLines = 200;

/** A busy machine starts the sandbox, which reads the books of the whole campaign first, in its own time. */
const sandboxBackMs = 300_000;

/** The whole product under load while its processes are killed; then everything comes to rest and is checked. */
export async function runCampaign(options: CampaignOptions): Promise<Report> {
  const random = seededRandom(options.seed ^ 0xd1ce);
  const world = await openWorld({ redis: options.redis, random });
  try {
    return await Promise.race([play(world, options), whenBrokenOff(options.signal)]);
  } catch (error) {
    // Its folder is about to go, and with it whatever could tell why.
    if (!options.signal?.aborted)
      for (const line of world.product.lines.slice(-lastLines)) options.print(line);
    throw error;
  } finally {
    await world.close();
  }
}

const whenBrokenOff = (signal: AbortSignal | undefined) =>
  new Promise<never>((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

async function play(world: World, options: CampaignOptions): Promise<Report> {
  const { seed, orders, print } = options;
  const memory = newMemory();
  const stock = await openStock(world.product, seed, orders);
  const expiring = new Set<string>();
  const market: Market = {
    shopUrl: world.product.shopUrl,
    sandboxUrl: world.product.sandboxUrl,
    memory,
    letExpire: (orderId) => expiring.add(orderId),
  };
  const striker = createStriker(world, options);
  const badDays = createBadDays(market.sandboxUrl, seed, orders);
  const background = new AbortController();
  const staff = new AbortController();
  const repairing = keepRepairing(world, memory, staff.signal);
  const following = Promise.all([keepFollowing(market, staff.signal), badDays.keep(staff.signal)]);
  following.catch(() => undefined);
  const violations: Violation[] = [];
  const looks: Looks = { done: 0, missed: 0 };
  const outages: Outage[] = [];
  const side = Promise.all([
    keepExpiring(world, expiring, background.signal),
    keepLooking(world, looks, violations, background.signal),
    keepNotingOutages(world, outages, background.signal),
    ...(options.hurry ? [keepHurrying(world, background.signal)] : []),
  ]);
  // Its error is thrown where it is awaited, and not before.
  side.catch(() => undefined);
  const begun = performance.now();
  const tenth = Math.ceil(orders / 10);
  const begunOrders = await load(market, options, (n) => {
    if (n > 0 && n % tenth === 0)
      print(`${n} orders begun after ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
    striker.at(n);
    badDays.at(n);
    stock.at(n);
  });
  await striker.idle();
  await stock.idle();
  staff.abort();
  await repairing;
  await following;
  const loadSeconds = (performance.now() - begun) / 1_000;
  print(`load is over after ${loadSeconds.toFixed(1)} s, ${(begunOrders / loadSeconds).toFixed(0)} orders/s`);

  const unstruck = world.faults.planted();
  world.faults.disarm();
  await call("DELETE", `${market.sandboxUrl}/behaviour`);
  // Back at once, with every callback that was neither acknowledged nor lost.
  await world.kill("sandbox");
  await eventually(
    "the sandbox is back",
    async () => (await call("GET", `${market.sandboxUrl}/readyz`))?.status === 200,
    sandboxBackMs,
  );
  const settling = performance.now();
  violations.push(...(await settle(world)), ...(await settleTickets(world)));
  background.abort();
  await side;
  print(`processor seconds: ${await processorSeconds(world)}`);
  const settleSeconds = (performance.now() - settling) / 1_000;
  print(`at rest after ${settleSeconds.toFixed(1)} s`);

  const books = await readBooks(world.product.dataDir);
  for (const line of unforeseenFailures(world.product.lines)) memory.surprises.push(line);
  const { lost, violations: late } = await checkLostCallbacks(world.sql, books, [
    ...outages,
    ...silences(badDays.spells()),
  ]);
  const readCodes = async (id: string) =>
    codesOf(await read(market, { id, token: memory.accepted.get(id)?.token ?? "" }));
  violations.push(
    ...late,
    ...(await checkShown(memory, readCodes)),
    ...(await checkRows(world.sql)),
    ...(await checkBooks(world.sql, books)),
    ...(await checkMemory(world.sql, memory)),
    ...(await checkAccounts(world.sql, memory, books)),
    ...(await checkSteps(world.sql, memory)),
  );
  const tally = async (of: string): Promise<Record<string, number>> => {
    const { rows } = await world.sql.query<{ what: string; n: number }>(
      `select what, count(*)::int n from ${of} group by 1 order by 2 desc`,
    );
    return Object.fromEntries(rows.map(({ what, n }) => [what, n]));
  };
  const confirmed = await tally("(select verdict what from payment_notices where confirmed_by is not null)");
  const reached = world.faults.reached();
  return {
    seed,
    begun: begunOrders,
    ...striker.tally(unstruck),
    unstruck,
    unreached: faultPoints.filter((point) => !reached.includes(point)),
    accepted: memory.accepted.size,
    statuses: await tally("(select status what from orders)"),
    outcomes: await readOutcomes(world.sql, memory, seed),
    lost,
    badDays: badDays.tally(),
    knownLosses: await readKnownLosses(world.sql, books),
    passing: Object.fromEntries(memory.passing),
    refused: Object.fromEntries(memory.refused),
    steps: memory.steps.size,
    corrected: memory.corrected.size,
    confirmed: Object.values(confirmed).reduce((sum, n) => sum + n, 0),
    streams: memory.streams,
    tickets: await tally("(select cause what from tickets)"),
    loadSeconds,
    settleSeconds,
    looks,
    violations,
    logged: summarize(world.product.lines.filter(isLogged)),
    unlogged: world.product.lines.filter((line) => !isLogged(line)).slice(0, 500),
  };
}

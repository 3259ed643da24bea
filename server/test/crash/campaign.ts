import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { faultPoints } from "../../src/platform/faultpoint.ts";
import { seededRandom } from "../../src/sandbox/shoppers/random.ts";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import { checkMoment, checkRows } from "../../src/shop/invariants/actions.ts";
import { isLogged, summarize } from "../logged.ts";
import { eventually } from "../poll.ts";
import { checkAccounts, correctAccount } from "./accounts.ts";
import { checkSteps, sendBeacons } from "./beacons.ts";
import { readBooks } from "./books.ts";
import { buy, type Market, type Memory, newMemory } from "./buyer.ts";
import { checkBooks, checkMemory } from "./check-books.ts";
import { planOrder, type Script } from "./plan.ts";
import { keepRepairing } from "./repairs.ts";
import { hurryOn, settle } from "./settle.ts";
import { openStock } from "./stock.ts";
import { keepFollowing } from "./streams.ts";
import { createStriker } from "./striker.ts";
import { settleTickets } from "./tickets.ts";
import { call } from "./wire.ts";
import { openWorld, unlessAway, type World } from "./world.ts";

export interface CampaignOptions {
  seed: number;
  kills: number;
  orders: number;
  redis: boolean;
  /** Buyers at once. */
  buyers: number;
  /** Lets leases and pauses run out at the end instead of waiting for them. */
  hurry: boolean;
  /** Breaks the campaign off: its product is stopped, and the reason thrown. */
  signal?: AbortSignal;
  print(line: string): void;
}

export interface Report {
  seed: number;
  kills: number;
  killsOf: Record<string, number>;
  disturbances: number;
  /** Armed, and passed by nobody until the end. */
  unstruck: string[];
  unreached: string[];
  accepted: number;
  statuses: Record<string, number>;
  passing: Record<string, number>;
  refused: Record<string, number>;
  /** Visits whose steps were answered as written. */
  steps: number;
  /** Buyers who named another account than the one that does not exist. */
  corrected: number;
  /** Payments that staff confirmed, because the company said that the money had come. */
  confirmed: number;
  /** Pages that followed an order while processes died under them. */
  streams: Memory["streams"];
  tickets: Record<string, number>;
  loadSeconds: number;
  settleSeconds: number;
  /** Looks in the middle of it all, and those that found PostgreSQL away. */
  looks: { done: number; missed: number };
  violations: Violation[];
  /** What the product logged, by message. */
  logged: Record<string, number>;
  /** Lines that are no log, such as the stack of what ended a process. */
  unlogged: string[];
}

/** Of what the product said before a campaign came to no end. */
const lastLines = 200;

/** A busy machine starts the sandbox, which reads the books of the whole campaign first, in its own time. */
const sandboxBackMs = 300_000;

/** Between two looks so many times as long as a look takes, and never less than two seconds. */
const looksRest = 20;
const leastRestMs = 2_000;

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
  const background = new AbortController();
  const staff = new AbortController();
  const repairing = keepRepairing(world, memory, staff.signal);
  const following = keepFollowing(market, staff.signal);
  following.catch(() => undefined);
  const violations: Violation[] = [];
  const looks = { done: 0, missed: 0 };
  const side = Promise.all([
    keepExpiring(world, expiring, background.signal),
    keepLooking(world, looks, violations, background.signal),
    ...(options.hurry ? [keepHurrying(world, background.signal)] : []),
  ]);
  // Its error is thrown where it is awaited, and not before.
  side.catch(() => undefined);
  const begun = performance.now();
  const tenth = Math.ceil(orders / 10);
  await load(market, options, (n) => {
    if (n > 0 && n % tenth === 0)
      print(`${n} orders begun after ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
    striker.at(n);
    stock.at(n);
  });
  await striker.idle();
  await stock.idle();
  staff.abort();
  await repairing;
  await following;
  const loadSeconds = (performance.now() - begun) / 1_000;
  print(`load is over after ${loadSeconds.toFixed(1)} s, ${(orders / loadSeconds).toFixed(0)} orders/s`);

  const unstruck = world.faults.planted();
  world.faults.disarm();
  await call("DELETE", `${market.sandboxUrl}/behaviour`);
  // Back at once, with every callback that was not acknowledged.
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
  violations.push(
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
    ...striker.tally(unstruck),
    unstruck,
    unreached: faultPoints.filter((point) => !reached.includes(point)),
    accepted: memory.accepted.size,
    statuses: await tally("(select status what from orders)"),
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

/** Buyers one after another in a number of queues; those who wait for an order to expire wait beside them. */
async function load(market: Market, options: CampaignOptions, onBegin: (n: number) => void): Promise<void> {
  const waiting = new Set<Promise<void>>();
  let next = 0;
  const track = (work: Promise<void>): Promise<void> => {
    const tracked = work.finally(() => waiting.delete(tracked));
    waiting.add(tracked);
    return tracked;
  };
  const queue = async () => {
    while (next < options.orders) {
      const script = planOrder(options.seed, next++);
      onBegin(script.n);
      const visit = track(buy(market, script).then((paid) => afterwards(market, script, paid)));
      void track(sendBeacons(market, script));
      // Those who wait for something to happen do not keep the next from coming.
      const waits = script.watches || script.corrects !== undefined;
      if (script.way !== "pay_late" && script.way !== "hoard" && !waits) await visit;
    }
  };
  await Promise.all(Array.from({ length: options.buyers }, queue));
  await Promise.all(waiting);
}

async function afterwards(market: Market, script: Script, paid: PlacedOrder | undefined): Promise<void> {
  const { corrects: account, address } = script;
  if (paid && account !== undefined) await correctAccount(market, paid, { account, address });
}

/** Time flies for those who do not pay: their hold has run out. */
async function keepExpiring(world: World, expiring: Set<string>, signal: AbortSignal): Promise<void> {
  // What is locked just now is left for the next round: waiting for it could deadlock with the product.
  const text = `with given as (select unnest($1::uuid[]) as id), waiting as (
      select id from orders where id in (select id from given) and status = 'awaiting_payment'
    ), free as (
      select id from orders where id in (select id from waiting) for update skip locked
    ), ended as (
      update orders o set expires_at = now() from free where o.id = free.id returning o.id
    )
    select id from given where id not in (select id from waiting) or id in (select id from ended)`;
  while (!signal.aborted) {
    if (expiring.size > 0) {
      const done = await unlessAway(() => world.sql.query<{ id: string }>(text, [[...expiring]]));
      for (const { id } of done?.rows ?? []) expiring.delete(id);
    }
    await delay(300);
  }
}

/** Leases of the dead run out at once, and so do those of the living: theirs must not be trusted either. */
async function keepHurrying(world: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(2_000, undefined, { signal }).catch(() => undefined);
    await unlessAway(() => hurryOn(world));
  }
}

/** What holds at every moment is looked at in the middle of it all. */
async function keepLooking(
  world: World,
  looks: Report["looks"],
  violations: Violation[],
  signal: AbortSignal,
): Promise<void> {
  let restMs = leastRestMs;
  while (!signal.aborted) {
    await delay(restMs, undefined, { signal }).catch(() => undefined);
    const begun = performance.now();
    const found = await unlessAway(() => checkMoment(world.sql));
    restMs = Math.max(leastRestMs, looksRest * (performance.now() - begun));
    if (found) looks.done += 1;
    else looks.missed += 1;
    if (violations.length < 10)
      violations.push(...(found ?? []).map((each) => ({ ...each, what: `${each.what}, under way` })));
  }
}

/** What each process has used since its last start. */
async function processorSeconds(world: World): Promise<string> {
  const used = await Promise.all(
    (await world.children()).map(async ({ name, pid }) => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      const fields = stat.slice(stat.lastIndexOf(")")).split(" ");
      return `${name} ${((Number(fields[12]) + Number(fields[13])) / 100).toFixed(1)}`;
    }),
  );
  const own = process.cpuUsage();
  return [...used, `buyers ${((own.user + own.system) / 1e6).toFixed(1)}`].join(", ");
}

import { setTimeout as delay } from "node:timers/promises";
import { type IncidentContext, transition } from "../../src/ops/incidents/actions.ts";
import { seededRandom } from "../../src/sandbox/shoppers/random.ts";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import { call, codeOf, persist } from "../crash/wire.ts";
import { isLogged, summarize } from "../logged.ts";
import { type Books, checkBooks, countDuplicates, type Duplicates, readBooks } from "./books.ts";
import { checkPages } from "./check-pages.ts";
import { declarant, hire, openDesk } from "./desk.ts";
import { type PagePlan, planPage, planReach, planStrikes, type Strike, stormPoints } from "./plan.ts";
import { keepHurrying, settle } from "./settle.ts";
import { alertsToken, openPagingWorld, type PagingWorld } from "./world.ts";

export interface StormOptions {
  seed: number;
  pages: number;
  kills: number;
  people: number;
  /** Lets leases, patience and waits run out early instead of waiting for them. */
  hurry: boolean;
  print(line: string): void;
}

export interface Report {
  seed: number;
  raised: number;
  /** Messages to people that came of it: steps of escalations, each to one person. */
  pages: number;
  outcomes: Record<string, number>;
  escalations: Record<string, number>;
  turns: Record<string, number>;
  kills: number;
  killsOf: Record<string, number>;
  badDays: number;
  unreached: string[];
  taken: { sms: number; push: number };
  duplicates: Duplicates;
  stormSeconds: number;
  settleSeconds: number;
  violations: Violation[];
  logged: Record<string, number>;
}

/** So many messages on their way, and no more are raised: a storm, but one whose every page can be waited for. */
const mostUnderWay = 400;
const queues = 4;
const patienceMs = 120_000;
const titleOf = (n: number) => `Page ${n}`;
const numberOf = (title: string) => Number(/^Page (\d+)$/.exec(title)?.[1] ?? Number.NaN);

/** Pages are raised while consoles die and companies have bad days; then everything comes to rest and is checked. */
export async function runStorm(options: StormOptions): Promise<Report> {
  const { seed, pages, people, print } = options;
  const random = seededRandom(seed ^ 0x57a7);
  const world = await openPagingWorld({ consoles: 2, random: seededRandom(seed ^ 0xc0) });
  const policies: string[] = [];
  const desk = await openDesk(
    world,
    (title) => policies[planPage(seed, numberOf(title), people).person] ?? "",
  );
  try {
    await world.ready();
    policies.push(
      ...(await hire(
        world,
        Array.from({ length: people }, (_, n) => planReach(seed, n)),
      )),
    );
    const background = new AbortController();
    const gauge = { underWay: 0 };
    const side = Promise.all([
      keepCounting(world, gauge, background.signal),
      keepAnswering(world, desk.incidents, options, background.signal),
      ...(options.hurry ? [keepHurrying(world, background.signal)] : []),
    ]);
    // Its error is thrown where it is awaited, and not before.
    side.catch(() => undefined);
    const striker = createStriker(world, options, random);
    const begun = performance.now();
    const tenth = Math.ceil(pages / 10);
    let next = 0;
    const raise = async () => {
      while (next < pages) {
        const plan = planPage(seed, next++, people);
        striker.at(plan.n);
        if (plan.n > 0 && plan.n % tenth === 0)
          print(`${plan.n} pages raised after ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
        while (gauge.underWay > mostUnderWay) await delay(50);
        if (plan.raisedBy === "staff") await desk.declare(titleOf(plan.n), plan.level);
        else await report(world, plan);
      }
    };
    await Promise.all(Array.from({ length: queues }, raise));
    await striker.idle();
    const stormSeconds = (performance.now() - begun) / 1_000;
    print(`the storm is over after ${stormSeconds.toFixed(0)} s`);
    const unstruck = world.faults.planted();
    world.faults.disarm();
    await call("DELETE", `${world.sandboxUrl}/behaviour`);
    const settling = performance.now();
    const violations = await settle(world);
    background.abort();
    await side;
    const settleSeconds = (performance.now() - settling) / 1_000;
    const books = await readBooks(world.sandboxUrl);
    violations.push(...(await checkPages(world.db.sql, pages)), ...(await checkBooks(world.db.sql, books)));
    return {
      ...{ seed, raised: pages, ...(await figures(world, books)) },
      ...striker.tally(unstruck),
      unreached: unreached(world),
      ...{ stormSeconds, settleSeconds, violations },
      logged: summarize(world.lines().filter(isLogged)),
    };
  } finally {
    await desk.close();
    await world.close();
  }
}

function unreached(world: PagingWorld): string[] {
  const reached = world.faults.reached();
  return stormPoints.filter((point) => !reached.includes(point));
}

/** As another system does it: again and again, at whichever console answers, until one has taken it. */
async function report(world: PagingWorld, { n, level }: PagePlan): Promise<void> {
  let tries = n;
  const body = [
    { labels: { alertname: `page-${n}`, level: String(level) }, annotations: { summary: titleOf(n) } },
  ];
  const answer = await persist(() => {
    const url = world.consoleUrls[tries++ % world.consoleUrls.length];
    const headers = { authorization: `Bearer ${alertsToken}` };
    return call("POST", `${url}/api/v2/alerts`, { body, headers });
  }, patienceMs);
  if (answer?.status !== 200)
    throw new Error(`page ${n} was answered ${answer?.status} ${answer ? codeOf(answer) : ""}`);
}

/** Strikes when so many pages have been raised. */
function createStriker(world: PagingWorld, options: StormOptions, random: () => number) {
  const strikes = planStrikes(options.seed, options);
  const done: Strike[] = [];
  const underway = new Set<Promise<void>>();
  const begin = async (strike: Strike): Promise<void> => {
    switch (strike.kind) {
      case "console":
        await world.kill(random);
        break;
      case "point":
        // Another fault may wait at the same point; it is taken sooner or later.
        while (!world.faults.plant(strike.point, { kind: "kill" })) await delay(100);
        break;
      case "company":
        await call("PUT", `${world.sandboxUrl}/behaviour`, { body: strike.behaviour });
        break;
      case "recovery":
        await call("DELETE", `${world.sandboxUrl}/behaviour`);
    }
    done.push(strike);
  };
  return {
    at(n: number) {
      while (strikes[0] && strikes[0].at <= n) {
        const strike = strikes.shift();
        if (!strike) return;
        const tracked = begin(strike).finally(() => underway.delete(tracked));
        underway.add(tracked);
      }
    },
    idle: async () => {
      await Promise.all(underway);
    },
    tally(unstruck: string[]) {
      const killsOf: Record<string, number> = {};
      for (const strike of done) {
        if (strike.kind !== "console" && strike.kind !== "point") continue;
        if (strike.kind === "point" && unstruck.includes(strike.point)) continue;
        const what = strike.kind === "console" ? "at random" : `at ${strike.point}`;
        killsOf[what] = (killsOf[what] ?? 0) + 1;
      }
      return {
        ...{ kills: world.deaths(), killsOf },
        badDays: done.filter(({ kind }) => kind === "company").length,
      };
    },
  };
}

async function keepCounting(
  { db }: PagingWorld,
  gauge: { underWay: number },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const { rows } = await db.sql.query(
      "select count(*)::int n from notifications where next_at is not null",
    );
    gauge.underWay = rows[0]?.n ?? 0;
    await delay(200);
  }
}

/** People who were reached acknowledge, or end what was none; others do nothing, and the next are called. */
async function keepAnswering(
  { db }: PagingWorld,
  incidents: IncidentContext,
  { seed, people }: StormOptions,
  signal: AbortSignal,
): Promise<void> {
  const answered = new Set<string>();
  while (!signal.aborted) {
    const { rows } = await db.sql.query<{ id: string; title: string }>(
      `select i.id, i.title->>'en' as title from escalations e join incidents i on i.id = e.incident_id
       where e.state = 'paging' and i.state = 'detected'
         and exists (select from escalation_pages p where p.escalation_id = e.id and p.state = 'reached')`,
    );
    for (const { id, title } of rows.filter((row) => !answered.has(row.id))) {
      answered.add(id);
      const n = numberOf(title);
      // What detection has noticed by itself is left to the escalation.
      const answer = Number.isNaN(n) ? "nothing" : planPage(seed, n, people).answer;
      if (answer !== "nothing")
        await transition(incidents, declarant, id, { to: answer === "end" ? "false_alarm" : "acknowledged" });
    }
    await delay(200);
  }
}

async function figures({ db }: PagingWorld, books: Books) {
  const counts = async (text: string): Promise<Record<string, number>> => {
    const { rows } = await db.sql.query<{ what: string; n: number }>(text);
    return Object.fromEntries(rows.map(({ what, n }) => [what, n]));
  };
  const outcomes = await counts(
    "select state as what, count(*)::int n from notifications where kind = 'page' group by 1 order by 2 desc",
  );
  return {
    outcomes,
    pages: Object.values(outcomes).reduce((sum, n) => sum + n, 0),
    escalations: await counts(
      "select state as what, count(*)::int n from escalations group by 1 order by 2 desc",
    ),
    turns: await counts(
      `select coalesce(facts->>'cause', type) as what, count(*)::int n from incident_events
       where type in ('escalation.paged', 'escalation.exhausted') group by 1 order by 2 desc`,
    ),
    taken: { sms: books.sms.length, push: books.push.length },
    duplicates: await countDuplicates(db.sql, books),
  };
}

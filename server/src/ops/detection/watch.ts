import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import type { Gauge } from "@orderwatch/shared/ops/detection.ts";
import { Alone } from "../../live/alone.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Sql } from "../../platform/db.ts";
import type { Faults } from "../../platform/faults/leases.ts";
import type { Logger } from "../../platform/log.ts";
import { listMismatches, type StockMismatch } from "../../shop/invariants/actions.ts";
import type { GaugeValue } from "./conditions-domain.ts";
import { type Probe, Prober } from "./probes.ts";
import {
  countFailedSignIns,
  countSoldAgain,
  countTicketBursts,
  countUnpaidAccounts,
  type DeliveryTruth,
  readDelivery,
} from "./truth-store.ts";

type Gauges = { [G in Gauge]?: readonly GaugeValue[] };

/** Paid orders wait this long at most before somebody has to look, in seconds. */
const patienceS = 60;
/** A figure that is older than this says nothing of now, in ms. */
const freshMs = 5_000;
/** What was counted in full stays true until the next count, which may take its time. */
const countedFreshMs = 60_000;
const soldAgainEveryMs = 5_000;
const strangersEveryMs = 3_000;
const mismatchEveryMs = 8_000;
/** Counting every code may take at most this share of a connection's time. */
const countingShare = 0.1;
const nextInLine = 500;
/** No product can be called so. */
const drilledSku = "(drill)";
/** After a start nodes get this long to link before it is an outage that none takes orders, in ms. */
const graceMs = 60_000;
/** An active node that has said nothing for this long takes no orders, in seconds. */
const silentNodeS = 6;
/** A node that is back at once was dead all the same; so long it counts as such, in ms. */
const deadForMs = 2_000;

interface Dated<T> {
  at: number;
  value: T;
}

export interface WatchContext {
  sql: Sql;
  clock: Clock;
  log: Logger;
  nodes: (now: Date) => readonly NodeSummary[];
  probes: readonly Probe[];
  /** Drills' faults: the count of the stock may come out wrong. */
  faults?: Faults | undefined;
  /** Something was noticed that should not wait for the next second. */
  onUrgent: () => void;
}

/** Reads what has no counter: nodes, rows, other companies. Nothing that it asks can hold up whoever asks it. */
export class Watch {
  readonly #context: WatchContext;
  readonly #alone: Alone;
  readonly #prober: Prober;
  readonly #startedAt: number;
  #hasSeenActive = false;
  readonly #alive = new Set<string>();
  readonly #lost = new Map<string, number>();
  /** Ticks since the database last answered: unlike time, they do not pass while this process is paused. */
  #unanswered = 0;
  #delivery: Dated<DeliveryTruth> | undefined;
  #bursts: Dated<{ code: string; tickets: number }[]> | undefined;
  #strangers: Dated<{ failedSignIns: number; unpaidAccounts: number }> | undefined;
  #soldAgain: Dated<number> | undefined;
  #mismatches: (Dated<StockMismatch[]> & { tookMs: number }) | undefined;

  constructor(context: WatchContext) {
    this.#context = context;
    this.#alone = new Alone(context.log);
    this.#startedAt = context.clock.now().getTime();
    const { clock, log, onUrgent } = context;
    this.#prober = new Prober(context.probes, { clock, log, onFailure: onUrgent });
  }

  nodeLost(id: string): void {
    this.#lost.set(id, this.#context.clock.now().getTime());
    this.#context.onUrgent();
  }

  /** True while the database has not answered for two seconds or more. */
  get isDatabaseSilent(): boolean {
    return this.#unanswered >= 2;
  }

  /** Begins to read what is due; resolves when all of it is there, or has failed. */
  async refresh(): Promise<void> {
    this.#unanswered += 1;
    const { sql, clock } = this.#context;
    const nowMs = clock.now().getTime();
    const isDue = (last: Dated<unknown> | undefined, everyMs: number) =>
      last === undefined || nowMs - last.at >= everyMs;
    const soldAgainDue = isDue(this.#soldAgain, soldAgainEveryMs);
    const strangersDue = isDue(this.#strangers, strangersEveryMs);
    const mismatchDue = isDue(
      this.#mismatches,
      Math.max(mismatchEveryMs, (this.#mismatches?.tookMs ?? 0) / countingShare),
    );
    await Promise.all([
      this.#alone.run("asking the database", async () => {
        await sql.query("select 1");
        this.#unanswered = 0;
      }),
      this.#alone.run("reading deliveries", async () => {
        const at = clock.now();
        this.#delivery = { at: at.getTime(), value: await readDelivery(sql, at, patienceS) };
      }),
      this.#alone.run("counting new tickets", async () => {
        const at = clock.now();
        this.#bursts = { at: at.getTime(), value: await countTicketBursts(sql, at) };
      }),
      strangersDue &&
        this.#alone.run("looking for attackers", async () => {
          const at = clock.now();
          const failedSignIns = await countFailedSignIns(sql, at);
          const unpaidAccounts = await countUnpaidAccounts(sql, at);
          this.#strangers = { at: at.getTime(), value: { failedSignIns, unpaidAccounts } };
        }),
      soldAgainDue &&
        this.#alone.run("looking for codes sold again", async () => {
          const at = clock.now().getTime();
          this.#soldAgain = { at, value: await countSoldAgain(sql, nextInLine) };
        }),
      mismatchDue &&
        this.#alone.run("counting the stock", async () => {
          const at = clock.now().getTime();
          const value = await listMismatches(sql);
          this.#mismatches = { at, value, tookMs: clock.now().getTime() - at };
        }),
    ]);
  }

  gauges(now: Date): Gauges {
    const nowMs = now.getTime();
    const fresh = <T>(dated: Dated<T> | undefined, forMs: number) =>
      dated && nowMs - dated.at <= forMs ? dated.value : undefined;
    const delivery = fresh(this.#delivery, freshMs);
    const bursts = fresh(this.#bursts, freshMs);
    const strangers = fresh(this.#strangers, strangersEveryMs + freshMs);
    const soldAgain = fresh(this.#soldAgain, countedFreshMs);
    const mismatches = fresh(
      this.#mismatches,
      Math.max(countedFreshMs, ((this.#mismatches?.tookMs ?? 0) * 2) / countingShare),
    );
    const channels = this.#prober.values("channel_probe_failures", now);
    const supplier = this.#prober.values("supplier_probe_failures", now);
    return {
      ...this.#nodeGauges(nowMs),
      database_silent_s: [{ labels: {}, value: this.#unanswered }],
      ...(channels ? { channel_probe_failures: channels } : {}),
      ...(supplier ? { supplier_probe_failures: supplier } : {}),
      ...(delivery ? deliveryGauges(delivery) : {}),
      ...(bursts
        ? { ticket_burst: bursts.map(({ code, tickets }) => ({ labels: { code }, value: tickets })) }
        : {}),
      ...(strangers
        ? {
            failed_sign_ins: one(strangers.failedSignIns),
            unpaid_accounts_on_device: one(strangers.unpaidAccounts),
          }
        : {}),
      ...(soldAgain === undefined ? {} : { code_delivered_twice: one(soldAgain) }),
      ...(mismatches ? stockGauges([...mismatches, ...this.#drilled()]) : {}),
    };
  }

  async stop(): Promise<void> {
    await this.#prober.stop();
    await this.#alone.settled();
  }

  /** What a drill has the count of the stock come out as. */
  #drilled(): StockMismatch[] {
    const { faults } = this.#context;
    if (faults?.held.stock_check === undefined) return [];
    return faults.active("stock_check").map((held) => {
      held.pass();
      const { finds, codes } = held.fault;
      return { sku: drilledSku, codes, missing: finds === "loss" ? codes : 0 };
    });
  }

  #nodeGauges(nowMs: number): Gauges {
    const nodes = this.#context.nodes(new Date(nowMs));
    const dead: GaugeValue[] = [];
    const skews: GaugeValue[] = [];
    const silent: GaugeValue[] = [];
    let active = 0;
    for (const { id, state, ageS, skewS = 0, databaseSilentS = 0 } of nodes) {
      const isThere = state === "active" || state === "standby";
      if (state === "active" && ageS < silentNodeS) active += 1;
      if (state === "active") silent.push({ labels: { node: id }, value: databaseSilentS });
      if (state === "dead" && this.#alive.delete(id) && !this.#lost.has(id)) this.#lost.set(id, nowMs);
      if (isThere) this.#alive.add(id);
      if (isThere && ageS < silentNodeS)
        skews.push({ labels: { node: id }, value: Math.abs(skewS), facts: { aheadS: skewS } });
      const lostAt = this.#lost.get(id);
      if (lostAt !== undefined && isThere && nowMs - lostAt > deadForMs) this.#lost.delete(id);
      dead.push({ labels: { node: id }, value: this.#lost.has(id) ? 1 : 0, facts: { state } });
    }
    const there = new Set(nodes.map(({ id }) => id));
    for (const id of this.#lost.keys()) if (!there.has(id)) this.#lost.delete(id);
    if (active > 0) this.#hasSeenActive = true;
    const isKnown = this.#hasSeenActive || nowMs - this.#startedAt > graceMs;
    return {
      dead_node: dead,
      clock_skew_s: skews,
      node_database_silent_s: silent,
      ...(isKnown ? { active_nodes: [{ labels: {}, value: active, facts: { nodes: nodes.length } }] } : {}),
    };
  }
}

const stockGauges = (found: readonly StockMismatch[]): Gauges => ({
  // Where codes are gone that is what is wrong, and the ledger differs because of it.
  stock_mismatch: found
    .filter(({ missing }) => missing === 0)
    .map(({ sku, codes }) => ({ labels: { sku }, value: codes })),
  codes_missing: found
    .filter(({ missing }) => missing > 0)
    .map(({ sku, missing }) => ({ labels: { sku }, value: missing })),
});

const one = (value: number): GaugeValue[] => [{ labels: {}, value }];

function deliveryGauges(truth: DeliveryTruth): Gauges {
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return {
    queue_lag_s: [
      { labels: { queue: "delivery" }, value: rounded(truth.deliveryLagS) },
      { labels: { queue: "settlement" }, value: rounded(truth.settlementLagS) },
    ],
    paid_without_code: one(truth.paidWithoutCode),
    recharges_retried: one(truth.rechargesRetried),
  };
}

import type { Rule } from "@orderwatch/shared/ops/detection.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { Alone } from "../../live/alone.ts";
import type { Hub } from "../../live/hub.ts";
import type { Clock } from "../../platform/clock.ts";
import { isUnavailable } from "../../platform/db.ts";
import type { Faults } from "../../platform/faults/leases.ts";
import type { Logger } from "../../platform/log.ts";
import { type AlertsContext, raise, resolve, saveChange, titled } from "./alerts-actions.ts";
import { type AlertRow, listFiring, listSentDue, renewAlerts } from "./alerts-store.ts";
import { type Change, type DetectionState, restingState, step, type Tracked } from "./domain.ts";
import { countsOf, readMinutes } from "./history.ts";
import { readEarlierWeeks } from "./history-store.ts";
import type { Probe } from "./probes.ts";
import { readRules } from "./rules-actions.ts";
import { holdLease, listHolds, releaseLease } from "./rules-store.ts";
import { Series } from "./series-domain.ts";
import { shippedRules } from "./shipped-rules.ts";
import { type Holds, heldBy } from "./suppression-domain.ts";
import { Watch } from "./watch.ts";

export interface DetectionContext extends AlertsContext {
  clock: Clock;
  log: Logger;
  hub: Hub;
  probes: readonly Probe[];
  faults?: Faults | undefined;
  /** Told again and again of whatever is of level 1 and could not be written for a second. */
  onUnwritten?: (alert: { key: string; title: Words; since: Date }) => void;
}

const historyS = 3 * 86_400;
const leaseMs = 5_000;
const renewEveryS = 10;
const unwrittenMs = 1_000;
/** A rule that waits for less than a second is not left to the next tick. */
const soonMs = 1_000;
const sentAtOnce = 500;
const earlierWeeks = 4;

interface Pending {
  change: Change;
  at: Date;
}

/**
 * Looks at everything once a second and writes what changed. Only the console that holds the lease does, or one that
 * cannot reach the database and so cannot know; what could not be written waits in order and is written later.
 */
export class DetectionEngine {
  readonly #context: DetectionContext;
  readonly #watch: Watch;
  readonly #alone: Alone;
  readonly #holder: string;
  readonly #series = new Series();
  #state: DetectionState = restingState;
  #rules: readonly Rule[] = shippedRules;
  #holds: Holds = { silences: [], windows: [] };
  #isLeader = false;
  #pending: Pending[] = [];
  readonly #earlier = new Map<string, { minute: number; weeks: readonly number[] }>();
  #soon: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(context: DetectionContext) {
    this.#context = context;
    this.#holder = context.newId();
    this.#alone = new Alone(context.log);
    const { db, clock, log, hub, probes, faults } = context;
    this.#watch = new Watch({
      ...{ sql: db.sql, clock, log, probes, faults },
      nodes: (now) => hub.nodes(now),
      onUrgent: () => this.#evaluate(clock.now()),
    });
    hub.onSecond((counted) => {
      const { second, counts } = countsOf(counted);
      this.#series.add(second, counts);
    });
    hub.onNodeLost((id) => this.#watch.nodeLost(id));
  }

  /** Takes in the last three days; to be awaited before the first tick of the hub. */
  async start(now: Date): Promise<void> {
    const until = Math.floor(now.getTime() / 1_000);
    const recent = [...this.#context.hub.seconds()];
    const from = recent[0]?.second ?? until;
    for (const minute of await readMinutes(this.#context.db.sql, until - historyS, from))
      this.#series.add(minute.second, minute.counts);
    for (const counted of recent) {
      const { second, counts } = countsOf(counted);
      this.#series.add(second, counts);
    }
  }

  /**
   * One second. Looks at once, and again when the database has said how things are, which is when this resolves; the
   * next second must not wait for it. Never rejects.
   */
  tick(now: Date): Promise<void> {
    this.#evaluate(now);
    return this.#refresh(now);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#soon);
    await this.#watch.stop();
    await this.#alone.settled();
    await this.#alone.run("releasing the lease", () =>
      releaseLease(this.#context.db.sql, "detection", this.#holder),
    );
  }

  async #refresh(now: Date): Promise<void> {
    await Promise.all([
      this.#watch.refresh(),
      this.#alone.run("reading rules", () => this.#takeOffice(now)),
      this.#alone.run("reading earlier weeks", () => this.#refreshEarlier(now)),
    ]);
    if (this.#isStopped) return;
    this.#evaluate(this.#context.clock.now());
    if (!this.#isLeader) return;
    await this.#alone.run("seeing to what others sent", () => this.#seeToSent(now));
    if (Math.floor(now.getTime() / 1_000) % renewEveryS === 0)
      await this.#alone.run("renewing alerts", () => this.#renew());
  }

  #evaluate(now: Date): void {
    if (this.#isStopped || !(this.#isLeader || this.#watch.isDatabaseSilent)) return;
    const next = step(this.#state, {
      rules: this.#rules,
      holds: this.#holds,
      now,
      world: {
        sum: (counter, windowS) => this.#series.sum(counter, windowS),
        knownS: this.#series.knownS,
        gauges: this.#watch.gauges(now),
        earlier: (counters, windowS) => this.#earlier.get(earlierKey(counters, windowS))?.weeks ?? [],
      },
    });
    this.#state = next.state;
    for (const change of next.changes) {
      const { type, alert } = change;
      this.#context.log.warn({ alert: alert.key, heldBy: alert.heldBy }, `an alert was ${type}`);
      this.#pending.push({ change, at: now });
    }
    if (this.#pending.length > 0) void this.#alone.run("writing alerts", () => this.#write());
    this.#tellOfUnwritten(now);
    this.#lookAgainSoon();
  }

  #tellOfUnwritten(now: Date): void {
    for (const { change, at } of this.#pending) {
      const { type, alert, rule } = change;
      if (type !== "fired" || rule?.level !== 1 || alert.heldBy !== null) continue;
      if (now.getTime() - at.getTime() < unwrittenMs) continue;
      const { key, labels, since } = alert;
      this.#context.onUnwritten?.({ key, title: titled(rule.title, labels), since: new Date(since) });
    }
  }

  #lookAgainSoon(): void {
    const rules = new Map(this.#rules.map((rule) => [rule.slug, rule]));
    const waits = [...this.#state.tracked.values()].some(
      ({ rule, firedAt }) => firedAt === null && (rules.get(rule)?.forS ?? 0) * 1_000 < soonMs,
    );
    if (!waits || this.#soon !== undefined) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      this.#evaluate(this.#context.clock.now());
    }, soonMs / 2);
  }

  /** Takes or renews the lease, and reads what is in force. */
  async #takeOffice(now: Date): Promise<void> {
    const { sql } = this.#context.db;
    const isLeader = await holdLease(sql, "detection", this.#holder, leaseMs);
    if (!isLeader) {
      // Whoever holds it sees the same, and writes it.
      this.#isLeader = false;
      this.#state = restingState;
      this.#pending = [];
      return;
    }
    this.#rules = await readRules(sql);
    this.#holds = await listHolds(sql, now);
    if (this.#isLeader) return;
    const tracked = new Map(this.#state.tracked);
    for (const row of await listFiring(sql)) tracked.set(row.key, trackedOf(row));
    this.#state = { ...this.#state, tracked };
    this.#isLeader = true;
  }

  /** In order, key by key: one that cannot be written holds up only its own key. */
  async #write(): Promise<void> {
    const failed = new Set<string>();
    let failure: unknown;
    for (const pending of [...this.#pending]) {
      const { key } = pending.change.alert;
      if (failed.has(key)) continue;
      try {
        await saveChange(this.#context, pending.change, pending.at);
        this.#pending = this.#pending.filter((each) => each !== pending);
      } catch (error) {
        if (isUnavailable(error)) throw error;
        failed.add(key);
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** Alerts of other systems end by themselves, and are raised when nothing holds them back any more. */
  async #seeToSent(now: Date): Promise<void> {
    for (const row of await listSentDue(this.#context.db.sql, now, sentAtOnce)) {
      if (row.endsAt !== null && row.endsAt <= now) await resolve(this.#context, row.key, now);
      else if (heldBy(row, this.#holds, now) === null) await raise(this.#context, row.key);
    }
  }

  async #renew(): Promise<void> {
    const firing = [...this.#state.tracked.values()].filter(({ firedAt }) => firedAt !== null);
    if (firing.length === 0) return;
    const seen = firing.map(({ key, facts, lastTrue }) => ({ key, facts, lastTrueAt: new Date(lastTrue) }));
    await renewAlerts(this.#context.db.sql, seen);
  }

  async #refreshEarlier(now: Date): Promise<void> {
    const minute = Math.floor(now.getTime() / 60_000);
    for (const { conditions } of this.#rules)
      for (const condition of conditions) {
        if (condition.kind !== "drop") continue;
        const { of: types, windowS } = condition;
        const key = earlierKey(types, windowS);
        if (this.#earlier.get(key)?.minute === minute) continue;
        const until = new Date(minute * 60_000);
        const window = { types, until, windowS, weeks: earlierWeeks };
        this.#earlier.set(key, { minute, weeks: await readEarlierWeeks(this.#context.db.sql, window) });
      }
  }
}

const earlierKey = (counters: readonly string[], windowS: number) => `${windowS} ${counters.join(" ")}`;

const trackedOf = (row: AlertRow): Tracked => ({
  ...{ key: row.key, rule: row.rule, labels: row.labels, facts: row.facts },
  since: row.conditionSince.getTime(),
  lastTrue: row.lastTrueAt.getTime(),
  clearSince: null,
  firedAt: row.firedAt.getTime(),
  heldBy: row.suppressedBy,
});

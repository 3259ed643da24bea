import type { Words } from "@orderwatch/shared/words.ts";
import type { Logger } from "../../platform/log.ts";
import { type BringContext, bring, type Ledger } from "./bring-actions.ts";
import type { Attempt, Way } from "./domain.ts";

/** A page that goes to one person without an outbox, since there is no database to have one. */
export interface DirectPage {
  /** The outbox takes it over by this key, so that it is sent once. */
  key: string;
  to: string;
  title: Words;
  text: Words;
  link: string | null;
}

/** How far a page got, for the outbox to go on from. */
export interface DirectOutcome {
  round: number;
  attempts: readonly Attempt[];
  state: "pending" | "reached" | "exhausted";
  reason: string | null;
}

export interface DirectPager {
  /** Begins to bring a page on its way; one that is known already stays as it is. */
  send(page: DirectPage, ways: readonly Way[]): void;
  /** Goes on with what has waited long enough. */
  tick(): void;
  /** Undefined for a page that is not known. */
  outcome(key: string): DirectOutcome | undefined;
  /** The outbox has it: no further call is made here. */
  release(key: string): void;
  settled(): Promise<void>;
}

interface Held {
  page: DirectPage;
  ways: readonly Way[];
  attempts: Attempt[];
  round: number;
  nextAt: Date | null;
  end: { state: "sent" | "delivered" | "exhausted"; reason: string | null } | null;
  isReleased: boolean;
  running: Promise<void> | undefined;
}

/** Brings pages by the same channels and decisions as the outbox, with this process's memory as what it goes by. */
export function createDirectPager(context: BringContext & { log: Logger }): DirectPager {
  const held = new Map<string, Held>();

  const goOn = (one: Held): void => {
    one.nextAt = null;
    const message = { kind: "page" as const, round: one.round, urgent: true };
    one.running = bring(context, message, one.ways, memoryOf(one))
      .catch((error: unknown) => {
        context.log.error({ err: error, key: one.page.key }, "a page without an outbox is stuck");
      })
      .finally(() => {
        one.running = undefined;
      });
  };

  return {
    send(page, ways) {
      if (held.has(page.key)) return;
      const one: Held = {
        ...{ page, attempts: [], round: 0, nextAt: null, end: null, isReleased: false, running: undefined },
        // What stands in a row is read by nobody while there are no rows.
        ways: ways.filter(({ arrivesAtOnce }) => !arrivesAtOnce),
      };
      held.set(page.key, one);
      goOn(one);
    },
    tick() {
      const now = context.clock.now();
      for (const one of held.values())
        if (!one.isReleased && !one.running && one.nextAt !== null && one.nextAt <= now) goOn(one);
    },
    outcome(key) {
      const one = held.get(key);
      if (!one) return undefined;
      const state = one.end === null ? "pending" : one.end.state === "exhausted" ? "exhausted" : "reached";
      const attempts = one.attempts.map((attempt) => ({ ...attempt }));
      return { round: one.round, attempts, state, reason: one.end?.reason ?? null };
    },
    release(key) {
      const one = held.get(key);
      if (one) one.isReleased = true;
    },
    async settled() {
      await Promise.all([...held.values()].map(({ running }) => running));
    },
  };
}

function memoryOf(one: Held): Ledger {
  return {
    attempts: async () => one.attempts,
    contents: async () => [one.page],
    async begin({ attemptId, number, round, way, now }) {
      if (one.isReleased) return false;
      const known = one.attempts.find(({ id }) => id === attemptId);
      if (known) known.calls += 1;
      else
        one.attempts.push({
          ...{ id: attemptId, number, round, channel: way.channel, point: way.point, state: "calling" },
          ...{ calls: 1, providerId: null, detail: null, startedAt: now, acceptedAt: null },
        });
      return true;
    },
    async record({ attemptId, state, providerId, detail, now }) {
      const attempt = one.attempts.find(({ id }) => id === attemptId);
      if (!attempt) return false;
      attempt.state = state;
      attempt.providerId = providerId ?? attempt.providerId;
      attempt.detail = detail ?? null;
      if (state === "accepted") attempt.acceptedAt ??= now;
      return !one.isReleased;
    },
    async postpone({ nextAt, round }) {
      one.nextAt = nextAt;
      one.round = round;
    },
    async settle({ state, reason }) {
      one.end = { state, reason };
    },
  };
}

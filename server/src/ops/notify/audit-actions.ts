import type { PagingHealth } from "@orderwatch/shared/ops/notify.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import type { Logger } from "../../platform/log.ts";
import { callOutbound } from "../../platform/outbound.ts";
import { readOverdue } from "./list-store.ts";

/** Longer than any lease: what is due since then is not being worked on. */
const overdueMs = 30_000;
const pingEveryMs = 60_000;

export interface PagingAuditor {
  /** Looks at everything that should move, and tells the dead man's address when all of it does. */
  pass(): Promise<void>;
  health(): PagingHealth;
}

/**
 * Watches the pager itself. `checks` name what stands still, such as escalations whose next step is overdue. Whoever waits
 * at `deadmanUrl` raises the alarm when our word stays away, whether we stand still or are gone altogether.
 */
export function createPagingAuditor(context: {
  db: Pick<Database, "sql">;
  clock: Clock;
  log: Logger;
  deadmanUrl: string | undefined;
  checks: readonly ((now: Date) => Promise<readonly string[]>)[];
}): PagingAuditor {
  const { db, clock, log, deadmanUrl, checks } = context;
  let health: PagingHealth = { checkedAt: null, problems: [], pingedAt: null };

  const ping = async (url: string, now: Date) => {
    try {
      const answer = await callOutbound({ url, method: "GET", timeoutMs: 5_000, maxBytes: 64 * 1024 });
      if (answer.status < 300) health = { ...health, pingedAt: now.toISOString() };
      else log.warn({ status: answer.status }, "the dead man's address refused our word");
    } catch (error) {
      log.warn({ err: error }, "the dead man's address does not answer");
    }
  };

  return {
    async pass() {
      const now = clock.now();
      const overdue = await readOverdue(db.sql, new Date(now.getTime() - overdueMs));
      const found = await Promise.all(checks.map((check) => check(now)));
      const messages =
        overdue.count > 0
          ? [`${overdue.count} messages stand still since ${overdue.since?.toISOString()}`]
          : [];
      const problems = [...messages, ...found.flat()];
      health = { ...health, checkedAt: now.toISOString(), problems };
      if (problems.length > 0) {
        log.error({ problems }, "paging does not move");
        return;
      }
      const lastMs = health.pingedAt === null ? Number.NEGATIVE_INFINITY : Date.parse(health.pingedAt);
      if (deadmanUrl !== undefined && now.getTime() - lastMs >= pingEveryMs) await ping(deadmanUrl, now);
    },
    health: () => health,
  };
}

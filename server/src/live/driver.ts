import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/log.ts";

export interface Driver {
  /** No run begins after this; resolves when the last one has ended. */
  stop(): Promise<void>;
}

/**
 * Runs `work` once a second, `offsetMs` after the clock's full second, with that moment. A run that takes longer than
 * a second makes the next one late, never two at once.
 */
export function everySecond(options: {
  clock: Clock;
  offsetMs: number;
  log: Logger;
  work: (now: Date) => Promise<unknown>;
}): Driver {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const plan = () => {
    const nowMs = options.clock.now().getTime();
    const waitMs = 1_000 - ((((nowMs - options.offsetMs) % 1_000) + 1_000) % 1_000);
    timer = setTimeout(() => {
      running = run(nowMs + waitMs);
    }, waitMs);
  };

  const run = async (plannedMs: number) => {
    // Timers may fire a millisecond early, which would still belong to the second before.
    const now = new Date(Math.max(plannedMs, options.clock.now().getTime()));
    try {
      await options.work(now);
    } catch (error) {
      options.log.error({ err: error }, "the work of a second failed");
    }
    if (!stopped) plan();
  };

  plan();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

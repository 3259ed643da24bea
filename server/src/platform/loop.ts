import type { Logger } from "./log.ts";

/** Work that rows ask for: done when poked, and every so often in case a poke was lost. Never twice at once. */
export interface Loop {
  /** Resolves after a pass that began after this call. */
  poke(): Promise<void>;
  /** Lets the pass that runs finish; begins no other. */
  stop(): Promise<void>;
}

let loops = 0;
/**
 * Where in its period a loop begins, from 0 to 1: the golden ratio keeps any number of them apart. Loops of a process start
 * together, and would else ask the database together ever after, while buyers wait behind them.
 */
const nextShare = (): number => (++loops * 0.618_034) % 1;

/**
 * `work` does one bounded batch and tells how many rows it found; a full batch is followed by another at once.
 * What it throws is logged, and the rows wait for the next pass.
 */
export function startLoop(options: {
  name: string;
  everyMs: number;
  work: () => Promise<{ more: boolean }>;
  log: Logger;
}): Loop {
  let stopped = false;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const pass = async (): Promise<void> => {
    try {
      while (!stopped && (await options.work()).more);
    } catch (error) {
      options.log.error({ err: error, loop: options.name }, "a pass failed; its rows wait for the next one");
    }
  };

  const begin = (): Promise<void> => {
    running = pass().finally(() => {
      running = undefined;
    });
    return running;
  };

  const poke = (): Promise<void> => {
    if (stopped) return Promise.resolve();
    if (!running) return begin();
    next ??= running.then(() => {
      next = undefined;
      return stopped ? undefined : begin();
    });
    return next;
  };

  let timer = setTimeout(() => {
    void poke();
    timer = setInterval(() => void poke(), options.everyMs);
  }, nextShare() * options.everyMs);
  return {
    poke,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

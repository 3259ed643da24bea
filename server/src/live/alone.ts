import type { Logger } from "../platform/log.ts";

/**
 * Work on the side that never overlaps itself and never throws: an outage is one line in the log when it begins and
 * one when it is over, however often the work was tried between.
 */
export class Alone {
  readonly #log: Logger;
  readonly #running = new Map<string, Promise<void>>();
  readonly #failing = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Runs `work`, or waits with the one of this name that still runs. Never rejects. */
  run(name: string, work: () => Promise<void>): Promise<void> {
    const running = this.#running.get(name);
    if (running !== undefined) return running;
    const made = this.#try(name, work).finally(() => this.#running.delete(name));
    this.#running.set(name, made);
    return made;
  }

  /** Resolves when nothing runs, what was begun meanwhile included. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #try(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#failing.delete(name)) this.#log.info({ work: name }, "live works again");
    } catch (error) {
      if (!this.#failing.has(name)) this.#log.error({ err: error, work: name }, "live cannot go on");
      this.#failing.add(name);
    }
  }
}

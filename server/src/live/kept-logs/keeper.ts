import type { Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { LineSink, Logger } from "../../platform/log.ts";
import { type Loop, startLoop } from "../../platform/loop.ts";
import { type KeptLine, keptLine } from "./line.ts";
import { insertLines, pruneLines } from "./store.ts";

const writeEveryMs = 1_000;
/** In bad times every request may say the same: the first of it tell the story, and no order waits for its log. */
const mostWaiting = 1_000;
const writtenAtOnce = 200;

/** Keeps what a process logs about orders, payments and requests, best effort: whoever looks for a cause finds it. */
export class LogKeeper implements LineSink {
  #waiting: (KeptLine & { id: string })[] = [];
  #newId: NewId;
  #loop: Loop | undefined;

  constructor(newId: NewId) {
    this.#newId = newId;
  }

  /** One line of the log, as JSON. */
  write(json: string): void {
    if (this.#waiting.length >= mostWaiting) return;
    const line = keptLine(json);
    if (line) this.#waiting.push({ ...line, id: this.#newId() });
  }

  start(sql: Sql, log: Logger): void {
    const work = async () => ({ more: await this.#flush(sql) });
    this.#loop = startLoop({ name: "keep-logs", everyMs: writeEveryMs, log, work });
  }

  /** Writes what waits, then no more. */
  async stop(): Promise<void> {
    await this.#loop?.poke();
    await this.#loop?.stop();
  }

  async #flush(sql: Sql): Promise<boolean> {
    const lines = this.#waiting.slice(0, writtenAtOnce);
    if (lines.length === 0) return false;
    await insertLines(sql, lines);
    this.#waiting.splice(0, lines.length);
    return this.#waiting.length > 0;
  }
}

const keptForMs = 14 * 86_400_000;
const prunedAtOnce = 5_000;

/** Forgets what is older than two weeks. */
export async function pruneKeptLogs(sql: Sql, now: Date): Promise<void> {
  const before = new Date(now.getTime() - keptForMs);
  while ((await pruneLines(sql, before, prunedAtOnce)) === prunedAtOnce);
}

import type { Sql } from "../platform/db.ts";
import { type EventCount, type EventSource, isBefore } from "./business.ts";
import { readCursor, readSeconds, recordCounts } from "./counts-store.ts";

/** Another console that moved the cursor this recently is left to write the rollups alone. */
const courtesyMs = 3_000;

export interface Batch {
  fromXid: string;
  toXid: string;
  rows: EventCount[];
}

/**
 * Counts every event exactly once for this process's frames, and exactly once for the rollups that all consoles
 * share. Frames follow a cursor in memory; the rollups follow the durable one, which is moved by the statement that
 * writes them. When the two stand at the same place, one count serves both.
 */
export class EventCounter {
  readonly #sql: Sql;
  readonly #source: EventSource;
  /** Events of transactions below this one were handed out as batches, or loaded at the start. */
  #xid: string | undefined;
  /** Where the durable cursor was seen last; undefined when it must be asked. */
  #durable: string | undefined;

  constructor(sql: Sql, source: EventSource) {
    this.#sql = sql;
    this.#source = source;
  }

  /**
   * Brings the rollups up to date and answers their seconds from `fromSecond` on; batches continue exactly there.
   * Waits for nothing else: several consoles may start at once.
   */
  async load(fromSecond: number): Promise<EventCount[]> {
    let caughtUp = false;
    while (!caughtUp) {
      const { xid } = await readCursor(this.#sql);
      const counted = await this.#source.count(xid);
      const moved = await recordCounts(this.#sql, { fromXid: xid, ...counted });
      caughtUp = moved && !counted.more;
      // Whoever was faster has written the same events.
      if (!moved) caughtUp = !isBefore((await readCursor(this.#sql)).xid, counted.toXid) && !counted.more;
    }
    const { xid, rows } = await readSeconds(this.#sql, fromSecond);
    this.#xid = xid;
    this.#durable = xid;
    return rows;
  }

  /** The events that became visible since the batch before. Throws what the database throws; then nothing is lost. */
  async next(): Promise<Batch> {
    const fromXid = this.#xid;
    if (fromXid === undefined) throw new Error("load comes first");
    const { toXid, rows } = await this.#source.count(fromXid);
    this.#xid = toXid;
    return { fromXid, toXid, rows };
  }

  /**
   * Sees to it that the rollups hold everything up to the end of `batch`, unless another console is doing so.
   * A crash, an error or an unclear answer at any point is made good by a later call.
   */
  async record(batch: Batch): Promise<void> {
    if (batch.fromXid === this.#durable && (await this.#write(batch))) return;
    const cursor = await readCursor(this.#sql);
    const isAnothers = cursor.xid !== this.#durable && cursor.ageMs < courtesyMs;
    this.#durable = undefined;
    if (!isBefore(cursor.xid, batch.toXid)) return;
    if (isAnothers) return;
    const missed = await this.#source.count(cursor.xid, batch.toXid);
    await this.#write({ fromXid: cursor.xid, ...missed });
  }

  /** Sees to it that the rollups hold all that was ever handed out, since nothing comes that would make good for it. */
  async recordAll(): Promise<void> {
    const xid = this.#xid;
    if (xid !== undefined && xid !== this.#durable) await this.record({ fromXid: xid, toXid: xid, rows: [] });
  }

  async #write(batch: Batch): Promise<boolean> {
    // Until the answer is there, it is unknown where the cursor stands.
    this.#durable = undefined;
    const moved = await recordCounts(this.#sql, batch);
    if (moved) this.#durable = batch.toXid;
    return moved;
  }
}

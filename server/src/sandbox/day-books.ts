import { createReadStream } from "node:fs";
import { appendFile, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Logger } from "../platform/log.ts";
import { beijingTime } from "./gateways/numbers.ts";
import type { Gateway, Trade } from "./trade.ts";

const movement = z.object({
  kind: z.enum(["payment", "refund"]),
  outTradeNo: z.string(),
  tradeNo: z.string(),
  /** The merchant's and the company's number of a refund; empty for payments. */
  outRefundNo: z.string(),
  refundNo: z.string(),
  amountFen: z.int(),
  totalFen: z.int(),
  atMs: z.number(),
  description: z.string(),
});
/** Money that went one way or the other at one moment. */
export type Movement = z.infer<typeof movement>;

const DAY_MS = 24 * 60 * 60 * 1000;
/** A busy simulation fills some ten megabytes a day. */
const KEPT_DAYS = 4;

/** The day in Beijing, `2026-01-31`. */
export const dayOf = (atMs: number): string => beijingTime(atMs).slice(0, 10);

/** What moved between two states of a trade. */
export function movementsBetween(before: Trade | undefined, after: Trade): Movement[] {
  const common = {
    outTradeNo: after.outTradeNo,
    tradeNo: after.tradeNo,
    totalFen: after.amountFen,
    description: after.description,
  };
  const moved: Movement[] = after.refunds.slice(before?.refunds.length ?? 0).map((refund) => ({
    ...{ kind: "refund" as const, ...common },
    outRefundNo: refund.outRefundNo,
    refundNo: refund.refundNo,
    amountFen: refund.amountFen,
    atMs: refund.atMs,
  }));
  if (after.paidAtMs === undefined || before?.paidAtMs !== undefined) return moved;
  const numbers = { outRefundNo: "", refundNo: "" };
  const payment = { kind: "payment" as const, ...common, ...numbers };
  return [{ ...payment, amountFen: after.amountFen, atMs: after.paidAtMs }, ...moved];
}

/** What moved on each day in Beijing, in files that outlive the ledger's memory: what bills are made from. */
export class DayBooks {
  readonly #folder: string;
  readonly #log: Logger;
  #newest = "";
  readonly #waiting = new Map<string, string[]>();
  #writing: Promise<void> | undefined;

  private constructor(folder: string, log: Logger) {
    this.#folder = folder;
    this.#log = log;
  }

  static async open(dataDir: string, log: Logger): Promise<DayBooks> {
    const folder = join(dataDir, "sandbox", "days");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new DayBooks(folder, log);
  }

  /** Resolves when it would survive this process. What is recorded twice counts once. */
  async record(gateway: Gateway, movements: readonly Movement[]): Promise<void> {
    if (movements.length === 0) return;
    for (const each of movements) {
      const name = `${gateway}-${dayOf(each.atMs)}.ndjson`;
      const lines = this.#waiting.get(name) ?? [];
      lines.push(`${JSON.stringify(each)}\n`);
      this.#waiting.set(name, lines);
    }
    this.#writing ??= this.#drain();
    await this.#writing;
  }

  /** A day's movements in the order that they happened. */
  async *read(gateway: Gateway, day: string): AsyncGenerator<Movement> {
    const name = `${gateway}-${day}.ndjson`;
    if (!(await readdir(this.#folder)).includes(name)) return;
    const seen = new Set<string>();
    const input = createReadStream(join(this.#folder, name));
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const parsed = movement.safeParse(readJson(line));
      if (!parsed.success) {
        this.#log.warn({ name }, "a line of the sandbox's day was cut off");
        continue;
      }
      const key = `${parsed.data.outTradeNo}/${parsed.data.outRefundNo}`;
      if (seen.has(key)) continue;
      seen.add(key);
      yield parsed.data;
    }
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#waiting.size > 0) {
        const batch = [...this.#waiting];
        this.#waiting.clear();
        for (const [name, lines] of batch) await appendFile(join(this.#folder, name), lines.join(""));
        await this.#prune(
          batch
            .map(([name]) => dayIn(name))
            .sort()
            .at(-1) ?? "",
        );
      }
    } finally {
      this.#writing = undefined;
    }
  }

  async #prune(newest: string): Promise<void> {
    if (newest <= this.#newest) return;
    this.#newest = newest;
    const oldest = new Date(Date.parse(newest) - KEPT_DAYS * DAY_MS).toISOString().slice(0, 10);
    for (const name of await readdir(this.#folder)) {
      if (dayIn(name) < oldest) await rm(join(this.#folder, name), { force: true });
    }
  }
}

const dayIn = (name: string): string => name.slice(-"2026-01-31.ndjson".length, -".ndjson".length);

/** Undefined for what is not JSON, which no schema accepts. */
function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

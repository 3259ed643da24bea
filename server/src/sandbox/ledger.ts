import { join } from "node:path";
import { z } from "zod";
import { faultPoint } from "../platform/faultpoint.ts";
import type { Logger } from "../platform/log.ts";
import { DayBooks, movementsBetween } from "./day-books.ts";
import { Journal } from "./journal.ts";
import { outcomes, type Refund, type Trade } from "./trade.ts";

/** The oldest are forgotten first; at five orders a second this is eight hours, and more than a long crash campaign. */
const KEPT = 150_000;
/** What was written so shortly before the end may not have reached the books of its day. */
const LAST_MS = 60_000;

const tradeLine = z.object({
  gateway: z.enum(["wechat", "alipay"]),
  outTradeNo: z.string(),
  tradeNo: z.string(),
  amountFen: z.int(),
  description: z.string(),
  notifyUrl: z.string(),
  returnUrl: z.string().optional(),
  expiresAtMs: z.number(),
  state: z.enum(["waiting", "paid", "closed"]),
  refusal: z.enum(outcomes).exclude(["success"]).optional(),
  paidAtMs: z.number().optional(),
  payer: z.string().optional(),
  acknowledged: z.boolean(),
  lost: z.boolean().optional(),
  refunds: z.array(
    z.object({
      ...{ outRefundNo: z.string(), refundNo: z.string(), amountFen: z.int(), atMs: z.number() },
      fate: z.enum(["success", "abnormal", "closed"]).optional(),
    }),
  ),
});

const rechargeLine = z.object({
  lineId: z.string(),
  sku: z.string(),
  account: z.string(),
  quantity: z.int(),
  reference: z.string(),
  /** Until then the answer is "processing". */
  doneAtMs: z.number(),
});
export type RechargeRecord = z.infer<typeof rechargeLine>;

const line = z.union([z.object({ trade: tradeLine }), z.object({ recharge: rechargeLine })]);

/**
 * The sandbox's books: every trade and recharge, in memory, with a journal that survives a restart. Saving replaces: each
 * change is written as the whole record, and the last one counts.
 */
export class Ledger {
  readonly #trades = new Map<string, Trade>();
  readonly #recharges = new Map<string, RechargeRecord>();
  readonly #journal: Journal;
  /** What moved on each day, for longer than trades are remembered. */
  readonly days: DayBooks;

  private constructor(
    trades: Map<string, Trade>,
    recharges: Map<string, RechargeRecord>,
    journal: Journal,
    days: DayBooks,
  ) {
    this.#trades = trades;
    this.#recharges = recharges;
    this.#journal = journal;
    this.days = days;
  }

  static async open(dataDir: string, log: Logger): Promise<Ledger> {
    const trades = new Map<string, Trade>();
    const recharges = new Map<string, RechargeRecord>();
    const path = join(dataDir, "sandbox", "ledger.ndjson");
    const journal = await Journal.open(path, {
      read(value) {
        const parsed = line.safeParse(value);
        if (!parsed.success) log.warn({ path }, "a line of the sandbox's journal is of another version");
        else if ("trade" in parsed.data) remember(trades, parsed.data.trade.outTradeNo, parsed.data.trade);
        else remember(recharges, parsed.data.recharge.lineId, parsed.data.recharge);
      },
      onBroken: (lineNumber) => log.warn({ path, lineNumber }, "a line of the sandbox's journal was cut off"),
      *live() {
        for (const trade of trades.values()) yield { trade };
        for (const recharge of recharges.values()) yield { recharge };
      },
    });
    const days = await DayBooks.open(dataDir, log);
    await repeatLast(trades, days);
    return new Ledger(trades, recharges, journal, days);
  }

  trade(outTradeNo: string): Trade | undefined {
    return this.#trades.get(outTradeNo);
  }

  /** Found by the merchant's number of the refund; over all trades, since only people and tests ask this way. */
  refund(outRefundNo: string): { trade: Trade; refund: Refund } | undefined {
    for (const trade of this.#trades.values()) {
      const refund = trade.refunds.find((made) => made.outRefundNo === outRefundNo);
      if (refund) return { trade, refund };
    }
    return undefined;
  }

  recharge(lineId: string): RechargeRecord | undefined {
    return this.#recharges.get(lineId);
  }

  /** Paid trades whose merchant has not acknowledged the callback, but those of lost ones: no company would send these again. */
  *unacknowledged(): Iterable<Trade> {
    for (const trade of this.#trades.values()) {
      if (trade.state === "paid" && !trade.acknowledged && !trade.lost) yield trade;
    }
  }

  /** Visible at once; resolves when it would survive this process. */
  async saveTrade(trade: Trade): Promise<void> {
    const moved = movementsBetween(this.#trades.get(trade.outTradeNo), trade);
    remember(this.#trades, trade.outTradeNo, trade);
    await Promise.all([this.#journal.append({ trade }), this.days.record(trade.gateway, moved)]);
    await faultPoint("sandbox.trade_saved");
  }

  /** Resolves when all that is visible now would survive this process: no answer may tell of what a kill could undo. */
  kept(): Promise<void> {
    return this.#journal.kept();
  }

  async saveRecharge(recharge: RechargeRecord): Promise<void> {
    remember(this.#recharges, recharge.lineId, recharge);
    await this.#journal.append({ recharge });
    await faultPoint("sandbox.recharge_saved");
  }

  async close(): Promise<void> {
    await this.#journal.close();
    await this.days.close();
  }
}

/** A killed process may have written the last trades to its journal alone; the day counts each movement once. */
async function repeatLast(trades: ReadonlyMap<string, Trade>, days: DayBooks): Promise<void> {
  const movedAt = (trade: Trade) => trade.refunds.at(-1)?.atMs ?? trade.paidAtMs ?? 0;
  const all = [...trades.values()];
  const newest = all.reduce((latest, trade) => Math.max(latest, movedAt(trade)), 0);
  const last = all.filter((trade) => movedAt(trade) > 0 && movedAt(trade) > newest - LAST_MS);
  await Promise.all(last.map((trade) => days.record(trade.gateway, movementsBetween(undefined, trade))));
}

function remember<T>(records: Map<string, T>, key: string, record: T): void {
  records.set(key, record);
  if (records.size <= KEPT) return;
  const [oldest] = records.keys();
  if (oldest !== undefined) records.delete(oldest);
}

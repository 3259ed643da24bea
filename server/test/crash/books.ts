import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { RechargeRecord } from "../../src/sandbox/ledger.ts";
import type { Trade } from "../../src/sandbox/trade.ts";

/** What the payment companies and the supplier hold to have happened; trades by our payment's id. */
export interface Books {
  trades: Map<string, Trade>;
  recharges: Map<string, RechargeRecord>;
}

export const uuidOf = (number: string) =>
  number.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** Reads the sandbox's journal: each line replaces the one before of the same trade or recharge. */
export async function readBooks(dataDir: string): Promise<Books> {
  const books: Books = { trades: new Map(), recharges: new Map() };
  const path = join(dataDir, "sandbox", "ledger.ndjson");
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const line = readLine(text);
    if (line?.trade) books.trades.set(uuidOf(line.trade.outTradeNo), line.trade);
    if (line?.recharge) books.recharges.set(line.recharge.lineId, line.recharge);
  }
  return books;
}

/** Undefined for a line that a kill cut off. */
function readLine(text: string): { trade?: Trade; recharge?: RechargeRecord } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One movement of money in a provider's bill of one day. */
export interface BillEntry {
  kind: "payment" | "refund";
  /** The merchant's number of the trade; of ours, the payment's id without hyphens. */
  outTradeNo: string;
  /** The provider's number of the trade. */
  tradeNo: string;
  /** The merchant's number of the refund; null for payments. */
  outRefundNo: string | null;
  /** Always positive, whichever way the money went. */
  amountFen: number;
  at: Date;
  /** False for a refund that the provider has taken on and not done yet. */
  isFinal: boolean;
}

/** A day's bill that was checked from its first row to its last. */
export interface Bill {
  /** Unpacked anew, row by row, each time it is asked for; what is kept is the packed file. */
  entries(): AsyncIterable<BillEntry>;
}

/** Why a bill that the provider gave is not used: nothing of it may be believed then. */
export type BillFlaw = "hash_mismatch" | "unreadable" | "too_large";

export class BillError extends Error {
  readonly flaw: BillFlaw;

  constructor(flaw: BillFlaw, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = "BillError";
    this.flaw = flaw;
  }
}

/** Bounds of one bill: as it comes over the line, and unpacked (a day of two million movements). */
export const billLimits = { packedBytes: 64 * 1024 * 1024, unpackedBytes: 1024 * 1024 * 1024 } as const;
/** A bill is made while it is asked for, and may be long. */
export const billTimeoutMs = 120_000;

/** Passes bytes on until there are more than a bill may have. */
export async function* bounded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > billLimits.unpackedBytes)
      throw new BillError("too_large", `unpacked, the bill is longer than ${billLimits.unpackedBytes} bytes`);
    yield chunk;
  }
}

/** Reads a bill to its end, so that whatever is wrong with it is known before any of it is used. */
export async function checkedBill(entries: Bill["entries"]): Promise<Bill> {
  for await (const _ of entries());
  return { entries };
}

/** Fields of a bill's rows by their column's name. Throws BillError for columns that are not there. */
export function columnsOf(header: readonly string[], required: readonly string[]) {
  const missing = required.filter((name) => !header.includes(name));
  if (missing.length > 0) throw new BillError("unreadable", `the bill has no column ${missing.join(", ")}`);
  return (row: readonly string[], name: string): string | undefined => row[header.indexOf(name)]?.trim();
}

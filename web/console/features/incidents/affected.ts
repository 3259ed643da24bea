import type { AffectedOrder, OrderActionResults } from "@orderwatch/shared/ops/incidents.ts";

export type BulkAction = "redeliver" | "refund" | "waive";
/** What came of one order: done, or the code that says why not. */
export type Result = OrderActionResults["results"][number];

/** The server takes so many at a time; more are sent one lot after the other, so that progress can be shown. */
export const lotSize = 20;

export function lots(ids: readonly string[]): string[][] {
  const all: string[][] = [];
  for (let start = 0; start < ids.length; start += lotSize) all.push(ids.slice(start, start + lotSize));
  return all;
}

/** Only what holds the incident up can be chosen: what goes on by itself, or has ended, needs nothing. */
export const isChoosable = ({ outcome }: Pick<AffectedOrder, "outcome">): boolean =>
  outcome === "unreconciled" || outcome === "waiting";

export interface BulkProgress {
  done: number;
  count: number;
  results: Result[];
}

/**
 * Sends lot after lot and tells of each. A lot that got no answer counts as refused by `codeOf` its error, and the next ones
 * are still sent: one failure must not leave the others' buyers waiting.
 */
export async function sendLots(
  ids: readonly string[],
  send: (lot: string[]) => Promise<Result[]>,
  codeOf: (error: unknown) => string,
  onProgress: (progress: BulkProgress) => void,
): Promise<BulkProgress> {
  const results: Result[] = [];
  const progress = () => ({ done: results.length, count: ids.length, results: [...results] });
  for (const lot of lots(ids)) {
    try {
      results.push(...(await send(lot)));
    } catch (error) {
      const code = codeOf(error);
      results.push(...lot.map((orderId) => ({ orderId, ok: false, code, detail: null })));
    }
    onProgress(progress());
  }
  return progress();
}

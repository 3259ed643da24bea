import type { LiveFrame, LivePoint } from "@orderwatch/shared/live/frame.ts";
import type { Figures } from "./domain.ts";

const windowS = 10;
const keptFrames = 90;
/** Failures that are the shop's, as the rules of detection have them. */
const ours = ["payment.channel_unavailable", "delivery.supplier_failed"];
const hourBudget = 0.02;
const fewestForBudget = 50;

const sum = (counts: Readonly<Record<string, number>>, wanted: (code: string) => boolean) =>
  Object.entries(counts).reduce((all, [code, n]) => all + (wanted(code) ? n : 0), 0);

const isOurs = (code: string) => ours.includes(code) || code.startsWith("server.");

interface Counted {
  placed: number;
  failed: Readonly<Record<string, number>>;
  refused: Readonly<Record<string, number>>;
}

/** Attempts, and those of them that failed by our fault. */
function attempts(frames: readonly Counted[]): { of: number; bad: number } {
  let of = 0;
  let bad = 0;
  for (const { placed, failed, refused } of frames) {
    const turnedAway = sum(refused, isOurs);
    of += placed + turnedAway;
    bad += sum(failed, isOurs) + turnedAway;
  }
  return { of, bad };
}

/** A second or minute of the last hour: what it counted, and how many requests a second there were. */
export type CountedStep = Counted & Pick<LivePoint, "qps" | "simulated">;

/**
 * Whether the last hour has spent what it may fail. Null when more than half of it says nothing, not even that somebody
 * looked around: then nobody was there to count, and what was refused is not known. What is spent for certain is spent.
 */
export function isBudgetSpent(hour: readonly CountedStep[]): boolean | null {
  const { of, bad } = attempts(hour);
  if (of >= fewestForBudget && bad > of * hourBudget) return true;
  const known = hour.filter(({ qps, placed }) => qps > 0 || placed > 0).length;
  return hour.length === 0 || known * 2 < hour.length ? null : false;
}

/** What hypotheses and stop conditions go by: the live frames of the last seconds, and two readings of rows. */
export class DrillFigures {
  readonly #frames: LiveFrame[] = [];

  take(frame: LiveFrame): void {
    this.#frames.push(frame);
    if (this.#frames.length > keptFrames) this.#frames.shift();
  }

  /** Null for what fewer than half of the last 10 seconds tell. `rows` is null when the database did not answer. */
  read(now: Date, rows: { paidWithoutCode: number; buyersFailed: number } | null): Figures {
    const from = now.getTime() - windowS * 1_000;
    const frames = this.#frames.filter(({ t }) => Date.parse(t) > from && Date.parse(t) <= now.getTime());
    const last = frames.at(-1);
    const known = frames.length * 2 >= windowS && last !== undefined;
    const rate = (count: (frame: LiveFrame) => number) =>
      known ? frames.reduce((all, frame) => all + count(frame), 0) / frames.length : null;
    const { of, bad } = attempts(frames);
    const latencies = frames.flatMap(({ latencyMs }) => (latencyMs ? [latencyMs.p99] : []));
    latencies.sort((a, b) => a - b);
    const serving = (state: string) =>
      known ? last.nodes.filter((node) => node.state === state).length : null;
    return {
      // Nothing asked for says nothing of success: it is unknown, not perfect.
      success_rate: known && of > 0 ? Math.max(0, 1 - bad / of) : null,
      placed_rate: rate(({ placed }) => placed),
      paid_rate: rate(({ paid }) => paid),
      latency_p99_ms: known ? (latencies[Math.floor(latencies.length / 2)] ?? null) : null,
      active_nodes: serving("active"),
      standby_nodes: serving("standby"),
      queue_lag_s: known ? last.queue.lagMs / 1_000 : null,
      paid_without_code: rows?.paidWithoutCode ?? null,
      buyers_failed: rows?.buyersFailed ?? null,
    };
  }
}

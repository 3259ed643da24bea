import type { LiveFrame } from "@orderwatch/shared/live/frame.ts";
import type { FigureAudience, LiveFigures } from "@orderwatch/shared/ops/runbooks.ts";

const keptFrames = 660;

/** The live figures of the last minutes, from the frames that every dashboard gets. */
export class FigureBook {
  readonly #frames: LiveFrame[] = [];

  take(frame: LiveFrame): void {
    this.#frames.push(frame);
    if (this.#frames.length > keptFrames) this.#frames.shift();
  }

  /**
   * Whose orders say how an incident does (O10): buyers', unless it is the simulated shoppers' own. Where none of its
   * orders tells, it is theirs if no buyer has come in all that is known.
   */
  audienceOf({ isSimulated }: { isSimulated: boolean | null }): FigureAudience {
    const onlyShoppers = isSimulated ?? !this.#frames.some(hasBuyers);
    return onlyShoppers ? "everybody" : "buyers";
  }

  /** The last `windowS` seconds up to `now`; null where fewer than half of them are known. */
  window(windowS: number, now: Date, audience: FigureAudience): LiveFigures | null {
    const fromMs = now.getTime() - windowS * 1_000;
    const frames = this.#frames.filter(({ t }) => Date.parse(t) > fromMs && Date.parse(t) <= now.getTime());
    return frames.length * 2 < windowS ? null : sum(frames, windowS, audience);
  }

  /** As `window`, of as much as is known. */
  latest(windowS: number, now: Date, audience: FigureAudience): LiveFigures {
    const fromMs = now.getTime() - windowS * 1_000;
    return sum(
      this.#frames.filter(({ t }) => Date.parse(t) > fromMs),
      windowS,
      audience,
    );
  }
}

const hasBuyers = ({ placed, paid, simulated }: LiveFrame) =>
  placed > simulated.placed || paid > simulated.paid;

function sum(frames: readonly LiveFrame[], windowS: number, audience: FigureAudience): LiveFigures {
  const less = audience === "buyers" ? 1 : 0;
  const total = (count: (frame: LiveFrame) => number) => frames.reduce((all, frame) => all + count(frame), 0);
  const ofCodes = (counts: Record<string, number>, prefix = "") =>
    Object.entries(counts).reduce((all, [code, n]) => all + (code.startsWith(prefix) ? n : 0), 0);
  const latencies = frames
    .flatMap(({ latencyMs }) => (latencyMs ? [latencyMs.p99] : []))
    .sort((a, b) => a - b);
  return {
    ...{ windowS, audience },
    placed: total(({ placed, simulated }) => placed - less * simulated.placed),
    paid: total(({ paid, simulated }) => paid - less * simulated.paid),
    refused: total((frame) => ofCodes(frame.refused)),
    paymentFailures: total(
      ({ failed, simulated }) => ofCodes(failed, "payment.") - less * (simulated.paymentFailed ?? 0),
    ),
    latencyP99Ms: latencies[Math.floor(latencies.length / 2)] ?? null,
    activeNodes: (frames.at(-1)?.nodes ?? []).filter(({ state }) => state === "active").length,
  };
}

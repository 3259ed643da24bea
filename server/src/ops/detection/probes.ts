import type { Gauge, Labels } from "@orderwatch/shared/ops/detection.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log.ts";
import type { GaugeValue } from "./conditions-domain.ts";

/** Asks another company something harmless; true when it answered as it should. */
export interface Probe {
  gauge: Extract<Gauge, "channel_probe_failures" | "supplier_probe_failures">;
  labels: Labels;
  ask(): Promise<boolean>;
}

export const probing = {
  everyMs: 2_000,
  /** After a failure it is asked again soon: once may be a lost packet, twice is not. */
  againMs: 400,
  mostAgain: 3,
  /** Failures count for this long. */
  windowMs: 10_000,
  /** One that never answered may still be starting, as we are; after this it is down. */
  graceMs: 15_000,
  /** Who was held up for so long meanwhile cannot say of another that it did not answer; but not more often in a row. */
  heldUpMs: 250,
  mostExcused: 3,
} as const;

/** How long to wait before the next question, given the answers so far, newest last. */
export function nextProbeMs(answers: readonly boolean[]): number {
  const firstFailure = answers.findLastIndex(
    (answer, index) => !answer && (index === 0 || answers[index - 1] === true),
  );
  const asked = firstFailure < 0 ? 0 : answers.length - firstFailure;
  return asked > 0 && asked <= probing.mostAgain ? probing.againMs : probing.everyMs;
}

interface Answer {
  at: number;
  isGood: boolean;
}

/** Keeps asking the payment companies and the supplier, so that an idle hour hides nothing. */
export class Prober {
  readonly #running: Promise<void>[];
  readonly #answers = new Map<Probe, Answer[]>();
  readonly #stop = new AbortController();
  readonly #context: { clock: Clock; log: Logger; onFailure: () => void };

  constructor(probes: readonly Probe[], context: { clock: Clock; log: Logger; onFailure: () => void }) {
    this.#context = context;
    this.#running = probes.map((probe) => {
      this.#answers.set(probe, []);
      return this.#keepAsking(probe);
    });
  }

  /** What a gauge says now; undefined while nothing was heard lately. */
  values(gauge: Probe["gauge"], now: Date): GaugeValue[] | undefined {
    const from = now.getTime() - probing.windowMs;
    const values = [...this.#answers].flatMap(([probe, answers]): GaugeValue[] => {
      const recent = answers.filter(({ at }) => at > from);
      if (probe.gauge !== gauge || recent.length === 0) return [];
      const failures = recent.filter(({ isGood }) => !isGood).length;
      return [{ labels: probe.labels, value: failures, facts: { probes: recent.length } }];
    });
    return values.length === 0 ? undefined : values;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #keepAsking(probe: Probe): Promise<void> {
    const answers = this.#answers.get(probe) ?? [];
    const { signal } = this.#stop;
    const { clock, onFailure } = this.#context;
    const startedAt = clock.now().getTime();
    let isKnown = false;
    let excused = 0;
    while (!signal.aborted) {
      const { result: isGood, heldUpMs } = await whileLooking(() => this.#ask(probe));
      if (!isGood && heldUpMs >= probing.heldUpMs && excused < probing.mostExcused) {
        excused += 1;
        await pause(probing.againMs, signal);
        continue;
      }
      excused = 0;
      const at = clock.now().getTime();
      isKnown ||= isGood || at - startedAt > probing.graceMs;
      if (isKnown) answers.push({ at, isGood });
      if (answers.length > 64) answers.shift();
      if (isKnown && !isGood) onFailure();
      await pause(nextProbeMs(answers.map((answer) => answer.isGood)), signal);
    }
  }

  async #ask(probe: Probe): Promise<boolean> {
    try {
      return await probe.ask();
    } catch (error) {
      this.#context.log.warn({ err: error, ...probe.labels }, "a probe was not answered");
      return false;
    }
  }
}

const lookEveryMs = 50;

/** Does the work, and tells for how long this process could do nothing at all meanwhile. */
async function whileLooking<T>(work: () => Promise<T>): Promise<{ result: T; heldUpMs: number }> {
  let heldUpMs = 0;
  let lookedAt = performance.now();
  const look = () => {
    const now = performance.now();
    heldUpMs = Math.max(heldUpMs, now - lookedAt - lookEveryMs);
    lookedAt = now;
  };
  const timer = setInterval(look, lookEveryMs);
  try {
    const result = await work();
    look();
    return { result, heldUpMs };
  } finally {
    clearInterval(timer);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}

/** What a step did stays only if no figure that it is watched by got worse than chance explains. */
import type {
  LiveFigures,
  StepState,
  TakenBack,
  Verdict,
  WatchedFigure,
} from "@orderwatch/shared/ops/runbooks.ts";
import type { Words } from "@orderwatch/shared/words.ts";

export const stepTransitions = {
  open: ["acting", "done"],
  acting: ["watching", "done", "failed"],
  watching: ["confirmed", "reverting"],
  confirmed: ["reverting"],
  done: ["reverting"],
  reverting: ["reverted"],
  reverted: [],
  failed: [],
} as const satisfies Record<StepState, readonly StepState[]>;

/** A state in which the step counts as executed; after the others it may be tried anew. */
export const standing = (state: StepState): boolean => state !== "failed" && state !== "reverted";

/** What could take a deed back: without an undo nothing, and without figures nobody but a person. */
export function takenBackOf(undo: object | null, isWatched: boolean): TakenBack {
  if (undo === null) return "never";
  return isWatched ? "by_itself" : "by_hand";
}

/** Counts that differ by less than so many standard deviations differ by chance. */
const significantZ = 3;
/** And by less than this share they do not matter. */
const tolerance = 0.3;
/** Latency matters from here on, in ms, and when it grew by half. */
const slowMs = 200;

/** Two counts of Poisson events over equal times: the conditional test, (b − a) / √(a + b). */
function compareCounts(before: number, after: number): Verdict {
  const z = before + after === 0 ? 0 : (after - before) / Math.sqrt(before + after);
  if (before + after < significantZ ** 2) return "unclear";
  if (Math.abs(z) < significantZ || Math.abs(after - before) < tolerance * before) return "same";
  return z > 0 ? "better" : "worse";
}

const flip = (verdict: Verdict): Verdict =>
  verdict === "better" ? "worse" : verdict === "worse" ? "better" : verdict;

/** Two shares: the pooled test of two proportions. */
function compareShares(before: [number, number], after: [number, number]): Verdict {
  const [badBefore, allBefore] = before;
  const [badAfter, allAfter] = after;
  if (allBefore < 5 || allAfter < 5) return "unclear";
  const pooled = (badBefore + badAfter) / (allBefore + allAfter);
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / allBefore + 1 / allAfter));
  const z = spread === 0 ? 0 : (badAfter / allAfter - badBefore / allBefore) / spread;
  if (Math.abs(z) < significantZ) return "same";
  return z > 0 ? "worse" : "better";
}

function compareLatency(before: number | null, after: number | null): Verdict {
  if (before === null || after === null) return "unclear";
  if (after > slowMs && after > before * 1.5) return "worse";
  return before > slowMs && before > after * 1.5 ? "better" : "same";
}

/** How one figure did; both windows are equally long. */
export function compareFigure(figure: WatchedFigure, before: LiveFigures, after: LiveFigures): Verdict {
  switch (figure) {
    case "placed":
    case "paid":
      return compareCounts(before[figure], after[figure]);
    case "refused":
      return flip(compareCounts(before.refused, after.refused));
    case "payment_failures":
      return compareShares(
        [before.paymentFailures, before.paymentFailures + before.paid],
        [after.paymentFailures, after.paymentFailures + after.paid],
      );
    case "latency":
      return compareLatency(before.latencyP99Ms, after.latencyP99Ms);
    case "active_nodes":
      if (after.activeNodes === before.activeNodes) return after.activeNodes === 0 ? "worse" : "same";
      return after.activeNodes > before.activeNodes ? "better" : "worse";
  }
}

export interface Judgement {
  verdict: Verdict;
  /** The figure that decided. */
  figure: WatchedFigure | null;
}

/** One figure that got worse decides; else one that got better, then one that stayed. */
export function judge(figures: readonly WatchedFigure[], before: LiveFigures, after: LiveFigures): Judgement {
  const verdicts = figures.map((figure) => ({ figure, verdict: compareFigure(figure, before, after) }));
  for (const wanted of ["worse", "better", "same"] as const) {
    const found = verdicts.find(({ verdict }) => verdict === wanted);
    if (found) return found;
  }
  return { verdict: "unclear", figure: null };
}

/** The figures in a sentence, for consequences and outcomes. */
export function sayFigures({ windowS, placed, paid, refused, activeNodes }: LiveFigures): Words {
  return {
    "zh-CN": `近 ${windowS} 秒：下单 ${placed}，付款 ${paid}，拒绝 ${refused}，运行中节点 ${activeNodes}`,
    en: `last ${windowS} s: ${placed} orders placed, ${paid} paid, ${refused} refused, ${activeNodes} active nodes`,
  };
}

const verdictWords: Record<Verdict, Words> = {
  better: { "zh-CN": "情况好转", en: "it got better" },
  same: { "zh-CN": "没有变差", en: "it got no worse" },
  worse: { "zh-CN": "情况变差", en: "it got worse" },
  unclear: { "zh-CN": "数据太少，无法判断", en: "too little happened to tell" },
};

const stays: Words = { "zh-CN": "此步骤不能撤回。", en: " This step cannot be taken back." };

/** What became of it, with the figures of before and after; and where it should go back but cannot, that it stays. */
export function sayOutcome(
  judgement: Judgement,
  before: LiveFigures,
  after: LiveFigures,
  takenBack: TakenBack,
): Words {
  const more = judgement.verdict === "worse" && takenBack === "never" ? stays : { "zh-CN": "", en: "" };
  const [was, is, verdict] = [sayFigures(before), sayFigures(after), verdictWords[judgement.verdict]];
  return {
    "zh-CN": `${verdict["zh-CN"]}。之前${was["zh-CN"]}；之后${is["zh-CN"]}。${more["zh-CN"]}`,
    en: `${verdict.en}. Before, ${was.en}; after, ${is.en}.${more.en}`,
  };
}

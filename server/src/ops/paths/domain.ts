/** A visit has reached every step up to the last one of which anything is known; counts say which of them were seen. */
import type { FunnelGroup, FunnelStepCount, StepChange } from "@orderwatch/shared/ops/funnel.ts";
import { type FunnelStep, funnelSteps } from "@orderwatch/shared/ops/funnel-steps.ts";

/** How many visits have this set of steps; bit n of `bits` is the step after n others, the visit itself is no bit. */
export interface Seen {
  bits: number;
  visits: number;
}

export type FunnelTally = Readonly<Record<FunnelStep, { reached: number; own: number }>>;

const bitOf = (step: FunnelStep): number => (1 << funnelSteps.indexOf(step)) >> 1;

export function tallyOf(seen: readonly Seen[]): FunnelTally {
  const tally = Object.fromEntries(funnelSteps.map((step) => [step, { reached: 0, own: 0 }])) as Record<
    FunnelStep,
    { reached: number; own: number }
  >;
  for (const { bits, visits } of seen)
    for (const step of funnelSteps) {
      const bit = bitOf(step);
      if (bits >= bit) tally[step].reached += visits;
      if (bit === 0 || (bits & bit) !== 0) tally[step].own += visits;
    }
  return tally;
}

export const addTallies = (tallies: readonly FunnelTally[]): FunnelTally =>
  Object.fromEntries(
    funnelSteps.map((step) => [
      step,
      {
        reached: tallies.reduce((sum, each) => sum + each[step].reached, 0),
        own: tallies.reduce((sum, each) => sum + each[step].own, 0),
      },
    ]),
  ) as FunnelTally;

/** Below so many visits a share says more of chance than of the shop. */
export const fewestVisits = 50;
/** So many times its standard error is a difference that chance does not explain. */
const beyondChance = 3;
/** A drop of fewer visits than this is nobody's concern, however sure. */
const fewestMissing = 5;

/**
 * How a share of visits compares with what is normal: the two-proportion z-test with a pooled variance. Null while
 * either side has too few visits to tell.
 */
export function changeOf(
  now: { from: number; kept: number },
  before: { from: number; kept: number },
): StepChange | null {
  if (now.from === 0 || before.from < fewestVisits) return null;
  const share = now.kept / now.from;
  const normal = before.kept / before.from;
  const pooled = (now.kept + before.kept) / (now.from + before.from);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / now.from + 1 / before.from));
  const missing = (normal - share) * now.from;
  const isDrop = missing >= fewestMissing && normal - share > beyondChance * error;
  return { normal, change: share - normal, missing, isDrop };
}

/** The steps from `first` on; `normal` is what the same visits did at other times, null while that is not known. */
export function stepsOf(
  tally: FunnelTally,
  normal: FunnelTally | null,
  first: FunnelStep = "visit",
): FunnelStepCount[] {
  const shown = funnelSteps.slice(funnelSteps.indexOf(first));
  return shown.map((step, at) => {
    const { reached, own } = tally[step];
    const previous = shown[at - 1];
    const from = previous === undefined ? 0 : tally[previous].reached;
    return {
      step,
      reached,
      inferred: reached - own,
      kept: from === 0 ? null : reached / from,
      change:
        previous === undefined || normal === null
          ? null
          : changeOf({ from, kept: reached }, { from: normal[previous].reached, kept: normal[step].reached }),
    };
  });
}

/** The largest first; a group that only the past knows has lost all of its visits, and is shown as such. */
export function groupsOf(
  now: ReadonlyMap<string, FunnelTally>,
  normal: ReadonlyMap<string, FunnelTally> | null,
  first: FunnelStep,
): FunnelGroup[] {
  return [...now]
    .map(([key, tally]) => ({ key, steps: stepsOf(tally, normal?.get(key) ?? null, first) }))
    .sort((a, b) => (b.steps[0]?.reached ?? 0) - (a.steps[0]?.reached ?? 0) || (a.key < b.key ? -1 : 1));
}

/** What a visit does later than this is no part of it any more; a payment is over long before. */
export const visitEndsAfterMs = 2 * 3_600_000;

export interface Window {
  from: Date;
  to: Date;
}

const hourMs = 3_600_000;

/**
 * A long window in pieces that begin and end at whole hours, oldest first: most of them are over, so that what was counted
 * once serves again, and no statement has more than a piece to count.
 */
export function piecesOf({ from, to }: Window): Window[] {
  const spanMs = to.getTime() - from.getTime();
  if (spanMs <= visitEndsAfterMs) return [{ from, to }];
  const pieceMs = Math.ceil(spanMs / 24 / hourMs) * hourMs;
  const pieces: Window[] = [];
  for (let at = from.getTime(); at < to.getTime(); ) {
    const end = Math.min((Math.floor(at / pieceMs) + 1) * pieceMs, to.getTime());
    pieces.push({ from: new Date(at), to: new Date(end) });
    at = end;
  }
  return pieces;
}

/** Nothing that visits of this window do can still happen after `until`. */
export const isOver = (window: Window, until: Date): boolean =>
  window.to.getTime() + visitEndsAfterMs <= until.getTime();

const weekMs = 7 * 86_400_000;
export const weeksBack = 4;

/**
 * The windows that a window is compared with: the same time of the weeks before, newest first, and the time right
 * before it. They begin at round moments, so that the same ones serve whoever asks within the next minutes.
 */
export function referencesOf({ from, to }: Window): { weeks: Window[]; before: Window } {
  const spanMs = to.getTime() - from.getTime();
  const roundMs = Math.max(60_000, Math.round(spanMs / 24 / 60_000) * 60_000);
  const end = Math.floor(to.getTime() / roundMs) * roundMs;
  const at = (backMs: number): Window => ({
    from: new Date(end - backMs - spanMs),
    to: new Date(end - backMs),
  });
  return {
    weeks: Array.from({ length: weeksBack }, (_, week) => at((week + 1) * weekMs)),
    before: at(spanMs),
  };
}

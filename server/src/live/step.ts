/** Widths of a chart's points, in seconds. */
export const steps = [1, 15, 60, 300, 3_600, 86_400] as const;
export const mostPoints = 300;

/** The widest range that fits, in seconds. */
export const widestRangeS = 86_400 * (mostPoints - 1);

/** A window of whole steps, `from` included, `to` excluded, in seconds since 1970 UTC. */
export interface Window {
  from: number;
  to: number;
  stepS: number;
}

export const floorTo = (second: number, stepS: number) => Math.floor(second / stepS) * stepS;
export const ceilTo = (second: number, stepS: number) => Math.ceil(second / stepS) * stepS;

/**
 * The finest window of at most 300 whole steps around a range. `finest` is the finest step that the range's source
 * knows (1 in memory, 60 in the rollups). Undefined when the range is empty or too wide.
 */
export function chooseWindow(from: number, to: number, finest: number): Window | undefined {
  if (!(from < to)) return undefined;
  for (const stepS of steps) {
    const window = { from: floorTo(from, stepS), to: ceilTo(to, stepS), stepS };
    if (stepS >= finest && (window.to - window.from) / stepS <= mostPoints) return window;
  }
  return undefined;
}

/** The start of every step of a window. */
export function startsOf(window: Window): number[] {
  const count = (window.to - window.from) / window.stepS;
  return Array.from({ length: count }, (_, index) => window.from + index * window.stepS);
}

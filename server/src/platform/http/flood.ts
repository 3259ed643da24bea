/** Counts what each key did lately, so that a flood from one of them can be turned away. */
export interface FloodGuard {
  /** Counts one more; null, or in how many ms this key may come again. */
  take(key: string): number | null;
}

/** Beyond so many keys in one window their counts are forgotten early: who floods from everywhere is not told apart here. */
const mostKeys = 200_000;

/**
 * At most about `points` of each key in any `windowMs`: the window's count, and of the window before it the share that
 * still overlaps. Two tables that are dropped whole; a record with a timer for each key, as limiters commonly keep, made
 * the garbage collector the slowest part of ordering.
 */
export function createFloodGuard(options: {
  points: number;
  windowMs: number;
  /** Time in ms from any start. */
  nowMs?: () => number;
}): FloodGuard {
  const { points, windowMs, nowMs = () => performance.now() } = options;
  let current = new Map<string, number>();
  let before = new Map<string, number>();
  let beganMs = nowMs();
  const turn = (now: number): void => {
    const isFull = current.size >= mostKeys;
    if (now - beganMs < windowMs && !isFull) return;
    before = now - beganMs < 2 * windowMs ? current : new Map();
    current = new Map();
    beganMs = isFull ? now : now - ((now - beganMs) % windowMs);
  };
  return {
    take(key) {
      const now = nowMs();
      turn(now);
      const here = (current.get(key) ?? 0) + 1;
      const leftMs = beganMs + windowMs - now;
      const overlapping = (before.get(key) ?? 0) * (leftMs / windowMs);
      if (here + overlapping > points) return Math.ceil(leftMs);
      current.set(key, here);
      return null;
    },
  };
}

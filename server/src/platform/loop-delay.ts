/** How late the event loop comes to what is due, in ms, smoothed over about a second: a single long step is no overload. */
export interface LoopDelay {
  ms(): number;
  stop(): void;
}

const everyMs = 20;
const weight = 0.04;

export function watchLoopDelay(): LoopDelay {
  let smoothedMs = 0;
  let dueMs = performance.now() + everyMs;
  const timer = setInterval(() => {
    const now = performance.now();
    // Late by several beats weighs as much as the beats that were missed.
    const lateMs = Math.max(0, now - dueMs);
    const missed = 1 + Math.floor(lateMs / everyMs);
    smoothedMs += (1 - (1 - weight) ** missed) * (lateMs - smoothedMs);
    dueMs = now + everyMs;
  }, everyMs);
  timer.unref();
  return { ms: () => smoothedMs, stop: () => clearInterval(timer) };
}

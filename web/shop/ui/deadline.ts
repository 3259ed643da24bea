/**
 * Runs a request that is given up after `ms`. Written out, since phones' in-app browsers lack `AbortSignal.any` and
 * `AbortSignal.timeout`.
 */
export function withDeadline<T>(
  request: (signal: AbortSignal) => Promise<T>,
  ms = 10_000,
): { answer: Promise<T>; abort: () => void } {
  const aborter = new AbortController();
  const timer = setTimeout(() => aborter.abort(), ms);
  const answer = request(aborter.signal).finally(() => clearTimeout(timer));
  return { answer, abort: () => aborter.abort() };
}

/** How old the newest figures are. The badge and everything that speaks of "now" go by this, never by hope. */
export type Freshness =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "stale"; seconds: number }
  /** `seconds` since the last figures; null when there never were any. */
  | { kind: "offline"; seconds: number | null };

/** From this age on figures are stale, in ms: two frames missed and a little. */
export const staleAfterMs = 2_500;

export interface Observed {
  connected: boolean;
  /** When the newest frame arrived, on the browser's own clock; null before the first. */
  receivedAt: number | null;
  /** How much older that frame was on arrival than the most punctual one, in ms. */
  lateMs: number;
}

export function freshnessAt({ connected, receivedAt, lateMs }: Observed, now: number): Freshness {
  if (receivedAt === null) return connected ? { kind: "connecting" } : { kind: "offline", seconds: null };
  const ageMs = now - receivedAt + lateMs;
  const seconds = Math.floor(ageMs / 1_000);
  if (!connected) return { kind: "offline", seconds };
  return ageMs < staleAfterMs ? { kind: "live" } : { kind: "stale", seconds };
}

export const sameFreshness = (a: Freshness, b: Freshness): boolean =>
  a.kind === b.kind && ("seconds" in a ? a.seconds : 0) === ("seconds" in b ? b.seconds : 0);

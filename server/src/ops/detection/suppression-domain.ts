/** Whoever holds an alert back never stops it from being measured. */
import type { Labels, Matchers, Suppression } from "@orderwatch/shared/ops/detection.ts";

export interface Span {
  id: string;
  matchers: Matchers;
  startsAt: Date;
  endsAt: Date;
}

export interface Holds {
  silences: readonly Span[];
  windows: readonly Span[];
}

const isWithin = (span: Span, now: Date) => span.startsAt <= now && now < span.endsAt;

export function matches(matchers: Matchers, alert: { rule: string; labels: Labels }): boolean {
  return Object.entries(matchers).every(
    ([name, value]) => (name === "rule" ? alert.rule : alert.labels[name]) === value,
  );
}

/** What holds an alert back now, maintenance first; null when nothing does. */
export function heldBy(
  alert: { rule: string; labels: Labels },
  { silences, windows }: Holds,
  now: Date,
): Suppression | null {
  const holds = (span: Span) => isWithin(span, now) && matches(span.matchers, alert);
  const window = windows.find(holds);
  if (window) return { by: "maintenance", id: window.id };
  const silence = silences.find(holds);
  return silence ? { by: "silence", id: silence.id } : null;
}

/** Deadlines as clocks: what is left in mm:ss, turning before the deadline is missed and going on after it. */

/** A promise with a time: when it is due, and when it was kept. */
export interface Due {
  dueAt: string;
  metAt?: string | null | undefined;
}

/** calm: time enough; near: turn to it now; missed: past due; met and metLate: kept. */
export type Urgency = "calm" | "near" | "missed" | "met" | "metLate";

export interface Countdown {
  urgency: Urgency;
  /** Time left, or how long it has been missed; for a kept one how early or late it was. In ms, never negative. */
  ms: number;
}

/** What is left when the clock turns: a fifth of the whole, between half a minute and a quarter of an hour. */
export function turnsAtMs(totalMs: number): number {
  return Math.min(15 * 60_000, Math.max(30_000, totalMs / 5));
}

/** How a deadline stands at `now`; `from` is when its clock began. */
export function countdown(deadline: Due, from: string, now: number): Countdown {
  const due = Date.parse(deadline.dueAt);
  if (deadline.metAt) {
    const early = due - Date.parse(deadline.metAt);
    return { urgency: early >= 0 ? "met" : "metLate", ms: Math.abs(early) };
  }
  const left = due - now;
  if (left <= 0) return { urgency: "missed", ms: -left };
  return { urgency: left <= turnsAtMs(due - Date.parse(from)) ? "near" : "calm", ms: left };
}

/** `mm:ss`, or `h:mm:ss` from an hour on. Time left is rounded up and time missed down, so that 00:00 is the moment. */
export function clockFace({ urgency, ms }: Countdown): string {
  const seconds = urgency === "missed" ? Math.floor(ms / 1000) : Math.ceil(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  const face = hours === 0 ? rest : `${hours}:${rest}`;
  return urgency === "missed" ? `+${face}` : face;
}

/** The deadline that matters now: the one longest missed, else the one due next; null when all are kept. */
export function nextDeadline<Deadline extends Due>(deadlines: readonly Deadline[]): Deadline | null {
  const waiting = deadlines.filter(({ metAt }) => !metAt);
  return waiting.reduce<Deadline | null>(
    (first, each) => (first === null || Date.parse(each.dueAt) < Date.parse(first.dueAt) ? each : first),
    null,
  );
}

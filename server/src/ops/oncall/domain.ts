import type { Layer, Restriction } from "@orderwatch/shared/ops/oncall.ts";
import { addDays, dayAt, daysBetween, momentOf, mondayOf } from "./wall-clock.ts";

// At every moment a rota has one answer: the last made override, else the first layer with somebody, else nobody.

/** What decides who is on duty. Times in milliseconds since 1970 UTC. */
export interface RotaPlan {
  timeZone: string;
  layers: readonly Layer[];
  holidays: readonly { day: string }[];
  /** In the order in which they were made. */
  overrides: readonly PlannedOverride[];
}

export interface PlannedOverride {
  id: string;
  fromMs: number;
  untilMs: number;
  userId: string;
  swapId: string | null;
}

export type DutySource =
  | { kind: "layer"; layer: number }
  | { kind: "override"; overrideId: string }
  | { kind: "swap"; overrideId: string }
  | { kind: "gap" };

/** A stretch `[fromMs, untilMs)` with the same person for the same reason; null where nobody is on duty. */
export interface Duty {
  fromMs: number;
  untilMs: number;
  userId: string | null;
  source: DutySource;
}

/** Who is on duty at a moment; null: nobody. It is the schedule of that millisecond, so the two cannot differ. */
export function onDuty(rota: RotaPlan, at: Date): string | null {
  return schedule(rota, at, new Date(at.getTime() + 1))[0]?.userId ?? null;
}

/** The stretches from `from` to `until`, in order and without a hole. */
export function schedule(rota: RotaPlan, from: Date, until: Date): Duty[] {
  const range = { fromMs: from.getTime(), untilMs: until.getTime() };
  const layers = rota.layers.map((layer) => walk(coverOf(rota, layer, range)));
  const overrides = rota.overrides.filter((one) => one.fromMs < range.untilMs && one.untilMs > range.fromMs);
  const edges = new Set([range.fromMs]);
  for (const one of [...overrides, ...layers.flatMap(({ all }) => all)])
    for (const edge of [one.fromMs, one.untilMs])
      if (edge > range.fromMs && edge < range.untilMs) edges.add(edge);
  const sorted = [...edges].sort((a, b) => a - b);

  const duties: Duty[] = [];
  for (const [index, fromMs] of sorted.entries()) {
    const duty = {
      fromMs,
      untilMs: sorted[index + 1] ?? range.untilMs,
      ...decide(overrides, layers, fromMs),
    };
    const last = duties.at(-1);
    if (last && last.userId === duty.userId && isSame(last.source, duty.source)) last.untilMs = duty.untilMs;
    else duties.push(duty);
  }
  return duties;
}

function decide(
  overrides: readonly PlannedOverride[],
  layers: readonly Walk[],
  atMs: number,
): Pick<Duty, "userId" | "source"> {
  const override = overrides.findLast((one) => one.fromMs <= atMs && atMs < one.untilMs);
  const found = layers.map((layer) => layer.at(atMs));
  if (override) {
    const kind = override.swapId === null ? "override" : "swap";
    return { userId: override.userId, source: { kind, overrideId: override.id } };
  }
  const layer = found.findIndex((userId) => userId !== null);
  return layer < 0
    ? { userId: null, source: { kind: "gap" } }
    : { userId: found[layer] ?? null, source: { kind: "layer", layer } };
}

const isSame = (a: DutySource, b: DutySource) => JSON.stringify(a) === JSON.stringify(b);

interface Stretch {
  fromMs: number;
  untilMs: number;
}
interface Turn extends Stretch {
  userId: string;
}

interface Walk {
  all: readonly Turn[];
  /** Who has the layer; asked with times that never go backwards. */
  at(atMs: number): string | null;
}

function walk(all: readonly Turn[]): Walk {
  let index = 0;
  return {
    all,
    at(atMs) {
      while ((all[index]?.untilMs ?? Number.POSITIVE_INFINITY) <= atMs) index++;
      const turn = all[index];
      return turn && turn.fromMs <= atMs ? turn.userId : null;
    },
  };
}

/** When a layer has whom within a range: its turns, within its hours, as its holidays have it. */
function coverOf(rota: RotaPlan, layer: Layer, range: Stretch): Turn[] {
  let turns = turnsOf(rota.timeZone, layer, range);
  if (layer.restrictions.length > 0) turns = within(turns, hoursOf(rota.timeZone, layer.restrictions, range));
  if (layer.onHolidays === "as_usual") return turns;
  const holidays = union(
    rota.holidays.map(({ day }) => ({
      fromMs: momentOf(rota.timeZone, day, "00:00"),
      untilMs: momentOf(rota.timeZone, addDays(day, 1), "00:00"),
    })),
  );
  return within(turns, layer.onHolidays === "only" ? holidays : between(holidays, range));
}

function turnsOf(timeZone: string, layer: Layer, range: Stretch): Turn[] {
  const { unit, count, handoffAt } = layer.rotation;
  const days = count * (unit === "week" ? 7 : 1);
  const startOf = (turn: number) => momentOf(timeZone, addDays(layer.startsOn, turn * days), handoffAt);
  const endMs =
    layer.endsOn === null ? Number.POSITIVE_INFINITY : momentOf(timeZone, layer.endsOn, handoffAt);
  // One turn early: a day begins before its handoff.
  const first = Math.floor(daysBetween(layer.startsOn, dayAt(timeZone, range.fromMs)) / days) - 1;
  const turns: Turn[] = [];
  for (let turn = Math.max(0, first); ; turn++) {
    const fromMs = startOf(turn);
    if (fromMs >= range.untilMs || fromMs >= endMs) return turns;
    const userId = layer.people[turn % layer.people.length];
    const untilMs = Math.min(startOf(turn + 1), endMs);
    if (userId !== undefined && untilMs > range.fromMs) turns.push({ fromMs, untilMs, userId });
  }
}

/** The hours of the week as moments, one week beyond the range on either side. */
function hoursOf(timeZone: string, restrictions: readonly Restriction[], range: Stretch): Stretch[] {
  const hours: Stretch[] = [];
  const last = addDays(dayAt(timeZone, range.untilMs), 7);
  for (
    let monday = addDays(mondayOf(dayAt(timeZone, range.fromMs)), -7);
    monday <= last;
    monday = addDays(monday, 7)
  )
    for (const { from, until } of restrictions) {
      const isBackwards =
        until.weekday < from.weekday || (until.weekday === from.weekday && until.time <= from.time);
      const untilDay = addDays(monday, until.weekday - 1 + (isBackwards ? 7 : 0));
      hours.push({
        fromMs: momentOf(timeZone, addDays(monday, from.weekday - 1), from.time),
        untilMs: momentOf(timeZone, untilDay, until.time),
      });
    }
  return union(hours);
}

/** The same time as stretches in order that neither overlap nor touch. */
function union(stretches: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = [];
  for (const one of [...stretches].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1);
    if (last && one.fromMs <= last.untilMs) last.untilMs = Math.max(last.untilMs, one.untilMs);
    else if (one.fromMs < one.untilMs) joined.push({ ...one });
  }
  return joined;
}

/** What lies between stretches in order, over a whole range and beyond its ends. */
function between(stretches: readonly Stretch[], range: Stretch): Stretch[] {
  const edges = [Math.min(range.fromMs, stretches[0]?.fromMs ?? range.fromMs) - 1];
  for (const { fromMs, untilMs } of stretches) edges.push(fromMs, untilMs);
  edges.push(Math.max(range.untilMs, stretches.at(-1)?.untilMs ?? range.untilMs) + 1);
  const gaps: Stretch[] = [];
  for (let index = 0; index + 1 < edges.length; index += 2)
    gaps.push({ fromMs: edges[index] ?? 0, untilMs: edges[index + 1] ?? 0 });
  return gaps;
}

/** The parts of turns that lie in the stretches; both in order. */
function within(turns: readonly Turn[], stretches: readonly Stretch[]): Turn[] {
  const parts: Turn[] = [];
  let first = 0;
  for (const turn of turns) {
    while ((stretches[first]?.untilMs ?? Number.POSITIVE_INFINITY) <= turn.fromMs) first++;
    for (let index = first; ; index++) {
      const stretch = stretches[index];
      if (!stretch || stretch.fromMs >= turn.untilMs) break;
      parts.push({
        ...turn,
        fromMs: Math.max(turn.fromMs, stretch.fromMs),
        untilMs: Math.min(turn.untilMs, stretch.untilMs),
      });
    }
  }
  return parts;
}

/** A running total never falls, so what happened in a window is the difference of two totals. */

const minuteS = 60;
/** A little more than the widest window of seconds, and of minutes: one hour and three days. */
const secondSlots = 3_700;
const minuteSlots = 3 * 1_440 + 20;
/** Names beyond these are not watched: codes come from a fixed list, so there are far fewer. */
const mostNames = 256;

interface Column {
  total: number;
  /** The total as it stood at the end of a second, and of a minute; zero before the name was first heard. */
  seconds: Float64Array;
  minutes: Float64Array;
}

/** Counters over the last three days, each sum in constant time: by the second for an hour, by the minute beyond. */
export class Series {
  readonly #columns = new Map<string, Column>();
  readonly #families = new Map<string, Column[]>();
  #second: number | undefined;
  #first: number | undefined;

  /** How long ago the first of it was, in seconds. */
  get knownS(): number {
    return this.#first === undefined ? 0 : this.second - this.#first + 1;
  }

  /** The newest second that was added. */
  get second(): number {
    return this.#second ?? 0;
  }

  /**
   * Takes in what was counted in a second (since 1970 UTC); seconds between were empty. One that is not after the
   * newest is counted there.
   */
  add(second: number, counts: ReadonlyMap<string, number>): void {
    const newest = this.#second ?? second - 1;
    for (let each = Math.max(newest + 1, second - secondSlots); each < second; each++) this.#note(each);
    this.#fillMinutes(newest, second);
    for (const [name, n] of counts) this.#column(name).total += n;
    this.#first ??= second;
    this.#second = Math.max(newest, second);
    this.#note(this.#second);
  }

  /** The count of a name, or of all names that begin with it where it ends in `*`, over the last `windowS` seconds. */
  sum(name: string, windowS: number): number {
    let sum = 0;
    for (const column of this.#named(name)) sum += column.total - this.#before(column, windowS);
    return sum;
  }

  #before(column: Column, windowS: number): number {
    const at = this.second - windowS;
    if (windowS < secondSlots) return column.seconds[at % secondSlots] ?? 0;
    return column.minutes[Math.floor(at / minuteS) % minuteSlots] ?? 0;
  }

  #note(second: number): void {
    const minute = Math.floor(second / minuteS) % minuteSlots;
    for (const column of this.#columns.values()) {
      column.seconds[second % secondSlots] = column.total;
      column.minutes[minute] = column.total;
    }
  }

  /** Minutes that were skipped by more than the seconds reach. */
  #fillMinutes(from: number, to: number): void {
    const first = Math.max(Math.floor(from / minuteS) + 1, Math.floor(to / minuteS) - minuteSlots);
    for (let minute = first; minute < Math.floor(to / minuteS); minute++)
      for (const column of this.#columns.values()) column.minutes[minute % minuteSlots] = column.total;
  }

  #named(name: string): readonly Column[] {
    if (!name.endsWith("*")) {
      const column = this.#columns.get(name);
      return column ? [column] : [];
    }
    const known = this.#families.get(name);
    if (known) return known;
    const prefix = name.slice(0, -1);
    const family = [...this.#columns].flatMap(([each, column]) => (each.startsWith(prefix) ? [column] : []));
    this.#families.set(name, family);
    return family;
  }

  #column(name: string): Column {
    const known = this.#columns.get(name);
    if (known) return known;
    const made = {
      total: 0,
      seconds: new Float64Array(secondSlots),
      minutes: new Float64Array(minuteSlots),
    };
    if (this.#columns.size >= mostNames) return made;
    this.#columns.set(name, made);
    this.#families.clear();
    return made;
  }
}

/** The newest `capacity` values in one array that never grows, so that a day of streaming leaves the heap as it was. */
export class Ring<T> {
  readonly #slots: (T | undefined)[];
  #next = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#slots = new Array<T | undefined>(capacity).fill(undefined);
  }

  get length(): number {
    return this.#length;
  }

  get last(): T | undefined {
    const { length } = this.#slots;
    return this.#length === 0 ? undefined : this.#slots[(this.#next + length - 1) % length];
  }

  push(value: T): void {
    this.#slots[this.#next] = value;
    this.#next = (this.#next + 1) % this.#slots.length;
    this.#length = Math.min(this.#length + 1, this.#slots.length);
  }

  /** Puts a value in the newest one's place. */
  replaceLast(value: T): void {
    const { length } = this.#slots;
    if (this.#length > 0) this.#slots[(this.#next + length - 1) % length] = value;
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#next = 0;
    this.#length = 0;
  }

  /** A copy, oldest first. */
  toArray(): T[] {
    const { length } = this.#slots;
    const start = this.#next - this.#length + length;
    const values: T[] = [];
    for (let index = 0; index < this.#length; index++) {
      const value = this.#slots[(start + index) % length];
      if (value !== undefined) values.push(value);
    }
    return values;
  }
}

/** The oldest are forgotten first; more than a long paging campaign sends. */
const kept = 50_000;
const listedAtOnce = 500;

/** What a company took, as it would show it to its customer. */
export class MessageBook<Message> {
  readonly #messages: Message[] = [];
  /** How many were forgotten, so that a cursor stays the same message. */
  #forgotten = 0;

  add(message: Message): void {
    this.#messages.push(message);
    if (this.#messages.length <= kept) return;
    this.#messages.shift();
    this.#forgotten += 1;
  }

  filter(isWanted: (message: Message) => boolean): Message[] {
    return this.#messages.filter(isWanted);
  }

  /** Newest first; `cursor` is what the page before named, or null. */
  list(cursor: string | null): { items: Message[]; nextCursor: string | null } {
    const until = cursor === null ? this.#messages.length : Number(cursor) - this.#forgotten;
    const end = Number.isInteger(until) ? Math.max(0, until) : this.#messages.length;
    const from = Math.max(0, end - listedAtOnce);
    const items = this.#messages.slice(from, end).reverse();
    return { items, nextCursor: from === 0 ? null : String(from + this.#forgotten) };
  }
}

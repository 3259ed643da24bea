import { randomBytes } from "node:crypto";

/** Files made for a merchant: each is kept until so many others were made. */
const KEPT = 8;

/** Bills as they can be fetched, each under an address that cannot be guessed. */
export class Downloads {
  readonly #files = new Map<string, Buffer>();

  /** The token to ask for it with. */
  put(file: Buffer): string {
    const token = randomBytes(24).toString("hex");
    this.#files.set(token, file);
    const [oldest] = this.#files.keys();
    if (this.#files.size > KEPT && oldest !== undefined) this.#files.delete(oldest);
    return token;
  }

  get(token: string | null): Buffer | undefined {
    return token === null ? undefined : this.#files.get(token);
  }
}

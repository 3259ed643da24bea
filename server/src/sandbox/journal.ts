import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

/** Rewritten when it has grown by this much since its last rewriting, and by what that wrote: each byte costs a bounded share. */
const GROWTH_BYTES = 16 * 1024 * 1024;

/**
 * An append-only file of JSON lines. Whoever appends waits until the line is with the operating system, so it survives
 * this process; lines that wait together are written together.
 */
export class Journal {
  readonly #path: string;
  /** Every line that must outlive a rewriting. */
  readonly #live: () => Iterable<unknown>;
  #file: FileHandle;
  #grown = 0;
  #rewritten = 0;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;

  private constructor(path: string, file: FileHandle, live: () => Iterable<unknown>) {
    this.#path = path;
    this.#file = file;
    this.#live = live;
  }

  /**
   * Reads what is there, line by line and oldest first, then starts a fresh file of what `live` still wants. A last line
   * that was cut off by a crash is passed over; `onBroken` hears of every line that is no JSON.
   */
  static async open(
    path: string,
    reader: { read(line: unknown): void; onBroken(lineNumber: number): void; live(): Iterable<unknown> },
  ): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, "a", 0o600);
    let number = 0;
    for await (const line of createInterface({
      input: createReadStream(path),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      number += 1;
      const value = parse(line);
      if (value === undefined) reader.onBroken(number);
      else reader.read(value);
    }
    const journal = new Journal(path, file, () => reader.live());
    await journal.#rewrite();
    return journal;
  }

  async append(line: unknown): Promise<void> {
    this.#waiting.push(JSON.stringify(line));
    this.#writing ??= this.#drain();
    await this.#writing;
  }

  /** Resolves when every line that waits now is with the operating system. */
  async kept(): Promise<void> {
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  async #drain(): Promise<void> {
    // One turn later, so that everything which happened in this one goes into the same write.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const text = this.#waiting.map((line) => `${line}\n`).join("");
        this.#waiting = [];
        await this.#file.appendFile(text);
        this.#grown += text.length;
        if (this.#grown > GROWTH_BYTES + this.#rewritten) await this.#rewrite();
      }
    } finally {
      // In the same turn as the last look at what waits, or a line that came in between would wait for ever.
      this.#writing = undefined;
    }
  }

  async #rewrite(): Promise<void> {
    const draft = `${this.#path}.new`;
    const file = await open(draft, "w", 0o600);
    const lines = [...this.#live()].map((line) => `${JSON.stringify(line)}\n`);
    const text = lines.join("");
    await file.appendFile(text);
    await file.sync();
    await rename(draft, this.#path);
    await this.#file.close();
    this.#file = file;
    this.#grown = 0;
    this.#rewritten = text.length;
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

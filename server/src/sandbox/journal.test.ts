import { appendFile, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Journal } from "./journal.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "journal-"));
  path = join(folder, "sandbox", "lines.ndjson");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function openJournal(live: unknown[] = []) {
  const read: unknown[] = [];
  const broken: number[] = [];
  const journal = await Journal.open(path, {
    read: (line) => read.push(line),
    onBroken: (lineNumber) => broken.push(lineNumber),
    live: () => [...live, ...read],
  });
  return { journal, read, broken };
}

describe("a journal", () => {
  it("gives back what was appended, oldest first, however many wrote at once", async () => {
    const first = await openJournal();
    const lines = Array.from({ length: 500 }, (_, index) => ({ index }));
    await Promise.all(lines.map((line) => first.journal.append(line)));
    await first.journal.append({ index: 500 });
    await first.journal.close();
    const second = await openJournal();
    expect(second.read).toEqual([...lines, { index: 500 }]);
    await second.journal.close();
  });

  it("has a line on disk by the time that its writer goes on", async () => {
    const { journal } = await openJournal();
    await journal.append({ paid: true });
    expect(await readFile(path, "utf8")).toBe('{"paid":true}\n');
    await journal.close();
  });

  it("passes over a line that a crash cut off, says so, and is whole afterwards", async () => {
    const { journal } = await openJournal();
    await journal.append({ index: 1 });
    await journal.close();
    await appendFile(path, '{"index":');
    const second = await openJournal();
    expect(second).toMatchObject({ read: [{ index: 1 }], broken: [2] });
    await second.journal.append({ index: 2 });
    await second.journal.close();
    const third = await openJournal();
    expect(third).toMatchObject({ read: [{ index: 1 }, { index: 2 }], broken: [] });
    await third.journal.close();
  });

  it("stays small while it runs: what is no longer wanted goes when it has grown", async () => {
    const { journal } = await openJournal([{ kept: true }]);
    const filler = { filler: "x".repeat(100_000) };
    for (let count = 0; count < 200; count += 1) await journal.append(filler);
    expect((await stat(path)).size).toBeLessThan(16 * 1024 * 1024);
    await journal.close();
    expect((await readFile(path, "utf8")).split("\n")[0]).toBe('{"kept":true}');
    expect(await readdir(join(folder, "sandbox"))).toEqual(["lines.ndjson"]);
  });
});

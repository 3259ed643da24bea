import { describe, expect, it } from "vitest";
import { chunkSize, importCodes, longestCode, readCodes } from "./import.ts";
import { priceOf, typedPrice } from "./money.ts";

describe("codes in a text", () => {
  it("are one a line, whatever the line ends with, blanks left out and repeated ones taken once", () => {
    expect(readCodes("A-1\r\nB-2\n\n  A-1  \rC-3\n")).toEqual({
      codes: ["A-1", "B-2", "C-3"],
      repeated: 1,
      tooLong: 0,
    });
  });

  it("that are too long for the shop are counted, not sent", () => {
    expect(readCodes(`${"x".repeat(longestCode)}\n${"y".repeat(longestCode + 1)}`)).toMatchObject({
      codes: ["x".repeat(longestCode)],
      tooLong: 1,
    });
  });
});

describe("an import", () => {
  const codes = Array.from({ length: chunkSize * 2 + 5 }, (_, index) => `code-${index}`);
  const start = { done: 0, all: codes.length, imported: 0, duplicates: 0 };

  it("reports only what was stored, and adds up the server's counts", async () => {
    const reports: number[] = [];
    const end = await importCodes(
      codes,
      start,
      async (chunk) => ({ imported: chunk.length - 1, duplicates: 1 }),
      ({ done }) => reports.push(done),
      new AbortController().signal,
    );
    expect(reports).toEqual([chunkSize, chunkSize * 2, codes.length]);
    expect(end).toMatchObject({ imported: codes.length - 3, duplicates: 3 });
  });

  it("that broke goes on where it broke, sending nothing twice", async () => {
    const sent: string[] = [];
    let progress = start;
    const send = async (chunk: string[]) => {
      if (sent.length === chunkSize && progress.done === chunkSize) throw new Error("network");
      sent.push(...chunk);
      return { imported: chunk.length, duplicates: 0 };
    };
    const report = (next: typeof start) => {
      progress = next;
    };
    const { signal } = new AbortController();
    await expect(importCodes(codes, progress, send, report, signal)).rejects.toThrow("network");
    await importCodes(
      codes,
      progress,
      async (chunk) => {
        sent.push(...chunk);
        return { imported: chunk.length, duplicates: 0 };
      },
      report,
      signal,
    );
    expect(sent).toEqual(codes);
    expect(progress.done).toBe(codes.length);
  });

  it("stops between two chunks when it is told to", async () => {
    const control = new AbortController();
    const end = await importCodes(
      codes,
      start,
      async (chunk) => {
        control.abort();
        return { imported: chunk.length, duplicates: 0 };
      },
      () => {},
      control.signal,
    );
    expect(end.done).toBe(chunkSize);
  });
});

describe("a typed price", () => {
  it("becomes whole fen by its digits", () => {
    expect(priceOf("0.29")).toBe(29);
    expect(priceOf("49.9")).toBe(4990);
    expect(priceOf("100000")).toBe(10_000_000);
    expect(typedPrice(4990)).toBe("49.90");
  });

  it("is refused when it is no price", () => {
    for (const typed of ["", "0", "-1", "1.234", "1e3", "100000.01", "¥5"]) expect(priceOf(typed)).toBeNull();
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BadLine, readCodeLines } from "./lines.ts";

async function* pieces(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size = 7): Promise<string[]> {
  const codes: string[] = [];
  for await (const { code } of readCodeLines(pieces(text, size))) codes.push(code);
  return codes;
}

describe("a stream of codes", () => {
  test("reads the same however the network cut it", async () => {
    const code = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
      .filter((text) => text.trim() === text && !text.includes("\0"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(code, { maxLength: 20 }),
        fc.integer({ min: 1, max: 40 }),
        async (codes, size) => {
          const text = codes.map((one, at) => JSON.stringify(at % 2 ? one : { code: one })).join("\n");
          expect(await read(text, size)).toEqual(codes);
        },
      ),
    );
  });

  test("empty lines, a missing last newline and CRLF are fine", async () => {
    expect(await read('"A"\r\n\n{"code":"B"}\r\n  \n"C"')).toEqual(["A", "B", "C"]);
  });

  test.each([
    ['"A"\n\n"B', 3],
    ['"A"\n17\n"C"', 2],
    ['{"code":"A","extra":1}', 1],
    ['"A"\n""', 2],
    [`"A"\n"${"x".repeat(501)}"`, 2],
  ])("a bad line is named by its number and never repeated: %j", async (text, line) => {
    const failure = await read(text).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BadLine);
    expect(failure).toMatchObject({ line });
  });

  test("a line without an end is refused before it fills the memory", async () => {
    let sent = 0;
    async function* endless() {
      for (;;) {
        sent += 1;
        yield Buffer.alloc(1024, "x");
      }
    }
    await expect(readCodeLines(endless()).next()).rejects.toBeInstanceOf(BadLine);
    expect(sent).toBeLessThan(8);
  });
});

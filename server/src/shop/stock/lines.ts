import { CardCode } from "@orderwatch/shared/ops/stock.ts";
import { z } from "zod";

/** One line of the stream: `"CODE"` or `{"code":"CODE"}`. */
const Line = z.union([CardCode, z.strictObject({ code: CardCode }).transform(({ code }) => code)]);

/** A code of 500 characters, each escaped, and the braces around it. */
const maxLineBytes = 4096;

/** A line that is no code. `line` counts from 1; the line itself is not repeated, since it may hold a code. */
export class BadLine extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.name = "BadLine";
    this.line = line;
  }
}

/**
 * Reads codes from NDJSON as it arrives, holding no more than one line and the current piece. Empty lines are
 * passed over, but counted. Throws BadLine.
 */
export async function* readCodeLines(
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<{ code: string; line: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  for await (const piece of pieces) {
    const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, start)) {
      line += 1;
      const code = parseLine(all.subarray(start, end), line);
      start = end + 1;
      if (code !== undefined) yield { code, line };
    }
    rest = all.subarray(start);
    if (rest.length > maxLineBytes) throw new BadLine(line + 1, "a line has at most 4096 bytes");
  }
  const code = parseLine(rest, line + 1);
  if (code !== undefined) yield { code, line: line + 1 };
}

function parseLine(bytes: Buffer, line: number): string | undefined {
  if (bytes.length > maxLineBytes) throw new BadLine(line, "a line has at most 4096 bytes");
  const text = bytes.toString("utf8").trim();
  if (text === "") return undefined;
  const parsed = Line.safeParse(parseJson(text, line));
  if (parsed.success) return parsed.data;
  throw new BadLine(line, 'a JSON string of 1 to 500 characters, or {"code": "…"}');
}

function parseJson(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadLine(line, "not valid JSON");
  }
}

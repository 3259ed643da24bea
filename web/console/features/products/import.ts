/** Longest code that the shop stores, and how many go over in one call. */
export const longestCode = 500;
export const chunkSize = 2_000;

export interface ReadCodes {
  codes: string[];
  /** How many lines were the same as an earlier one. */
  repeated: number;
  tooLong: number;
}

/** The codes of a text, one a line; blank lines do not count, repeated ones once. */
export function readCodes(text: string): ReadCodes {
  const lines = text
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const distinct = [...new Set(lines)];
  const codes = distinct.filter((code) => code.length <= longestCode);
  return { codes, repeated: lines.length - distinct.length, tooLong: distinct.length - codes.length };
}

export interface Progress {
  done: number;
  all: number;
  imported: number;
  duplicates: number;
}

/**
 * Sends codes chunk by chunk from `progress.done` on. Each step is reported only when the server has stored it, so that
 * the bar is true and a stopped import goes on where it stopped. Throws what `send` throws.
 */
export async function importCodes(
  codes: readonly string[],
  start: Progress,
  send: (chunk: string[]) => Promise<{ imported: number; duplicates: number }>,
  report: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Progress> {
  let progress = start;
  while (progress.done < codes.length && !signal.aborted) {
    const chunk = codes.slice(progress.done, progress.done + chunkSize);
    const { imported, duplicates } = await send(chunk);
    progress = {
      ...progress,
      done: progress.done + chunk.length,
      imported: progress.imported + imported,
      duplicates: progress.duplicates + duplicates,
    };
    report(progress);
  }
  return progress;
}

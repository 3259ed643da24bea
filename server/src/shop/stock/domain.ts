/** An import is running only as long as some process keeps its beat. */

export type ImportStatus = "running" | "finished" | "failed";

/** A beat is renewed this often, and an import without one for `lostAfterMs` has lost its process. */
export const beatEveryMs = 5_000;
export const lostAfterMs = 20_000;

export const lostDetail = "The server stopped half way; send the same codes again to import what is missing";

/** What an import's row means at `now`. */
export function effectiveStatus(status: ImportStatus, beatAt: Date, now: Date): ImportStatus {
  const isLost = status === "running" && now.getTime() - beatAt.getTime() > lostAfterMs;
  return isLost ? "failed" : status;
}

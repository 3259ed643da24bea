import { z } from "zod";

/** A UUIDv7 in lower case; its first 48 bits are the time it was made, in milliseconds (RFC 9562). */
export const Id = z.uuid({ version: "v7" });

/** The time an id was made, as milliseconds since 1970 UTC. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The smallest id of a moment: what `id >= firstIdAt(t)` compares with. */
export function firstIdAt(timeMs: number): string {
  const hex = Math.floor(timeMs).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

import { v7 } from "uuid";
import type { Clock } from "./clock.ts";

export type NewId = () => string;

/** Makes UUIDv7 (RFC 9562). Ids of one process never go backwards, even if its clock does. */
export function createIds(clock: Clock): NewId {
  let msecs = 0;
  let seq = 0;
  return () => {
    const now = clock.now().getTime();
    seq = now > msecs ? 0 : seq + 1;
    msecs = Math.max(now, msecs);
    return v7({ msecs, seq });
  };
}

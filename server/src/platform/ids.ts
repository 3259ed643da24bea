import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";
import type { Clock } from "./clock.ts";

export type NewId = () => string;

const idBytes = 16;
/** Drawn for so many ids at once: asking the system for each would cost more than all the rest of an id. */
const drawnAtOnce = 256;

/** A clock that goes back further was wrong before: ids that kept to it would lie in the future for as long. */
const keptBackMs = 60_000;

/** Makes UUIDv7 (RFC 9562). Ids of one process do not go backwards when its clock is set back a little. */
export function createIds(clock: Clock): NewId {
  let msecs = 0;
  let seq = 0;
  const drawn = new Uint8Array(idBytes * drawnAtOnce);
  let at = drawn.length;
  const random = (): Uint8Array => {
    if (at === drawn.length) {
      randomFillSync(drawn);
      at = 0;
    }
    at += idBytes;
    return drawn.subarray(at - idBytes, at);
  };
  return () => {
    const now = clock.now().getTime();
    const isSetRight = now < msecs - keptBackMs;
    seq = now > msecs || isSetRight ? 0 : seq + 1;
    msecs = isSetRight ? now : Math.max(now, msecs);
    return v7({ msecs, seq, random: random() });
  };
}

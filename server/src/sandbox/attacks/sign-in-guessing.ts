import { callOutbound } from "../../platform/outbound.ts";
import { attackerAddress } from "./orders.ts";
import type { Shot } from "./volley.ts";

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 * 1024;
/** Each address gets so many tries, so that throttling by address alone does not end it. */
const TRIES_PER_ADDRESS = 10;

/** Passwords that are nobody's, for accounts that nobody has: no member of staff is locked out by it. */
export function signInGuessing(consoleUrl: string): Shot {
  return async (number, signal) => {
    await callOutbound({
      method: "POST",
      url: `${consoleUrl}/api/auth/sign-in/email`,
      headers: {
        "content-type": "application/json",
        "x-forwarded-for": attackerAddress(Math.floor(number / TRIES_PER_ADDRESS)),
      },
      body: JSON.stringify({
        email: `guess-${number % 7}@example.com`,
        password: `wrong-password-${number}`,
      }),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      signal,
    });
    return false;
  };
}

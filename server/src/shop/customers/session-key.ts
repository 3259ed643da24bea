import type { Keys } from "../../platform/crypto.ts";

/** By which a session is found; the session itself stands nowhere. */
export const sessionKey = (keys: Keys, session: string): Buffer => keys.lookup("buyer-session", session);

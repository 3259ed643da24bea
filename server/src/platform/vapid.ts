import { createECDH } from "node:crypto";
import type { Keys } from "./crypto.ts";

/** Who sends web pushes (RFC 8292); keys as raw P-256 in base64url, which is how browsers and web-push take them. */
export interface Vapid {
  /** `mailto:` or https, for the push company to complain to. */
  subject: string;
  publicKey: string;
  privateKey: string;
}

/** The installation's own key pair, which its master key gives: nobody has to set one, and every process has the same. */
export function deriveVapid(keys: Pick<Keys, "lookup">, subject: string): Vapid {
  const pair = createECDH("prime256v1");
  // 1 of 2^32 hashes is no valid scalar; then the next one is.
  for (let n = 0; ; n += 1) {
    const privateKey = keys.lookup("vapid", String(n));
    try {
      pair.setPrivateKey(privateKey);
    } catch (error) {
      if (n < 10) continue;
      throw error;
    }
    return {
      subject,
      publicKey: pair.getPublicKey("base64url"),
      privateKey: privateKey.toString("base64url"),
    };
  }
}

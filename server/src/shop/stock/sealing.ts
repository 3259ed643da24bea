import type { Keys } from "../../platform/crypto.ts";

/** A code as it is stored: readable by nobody without the key, bound to its product. */
export function sealCode(keys: Keys, productId: string, code: string): Buffer {
  return keys.seal(code, contextOf(productId));
}

/** The code in clear, for the buyer who paid. Throws when it was altered or belongs to another product. */
export function openCode(keys: Keys, productId: string, sealed: Buffer): string {
  return keys.open(sealed, contextOf(productId));
}

/** What makes a code unique across the whole shop without storing it. 32 bytes. */
export function codeLookup(keys: Keys, code: string): Buffer {
  return keys.lookup("code", code);
}

const contextOf = (productId: string) => `code:${productId}`;

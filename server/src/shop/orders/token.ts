import type { Keys } from "../../platform/crypto.ts";

const keyId = "1";

/** The order's token: a keyed hash of its id, never stored. Whoever placed the order gets it, on every replay the same. */
export function orderToken(keys: Keys, orderId: string): string {
  return `${keyId}.${keys.sign("order-token", orderId)}`;
}

export function isTokenOf(keys: Keys, orderId: string, token: string): boolean {
  const [id, mac, ...rest] = token.split(".");
  return id === keyId && mac !== undefined && rest.length === 0 && keys.verify("order-token", orderId, mac);
}

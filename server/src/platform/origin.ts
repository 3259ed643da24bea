import type { Origin } from "@orderwatch/shared/shop/orders.ts";
import type { Keys } from "./crypto.ts";

/** The header by which shoppers and drills own up to not being buyers. */
export const originHeader = "x-orderwatch-origin";

/** `simulated.<id>.<mac>`: only holders of the master key can make one; `id` names the shopper or the drill run. */
export function signOrigin(keys: Keys, origin: Exclude<Origin, "buyer">, id: string): string {
  return `${origin}.${id}.${keys.sign("origin", `${origin}.${id}`)}`;
}

/** The origin that a header proves; anything absent, malformed or forged is a buyer. */
export function verifyOrigin(keys: Keys, header: string | undefined): { origin: Origin; id: string | null } {
  const [origin, id, mac, ...rest] = header?.split(".") ?? [];
  const isKnown = origin === "simulated" || origin === "drill";
  if (!isKnown || !id || !mac || rest.length > 0 || !keys.verify("origin", `${origin}.${id}`, mac))
    return { origin: "buyer", id: null };
  return { origin, id };
}

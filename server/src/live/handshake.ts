import { NodeHandshake } from "@orderwatch/shared/live/sockets.ts";
import type { Keys } from "../platform/crypto.ts";

/** How far the clocks of a node and a console may differ, in ms; also how long a proof could be used again. */
export const handshakeWithinMs = 30_000;

const message = (node: string, at: number) => `orderwatch/nodes\n${node}\n${at}`;

/** What a node shows at each connection: made anew, since it expires. */
export function proveNode(keys: Keys, node: string, now: Date): NodeHandshake {
  const at = now.getTime();
  return { node, at, proof: keys.sign("node-link", message(node, at)) };
}

/** Checks handshakes against the shared key; each proof is taken once. */
export class HandshakeCheck {
  readonly #keys: Keys;
  readonly #taken = new Map<string, number>();

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** The node's id, or undefined for anything but a fresh, genuine, first-time proof. */
  verify(shown: unknown, now: Date): string | undefined {
    const parsed = NodeHandshake.safeParse(shown);
    if (!parsed.success) return undefined;
    const { node, at, proof } = parsed.data;
    const nowMs = now.getTime();
    if (Math.abs(nowMs - at) > handshakeWithinMs) return undefined;
    if (!this.#keys.verify("node-link", message(node, at), proof)) return undefined;
    for (const [old, expires] of this.#taken) if (expires < nowMs) this.#taken.delete(old);
    // What was signed is remembered, not its encoding, of which base64url has several.
    const signed = message(node, at);
    if (this.#taken.has(signed)) return undefined;
    this.#taken.set(signed, at + handshakeWithinMs);
    return node;
  }
}

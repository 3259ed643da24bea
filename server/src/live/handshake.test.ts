import { describe, expect, it } from "vitest";
import { createKeys } from "../platform/crypto.ts";
import { HandshakeCheck, handshakeWithinMs, proveNode } from "./handshake.ts";

const keys = createKeys("k".repeat(32));
const now = new Date(Date.UTC(2026, 0, 5));
const later = (ms: number) => new Date(now.getTime() + ms);

describe("a node's handshake", () => {
  it("is accepted from a holder of the key, whose clock may be a little off", () => {
    expect(new HandshakeCheck(keys).verify(proveNode(keys, "shop-1", now), now)).toBe("shop-1");
    expect(new HandshakeCheck(keys).verify(proveNode(keys, "shop-1", later(-20_000)), now)).toBe("shop-1");
    expect(new HandshakeCheck(keys).verify(proveNode(keys, "shop-1", later(20_000)), now)).toBe("shop-1");
  });

  it("is refused with another key, another name, another time, or when it is no handshake", () => {
    const check = new HandshakeCheck(keys);
    const shown = proveNode(keys, "shop-1", now);
    for (const forged of [
      proveNode(createKeys("x".repeat(32)), "shop-1", now),
      { ...shown, node: "shop-2" },
      { ...shown, at: shown.at + 1 },
      { ...shown, proof: "" },
      { ...shown, more: 1 },
      { node: "shop-1" },
      null,
      "shop-1",
    ])
      expect(check.verify(forged, now)).toBeUndefined();
  });

  it("works once: a listener cannot use it again, in time or too late", () => {
    const check = new HandshakeCheck(keys);
    const shown = proveNode(keys, "shop-1", now);
    expect(check.verify(shown, now)).toBe("shop-1");
    expect(check.verify(shown, later(1))).toBeUndefined();
    expect(check.verify({ ...shown, proof: `${shown.proof}=` }, later(2))).toBeUndefined();
    expect(check.verify(shown, later(handshakeWithinMs))).toBeUndefined();
    expect(check.verify(shown, later(handshakeWithinMs + 1))).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";
import { createKeys } from "./crypto.ts";

const keys = createKeys("a master key of the tests, long enough");
const others = createKeys("another master key of the tests, also long");

describe("sealed texts", () => {
  it("open in their context, whatever characters they hold, and never look the same twice", () => {
    const plain = "卡密 ABCD-1234 \u{1F511}";
    const [one, two] = [keys.seal(plain, "code:1"), keys.seal(plain, "code:1")];
    expect(one.equals(two)).toBe(false);
    expect([one, two].map((sealed) => keys.open(sealed, "code:1"))).toEqual([plain, plain]);
    expect(one.includes("ABCD")).toBe(false);
  });

  it("do not open in another context or with another master key", () => {
    const sealed = keys.seal("secret", "code:1");
    expect(() => keys.open(sealed, "code:2")).toThrow();
    expect(() => others.open(sealed, "code:1")).toThrow();
  });

  it("do not open when any single bit was changed", () => {
    const sealed = keys.seal("secret", "code:1");
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => keys.open(changed, "code:1"), `bit ${bit}`).toThrow();
    }
  });

  it("do not open when cut at any byte, within the tag too", () => {
    const sealed = keys.seal("", "code:1");
    for (let length = 0; length < sealed.length; length++)
      expect(() => keys.open(sealed.subarray(0, length), "code:1"), `${length} bytes`).toThrow();
  });
});

describe("keyed hashes", () => {
  it("are equal for equal values and tell nothing across kinds or master keys", () => {
    expect(keys.lookup("phone", "13800138000")).toEqual(keys.lookup("phone", "13800138000"));
    expect(keys.lookup("phone", "1")).not.toEqual(keys.lookup("email", "1"));
    expect(keys.lookup("phone", "1")).not.toEqual(others.lookup("phone", "1"));
    expect(keys.lookup64("phone", "1")).toBe(keys.lookup("phone", "1").readBigInt64BE());
  });
});

describe("signatures", () => {
  it("hold for their message, purpose and master key alone", () => {
    const signature = keys.sign("order-token", "order 1");
    expect(keys.verify("order-token", "order 1", signature)).toBe(true);
    expect(keys.verify("order-token", "order 2", signature)).toBe(false);
    expect(keys.verify("origin", "order 1", signature)).toBe(false);
    expect(others.verify("order-token", "order 1", signature)).toBe(false);
  });

  it("that are empty, cut, longer or no base64 are refused without an error", () => {
    const signature = keys.sign("origin", "x");
    for (const forged of ["", signature.slice(1), `${signature}AAAA`, "\u0000\u{1F511}", "=".repeat(43)])
      expect(keys.verify("origin", "x", forged)).toBe(false);
  });
});

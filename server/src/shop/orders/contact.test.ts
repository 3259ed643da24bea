import { describe, expect, test } from "vitest";
import { createKeys } from "../../platform/crypto.ts";
import { contactKeys, maskContact, normalizePhone, openContact, sealContact } from "./contact.ts";

const keys = createKeys("a master key that is long enough for tests");
const orderId = "0199aaaa-0000-7000-8000-000000000001";

describe("contact", () => {
  test("every way of writing a mainland number is the same number", () => {
    const ways = ["13800138000", "138 0013 8000", "+8613800138000", "+86 138-0013-8000", "008613800138000"];
    for (const way of [...ways, "86 13800138000"]) expect(normalizePhone(way)).toBe("13800138000");
    const found = new Set(ways.map((phone) => contactKeys(keys, { phone }).phoneKey));
    expect(found.size).toBe(1);
  });

  test("a number that only happens to start with 86 keeps its digits", () => {
    expect(normalizePhone("8612345")).toBe("8612345");
    expect(normalizePhone("+1 415 555 2671")).toBe("14155552671");
  });

  test("keys tell values and kinds apart, and nothing given has no key", () => {
    const of = contactKeys(keys, { phone: "13800138000", email: " A@Example.com" });
    expect(of.emailKey).toBe(contactKeys(keys, { email: "a@example.com" }).emailKey);
    expect(of.phoneTailKey).toBe(contactKeys(keys, { phone: "13911118000" }).phoneTailKey);
    expect(new Set([of.phoneKey, of.phoneTailKey, of.emailKey]).size).toBe(3);
    expect(contactKeys(keys, {})).toEqual({ phoneKey: null, phoneTailKey: null, emailKey: null });
  });

  test("R1: a sealed contact shows nothing, opens for its order and for no other", () => {
    const contact = { phone: "13800138000", email: "someone@example.com" };
    const sealed = sealContact(keys, orderId, contact);
    expect(sealed?.includes("13800138000")).toBe(false);
    expect(openContact(keys, orderId, sealed)).toEqual(contact);
    expect(() => openContact(keys, orderId.replace(/1$/, "2"), sealed)).toThrow();
    expect(sealContact(keys, orderId, {})).toBeNull();
  });

  test("masks leave what a caller can be asked about, and no more", () => {
    expect(maskContact({ phone: "+86 13812345678", email: "alice@example.com" })).toEqual({
      phone: "138****5678",
      email: "a***@example.com",
    });
    expect(maskContact({ phone: "10086" })).toEqual({ phone: "****86" });
  });
});

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

/** Every purpose has a key of its own, derived from the master key (HKDF-SHA256, RFC 5869). */
export type KeyPurpose =
  | "seal"
  | "lookup"
  | "order-token"
  | "node-link"
  | "origin"
  | "device"
  | "session"
  | "subscription"
  | "fault-lease";

export interface Keys {
  /** AES-256-GCM; the result starts with the key's id, so that keys can be rotated. `context` binds it to its row. */
  seal(plain: string, context: string): Buffer;
  /** Throws when the text was altered, belongs to another context or its key is unknown. */
  open(sealed: Buffer, context: string): string;
  /** A keyed hash for finding equal values without storing them. 32 bytes. */
  lookup(kind: string, value: string): Buffer;
  /** The first 8 bytes of `lookup` as a signed 64-bit number, for compact indexes and advisory locks. */
  lookup64(kind: string, value: string): bigint;
  /** A message authentication code, base64url. */
  sign(purpose: KeyPurpose, message: string): string;
  /** Compares in constant time. */
  verify(purpose: KeyPurpose, message: string, signature: string): boolean;
}

const keyId = 1;
const nonceBytes = 12;
const tagBytes = 16;

export function createKeys(secretKey: string): Keys {
  // Key objects, not bytes: OpenSSL then sets a key up once instead of on every use, which is 4 times as fast.
  const derived = new Map<KeyPurpose, KeyObject>();
  const key = (purpose: KeyPurpose): KeyObject => {
    const known = derived.get(purpose);
    if (known) return known;
    const bytes = hkdfSync("sha256", secretKey, "orderwatch", `${purpose}:${keyId}`, 32);
    const made = createSecretKey(Buffer.from(bytes));
    derived.set(purpose, made);
    return made;
  };
  const mac = (purpose: KeyPurpose, message: string) =>
    createHmac("sha256", key(purpose)).update(message).digest();
  const lookup = (kind: string, value: string) => mac("lookup", `${kind}\n${value}`);
  return {
    seal(plain, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", key("seal"), nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.from([keyId]), nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, context) {
      if (sealed[0] !== keyId) throw new Error(`sealed with unknown key ${sealed[0]}`);
      const nonce = sealed.subarray(1, 1 + nonceBytes);
      const tag = sealed.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes);
      // Without its length a cut tag would pass, and 4 bytes of one are soon guessed.
      const decipher = createDecipheriv("aes-256-gcm", key("seal"), nonce, { authTagLength: tagBytes })
        .setAAD(Buffer.from(context))
        .setAuthTag(tag);
      return (
        decipher.update(sealed.subarray(1 + nonceBytes + tagBytes), undefined, "utf8") +
        decipher.final("utf8")
      );
    },
    lookup,
    lookup64: (kind, value) => lookup(kind, value).readBigInt64BE(0),
    sign: (purpose, message) => mac(purpose, message).toString("base64url"),
    verify(purpose, message, signature) {
      const expected = mac(purpose, message);
      const given = Buffer.from(signature, "base64url");
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

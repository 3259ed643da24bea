import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/**
 * A private RSA key as merchants hold it: PEM (also with `\n` written out, as settings files have it), or the bare
 * base64 of PKCS#8 or PKCS#1 that Alipay's key tool gives. Throws a RangeError that names `name` and never the key.
 */
export function privateKeyOf(name: string, text: string): KeyObject {
  const pem = text.replaceAll("\\n", "\n").trim();
  try {
    if (pem.startsWith("-----BEGIN")) return requireRsa(name, createPrivateKey(pem));
    const der = Buffer.from(pem.replace(/\s+/g, ""), "base64");
    return requireRsa(name, derPrivateKey(der));
  } catch (error) {
    throw new RangeError(`${name} is not an RSA private key (PEM, or base64 of PKCS#8 or PKCS#1)`, {
      cause: error,
    });
  }
}

/** A public RSA key: PEM or bare base64 of SubjectPublicKeyInfo. Throws a RangeError that names `name`. */
export function publicKeyOf(name: string, text: string): KeyObject {
  const pem = text.replaceAll("\\n", "\n").trim();
  try {
    if (pem.startsWith("-----BEGIN")) return requireRsa(name, createPublicKey(pem));
    const der = Buffer.from(pem.replace(/\s+/g, ""), "base64");
    return requireRsa(name, createPublicKey({ key: der, format: "der", type: "spki" }));
  } catch (error) {
    throw new RangeError(`${name} is not an RSA public key (PEM, or base64 of SubjectPublicKeyInfo)`, {
      cause: error,
    });
  }
}

function derPrivateKey(der: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  } catch {
    // Not PKCS#8: the older form is tried, and its own error is the one reported.
    return createPrivateKey({ key: der, format: "der", type: "pkcs1" });
  }
}

function requireRsa(name: string, key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== "rsa") throw new RangeError(`${name} is a key of another kind than RSA`);
  return key;
}

import { randomBytes } from "node:crypto";
import type { Keys } from "../../platform/crypto.ts";

const keyId = "1";
const signed = /^([A-Za-z0-9_-]{22})\.1\.([A-Za-z0-9_-]{43})$/;

/** A new device's identity: a random name and our mark on it, with the key's id. It is never stored. */
export function issueDevice(keys: Keys): string {
  const name = randomBytes(16).toString("base64url");
  return `${name}.${keyId}.${keys.sign("device", name)}`;
}

/** The key that limits count a device by; null unless we made this identity. */
export function deviceKey(keys: Keys, deviceId: string | undefined): bigint | null {
  const [, name, mark] = signed.exec(deviceId ?? "") ?? [];
  if (name === undefined || mark === undefined || !keys.verify("device", name, mark)) return null;
  return keys.lookup64("device", name);
}

import { createDecipheriv, type KeyObject, sign, verify } from "node:crypto";

/**
 * WeChat Pay APIv3, the merchant's side of its cryptography.
 * Source: https://pay.weixin.qq.com/doc/v3/merchant/4012365342 (requests), 4013053249 (answers and callbacks),
 * 4012071382 (AEAD_AES_256_GCM).
 */

const SCHEME = "WECHATPAY2-SHA256-RSA2048";
const TAG_BYTES = 16;

export interface RequestToSign {
  method: string;
  /** Path and query, exactly as sent. */
  target: string;
  /** Unix time in seconds. */
  timestamp: number;
  nonce: string;
  body: string;
}

/** RSA-SHA256 (PKCS#1 v1.5) in base64. */
export function signWithRsaSha256(message: string, key: KeyObject): string {
  return sign("RSA-SHA256", Buffer.from(message), key).toString("base64");
}

/** The value of the `Authorization` header of one request. */
export function authorizationOf(
  request: RequestToSign,
  merchant: { mchId: string; serial: string; privateKey: KeyObject },
): string {
  const message = `${request.method}\n${request.target}\n${request.timestamp}\n${request.nonce}\n${request.body}\n`;
  const fields = [
    `mchid="${merchant.mchId}"`,
    `nonce_str="${request.nonce}"`,
    `timestamp="${request.timestamp}"`,
    `serial_no="${merchant.serial}"`,
    `signature="${signWithRsaSha256(message, merchant.privateKey)}"`,
  ];
  return `${SCHEME} ${fields.join(",")}`;
}

/** Whether WeChat Pay signed exactly these bytes: an answer's or a callback's `timestamp\nnonce\nbody\n`. */
export function isSignedByPlatform(
  signed: { timestamp: string; nonce: string; body: Buffer; signature: string },
  platformKey: KeyObject,
): boolean {
  const message = Buffer.concat([
    Buffer.from(`${signed.timestamp}\n${signed.nonce}\n`),
    signed.body,
    Buffer.from("\n"),
  ]);
  return verify("RSA-SHA256", message, platformKey, Buffer.from(signed.signature, "base64"));
}

export interface EncryptedResource {
  /** base64 of ciphertext followed by the 16-byte tag */
  ciphertext: string;
  nonce: string;
  associated_data?: string | undefined;
}

/** The plain text of a callback's resource. Throws when the key is not its key or a byte was changed. */
export function decryptResource(resource: EncryptedResource, apiV3Key: string): string {
  const sealed = Buffer.from(resource.ciphertext, "base64");
  if (sealed.length < TAG_BYTES) throw new RangeError("ciphertext is shorter than its tag");
  const decipher = createDecipheriv("aes-256-gcm", Buffer.from(apiV3Key), Buffer.from(resource.nonce), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(resource.associated_data ?? ""));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
}

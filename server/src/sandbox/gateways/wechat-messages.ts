import { createCipheriv, createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";
import type { HttpReply, HttpRequest } from "../../platform/http/message.ts";
import { header } from "../../platform/http/message.ts";
import type { SandboxKeys } from "../../platform/sandbox-keys.ts";

/**
 * WeChat Pay's own side of its cryptography, written apart from the shop's: that both agree is worth something only if
 * neither was copied from the other. Source: https://pay.weixin.qq.com/doc/v3/merchant/4012365342
 */
export interface WechatSigning {
  /** Why a merchant's request is not let in, or undefined. */
  refusalOf(request: HttpRequest, now: Date): string | undefined;
  /** An answer or the headers of a callback, signed. */
  signedHeaders(body: string, now: Date): Record<string, string>;
  /** A callback's body with its resource encrypted. */
  sealNotice(notice: { event: string; summary: string; kind: string; resource: unknown; now: Date }): string;
}

const MAX_AGE_S = 5 * 60;

export function createWechatSigning(keys: SandboxKeys["wechat"]): WechatSigning {
  const merchantKey = createPublicKey(keys.merchant.publicKey);
  const platformKey = createPrivateKey(keys.platform.privateKey);
  return {
    refusalOf(request, now) {
      const fields = readAuthorization(header(request, "authorization") ?? "");
      if (!fields) return "no Authorization of scheme WECHATPAY2-SHA256-RSA2048";
      if (fields.mchid !== keys.mchId) return `merchant ${fields.mchid} is unknown`;
      if (fields.serial_no !== keys.mchSerial) return `certificate ${fields.serial_no} is unknown`;
      if (!(Math.abs(now.getTime() / 1000 - Number(fields.timestamp)) <= MAX_AGE_S))
        return "the timestamp is too old";
      const lines = [
        request.method,
        request.target,
        fields.timestamp,
        fields.nonce_str,
        request.body.toString("utf8"),
      ];
      const message = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const signature = Buffer.from(fields.signature ?? "", "base64");
      return verify("RSA-SHA256", message, merchantKey, signature)
        ? undefined
        : "the signature does not match";
    },
    signedHeaders(body, now) {
      const timestamp = String(Math.floor(now.getTime() / 1000));
      const nonce = randomBytes(16).toString("hex");
      const message = Buffer.from(`${timestamp}\n${nonce}\n${body}\n`);
      return {
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": nonce,
        "wechatpay-serial": keys.publicKeyId,
        "wechatpay-signature": sign("RSA-SHA256", message, platformKey).toString("base64"),
        "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
      };
    },
    sealNotice({ event, summary, kind, resource, now }) {
      const nonce = randomBytes(6).toString("hex");
      const cipher = createCipheriv("aes-256-gcm", keys.apiV3Key, nonce).setAAD(Buffer.from(kind));
      const sealed = [cipher.update(JSON.stringify(resource), "utf8"), cipher.final(), cipher.getAuthTag()];
      return JSON.stringify({
        id: `EV-${randomBytes(12).toString("hex")}`,
        create_time: now.toISOString().replace(/\.\d+Z$/, "+00:00"),
        resource_type: "encrypt-resource",
        event_type: event,
        summary,
        resource: {
          original_type: kind,
          algorithm: "AEAD_AES_256_GCM",
          ciphertext: Buffer.concat(sealed).toString("base64"),
          associated_data: kind,
          nonce,
        },
      });
    },
  };
}

/** Every answer of WeChat Pay is signed, refusals and empty ones too. */
export function wechatReply(signing: WechatSigning, status: number, value: unknown, now: Date): HttpReply {
  const body = value === undefined ? "" : JSON.stringify(value);
  return {
    status,
    headers: {
      ...(body === "" ? {} : { "content-type": "application/json; charset=utf-8" }),
      ...signing.signedHeaders(body, now),
    },
    ...(body === "" ? {} : { body }),
  };
}

function readAuthorization(value: string): Record<string, string> | undefined {
  const [scheme, fields = ""] = value.split(/ (.*)/s);
  if (scheme !== "WECHATPAY2-SHA256-RSA2048") return undefined;
  const pairs = [...fields.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name = "", text = ""]) => [name, text]);
  return Object.fromEntries(pairs);
}

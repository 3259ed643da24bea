import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";
import type { SandboxKeys } from "../../platform/sandbox-keys.ts";
import { beijingTime } from "./numbers.ts";

/**
 * Alipay's own side of RSA2, by node:crypto and not by the SDK that the shop uses, so that each checks the other.
 * Source: https://opendocs.alipay.com/common/02kf5q (requests), 02mse7 (answers and callbacks)
 */
export interface AlipaySigning {
  /** Whether the merchant signed these parameters; `sign` itself is left out, `sign_type` is part of it. */
  isSignedByMerchant(parameters: ReadonlyMap<string, string>): boolean;
  /** The envelope of an answer: the signature covers the inner object's very text. */
  signedAnswer(method: string, content: Record<string, unknown>): string;
  /** The form of a callback: `sign` and `sign_type` are not part of what is signed. */
  signedForm(fields: Record<string, string>, now: Date): string;
}

export function createAlipaySigning(keys: SandboxKeys["alipay"]): AlipaySigning {
  const merchantKey = createPublicKey(keys.merchant.publicKey);
  const platformKey = createPrivateKey(keys.platform.privateKey);
  const signText = (text: string) => sign("RSA-SHA256", Buffer.from(text), platformKey).toString("base64");
  return {
    isSignedByMerchant(parameters) {
      if (parameters.get("sign_type") !== "RSA2") return false;
      const signature = Buffer.from(parameters.get("sign") ?? "", "base64");
      const signed = [...parameters].filter(([name]) => name !== "sign");
      return verify("RSA-SHA256", Buffer.from(joined(signed)), merchantKey, signature);
    },
    signedAnswer(method, content) {
      const text = JSON.stringify(content);
      return `{"${method.replaceAll(".", "_")}_response":${text},"sign":"${signText(text)}"}`;
    },
    signedForm(fields, now) {
      const complete = {
        ...fields,
        notify_id: randomBytes(17).toString("hex"),
        notify_time: beijingTime(now.getTime()),
        notify_type: "trade_status_sync",
        charset: "utf-8",
        version: "1.0",
        app_id: keys.appId,
        seller_id: keys.sellerId,
      };
      const signature = signText(joined(Object.entries(complete)));
      return new URLSearchParams({ ...complete, sign: signature, sign_type: "RSA2" }).toString();
    },
  };
}

function joined(parameters: Iterable<[string, string]>): string {
  return [...parameters]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

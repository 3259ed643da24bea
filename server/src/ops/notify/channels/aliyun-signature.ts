import { createHash, createHmac } from "node:crypto";

/** Percent-encoding of RFC 3986, which Alibaba Cloud signs. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** The query as it is signed and sent: sorted by name. */
export function canonicalQuery(parameters: Record<string, string>): string {
  return Object.keys(parameters)
    .sort()
    .map((name) => `${encode(name)}=${encode(parameters[name] ?? "")}`)
    .join("&");
}

/**
 * Headers that sign a call of an RPC-style interface of Alibaba Cloud with an empty body (signature version 3,
 * ACS3-HMAC-SHA256). `date` is ISO 8601 in UTC without milliseconds.
 */
export function signAliyun(request: {
  method: "GET" | "POST";
  host: string;
  path: string;
  query: string;
  action: string;
  version: string;
  date: string;
  nonce: string;
  accessKeyId: string;
  accessKeySecret: string;
}): Record<string, string> {
  const bodyHash = sha256("");
  const headers: Record<string, string> = {
    host: request.host,
    "x-acs-action": request.action,
    "x-acs-content-sha256": bodyHash,
    "x-acs-date": request.date,
    "x-acs-signature-nonce": request.nonce,
    "x-acs-version": request.version,
  };
  const names = Object.keys(headers).sort();
  const canonicalHeaders = names.map((name) => `${name}:${headers[name]}\n`).join("");
  const signed = names.join(";");
  const canonical = [request.method, request.path, request.query, canonicalHeaders, signed, bodyHash].join(
    "\n",
  );
  const signature = createHmac("sha256", request.accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest("hex");
  return {
    ...headers,
    authorization: `ACS3-HMAC-SHA256 Credential=${request.accessKeyId},SignedHeaders=${signed},Signature=${signature}`,
  };
}

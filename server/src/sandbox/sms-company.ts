import { createHash, createHmac, randomInt, timingSafeEqual } from "node:crypto";
import type { Clock } from "../platform/clock.ts";
import { defaultBodyLimitBytes, type Endpoint } from "../platform/http/endpoint.ts";
import { type HttpReply, type HttpRequest, header, jsonReply } from "../platform/http/message.ts";
import type { Behaviours } from "./behaviour.ts";
import { MessageBook } from "./message-book.ts";

interface Account {
  accessKeyId: string;
  accessKeySecret: string;
  signName: string;
  templateCode: string;
}

interface Message {
  bizId: string;
  outId: string;
  phone: string;
  content: string;
  at: Date;
  /** As the interface counts: 1 on its way, 2 failed, 3 received. */
  status: 1 | 2 | 3;
}

const MAX_AGE_MS = 15 * 60_000;
const MOBILE = /^(\+?86)?1[3-9]\d{9}$/;
/** Numbers that end so are switched off. */
const OFF = /0000$/;

/**
 * An SMS company with Alibaba Cloud's interface: `SendSms` and `QuerySendDetails` of 2017-05-25, signature version 3. A bad
 * day's `dropCallbacks` keeps receipts away. `GET /sms/messages` shows what was taken, newest first, by pages.
 */
export function createSmsCompany(
  { clock, behaviours }: { clock: Clock; behaviours: Behaviours },
  account: Account,
): Endpoint[] {
  const messages = new MessageBook<Message>();
  const nonces = new Set<string>();

  const handle = async (request: HttpRequest): Promise<HttpReply> => {
    const { fails } = await behaviours.suffer("sms");
    if (fails) return { status: 500, headers: {} };
    const refusal = verify(request, account, clock.now());
    if (refusal) return coded(400, refusal, "the request is not authentic");
    const nonce = header(request, "x-acs-signature-nonce") ?? "";
    if (nonces.has(nonce)) return coded(400, "SignatureNonceUsed", "this nonce was used");
    nonces.add(nonce);
    const action = header(request, "x-acs-action");
    if (action === "SendSms") return send(request.query);
    if (action === "QuerySendDetails") return details(request.query);
    return coded(404, "InvalidAction.NotFound", "no such action");
  };

  const send = (query: URLSearchParams): HttpReply => {
    const phone = query.get("PhoneNumbers") ?? "";
    if (!MOBILE.test(phone)) return coded(200, "isv.MOBILE_NUMBER_ILLEGAL", "not a mobile number");
    if (query.get("SignName") !== account.signName)
      return coded(200, "isv.SMS_SIGNATURE_ILLEGAL", "no such sign");
    if (query.get("TemplateCode") !== account.templateCode)
      return coded(200, "isv.SMS_TEMPLATE_ILLEGAL", "no such template");
    const content = contentOf(query.get("TemplateParam"));
    if (content === undefined) return coded(200, "isv.INVALID_JSON_PARAM", "content is missing");
    const isSilent = behaviours.copies("sms") === 0;
    const bizId = `${randomInt(1e9)}${clock.now().getTime()}^0`;
    messages.add({
      ...{ bizId, outId: query.get("OutId") ?? "", phone, content, at: clock.now() },
      status: isSilent ? 1 : OFF.test(phone) ? 2 : 3,
    });
    if (behaviours.losesAnswer("sms")) return { status: 500, headers: {} };
    return jsonReply(200, { Code: "OK", Message: "OK", RequestId: bizId, BizId: bizId });
  };

  const details = (query: URLSearchParams): HttpReply => {
    const bizId = query.get("BizId");
    const number = query.get("PhoneNumber");
    const found = messages
      .filter(({ phone }) => phone === number)
      .filter(({ at }) => beijingDay(at) === query.get("SendDate"))
      .filter((message) => bizId === null || message.bizId === bizId)
      .reverse()
      .slice(0, 50);
    const items = found.map(({ outId, phone, content, status }) => ({
      ...{ OutId: outId, PhoneNum: phone, Content: content, SendStatus: status },
      ErrCode: status === 3 ? "DELIVERED" : status === 2 ? "MK:0001" : "",
      TemplateCode: account.templateCode,
    }));
    return jsonReply(200, {
      ...{ Code: "OK", Message: "OK", RequestId: "sandbox", TotalCount: String(items.length) },
      SmsSendDetailDTOs: { SmsSendDetailDTO: items },
    });
  };

  return [
    { method: "POST", path: "/sms", bodyLimitBytes: defaultBodyLimitBytes, handle },
    {
      ...{ method: "GET", path: "/sms/messages", bodyLimitBytes: defaultBodyLimitBytes },
      handle: async ({ query }) => jsonReply(200, messages.list(query.get("cursor"))),
    },
  ];
}

const coded = (status: number, Code: string, Message: string): HttpReply =>
  jsonReply(status, { Code, Message, RequestId: "sandbox" });

function contentOf(parameters: string | null): string | undefined {
  try {
    const read: unknown = JSON.parse(parameters ?? "");
    const content = typeof read === "object" && read !== null && "content" in read ? read.content : undefined;
    return typeof content === "string" && content !== "" ? content : undefined;
  } catch {
    return undefined;
  }
}

function beijingDay(at: Date): string {
  const shifted = new Date(at.getTime() + 8 * 3_600_000);
  return shifted.toISOString().slice(0, 10).replaceAll("-", "");
}

const AUTHORIZATION = /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/;
const MUST_BE_SIGNED = [
  "host",
  "x-acs-action",
  "x-acs-content-sha256",
  "x-acs-date",
  "x-acs-signature-nonce",
  "x-acs-version",
];

/** The interface's code of what is wrong with a request's signature, or undefined. */
function verify(request: HttpRequest, account: Account, now: Date): string | undefined {
  const [, credential, signedNames = "", signature = ""] =
    AUTHORIZATION.exec(header(request, "authorization") ?? "") ?? [];
  if (credential !== account.accessKeyId) return "InvalidAccessKeyId.NotFound";
  const names = signedNames.split(";");
  if (MUST_BE_SIGNED.some((name) => !names.includes(name))) return "IncompleteSignature";
  const ageMs = Math.abs(now.getTime() - Date.parse(header(request, "x-acs-date") ?? ""));
  if (!(ageMs <= MAX_AGE_MS)) return "InvalidTimeStamp.Expired";
  const bodyHash = hash(request.body);
  if (header(request, "x-acs-content-sha256") !== bodyHash) return "SignatureDoesNotMatch";
  const [path = "", query = ""] = request.target.split("?");
  const headers = names.map((name) => `${name}:${(header(request, name) ?? "").trim()}\n`).join("");
  const canonical = [request.method, path, query.split("&").sort().join("&"), headers, signedNames, bodyHash];
  const text = `ACS3-HMAC-SHA256\n${hash(Buffer.from(canonical.join("\n")))}`;
  const expected = createHmac("sha256", account.accessKeySecret).update(text).digest();
  return timingSafeEqual(expected, Buffer.from(signature, "hex")) ? undefined : "SignatureDoesNotMatch";
}

const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

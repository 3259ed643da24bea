import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../../platform/clock.ts";
import { callOutbound, OutboundError } from "../../../platform/outbound.ts";
import { canonicalQuery, signAliyun } from "./aliyun-signature.ts";
import { type Channel, type Receipt, type SendResult, wrongAddress } from "./channel.ts";

export interface SmsAccount {
  endpoint: string;
  accessKeyId: string;
  accessKeySecret: string;
  signName: string;
  /** A template with one variable, `content`. */
  templateCode: string;
}

/** What a template's variable may hold. */
const longestContent = 480;

const sendAnswer = z.object({
  Code: z.string(),
  Message: z.string().default(""),
  BizId: z.string().optional(),
});
const detailsAnswer = z.object({
  Code: z.string(),
  SmsSendDetailDTOs: z
    .object({
      SmsSendDetailDTO: z.array(
        z.object({
          OutId: z.string().optional(),
          SendStatus: z.coerce.number(),
          ErrCode: z.string().optional(),
        }),
      ),
    })
    .optional(),
});

/** The number is wrong, or its owner wants nothing: asking again changes nothing. */
const refusals = new Set([
  "isv.MOBILE_NUMBER_ILLEGAL",
  "isv.MOBILE_COUNT_OVER_LIMIT",
  "isv.BLACK_KEY_CONTROL_LIMIT",
]);

/** SMS by Alibaba Cloud (`SendSms`, `QuerySendDetails` of 2017-05-25) or whoever speaks its interface. */
export function createSms(options: { account: SmsAccount; clock: Clock }): Channel {
  const { account, clock } = options;
  const address = new URL(account.endpoint);

  const call = async (action: string, parameters: Record<string, string>) => {
    const query = canonicalQuery(parameters);
    const { host: _, ...headers } = signAliyun({
      ...{ method: "POST", host: address.host, path: address.pathname, query, action, version: "2017-05-25" },
      date: `${clock.now().toISOString().slice(0, 19)}Z`,
      nonce: randomUUID(),
      ...{ accessKeyId: account.accessKeyId, accessKeySecret: account.accessKeySecret },
    });
    const url = `${address.href}?${query}`;
    return await callOutbound({ url, method: "POST", headers, timeoutMs: 4_000, maxBytes: 64 * 1024 });
  };

  return {
    name: "sms",
    patienceMs: 20_000,
    async send(message, to): Promise<SendResult> {
      if (to?.channel !== "sms") return wrongAddress("sms");
      const content = [message.title, message.text, message.link].filter(Boolean).join(" ");
      try {
        const { status, body } = await call("SendSms", {
          PhoneNumbers: to.phone.replace(/[ -]/g, ""),
          SignName: account.signName,
          TemplateCode: account.templateCode,
          TemplateParam: JSON.stringify({ content: [...content].slice(0, longestContent).join("") }),
          OutId: message.id,
        });
        const answer = sendAnswer.safeParse(readJson(body));
        if (!answer.success)
          return { state: status >= 500 ? "unclear" : "failed", detail: `answered ${status}` };
        const { Code, Message, BizId } = answer.data;
        if (Code === "OK") return { state: "accepted", providerId: BizId ?? null };
        return {
          state: refusals.has(Code) ? "refused" : "failed",
          detail: `${Code}: ${Message}`.slice(0, 300),
        };
      } catch (error) {
        if (!(error instanceof OutboundError)) throw error;
        return { state: "unclear", detail: error.message };
      }
    },
    async receipt({ id, providerId, startedAt }, to): Promise<Receipt> {
      if (to?.channel !== "sms") return wrongAddress("sms");
      try {
        const { status, body } = await call("QuerySendDetails", {
          PhoneNumber: to.phone.replace(/[ -]/g, ""),
          SendDate: beijingDay(startedAt),
          PageSize: "50",
          CurrentPage: "1",
          ...(providerId === null ? {} : { BizId: providerId }),
        });
        const answer = detailsAnswer.safeParse(readJson(body));
        if (status !== 200 || !answer.success || answer.data.Code !== "OK") return { state: "unanswered" };
        const found = answer.data.SmsSendDetailDTOs?.SmsSendDetailDTO.find(({ OutId }) => OutId === id);
        if (!found) return { state: "unknown" };
        if (found.SendStatus === 3) return { state: "delivered" };
        if (found.SendStatus !== 2) return { state: "pending" };
        return { state: "undelivered", detail: found.ErrCode ?? "not delivered" };
      } catch (error) {
        if (!(error instanceof OutboundError)) throw error;
        return { state: "unanswered" };
      }
    },
  };
}

/** The interface counts days as Beijing does. */
function beijingDay(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "");
}

/** Undefined for what is not JSON, which no schema accepts. */
function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

import { createHmac } from "node:crypto";
import type { ContactAddress } from "@orderwatch/shared/ops/notify.ts";
import { z } from "zod";
import type { Clock } from "../../../platform/clock.ts";
import { callOutbound, OutboundError } from "../../../platform/outbound.ts";
import { type Channel, type Outgoing, type SendResult, wrongAddress } from "./channel.ts";
import { isAllowedTarget } from "./targets.ts";

type Robot = Extract<ContactAddress, { url: string }>;

interface Protocol {
  /** The address and the body of one message. */
  request(message: string, to: Robot, now: Date): { url: string; body: unknown };
  /** Null when the robot took it, else what it said. */
  refusal(answer: string): string | null;
}

const dingtalkAnswer = z.object({ errcode: z.number(), errmsg: z.string().default("") });
const feishuAnswer = z.object({ code: z.number(), msg: z.string().default("") });

const byErrcode = (answer: string): string | null => {
  const parsed = dingtalkAnswer.safeParse(readJson(answer));
  if (!parsed.success) return "an unreadable answer";
  return parsed.data.errcode === 0 ? null : `${parsed.data.errcode}: ${parsed.data.errmsg}`;
};

const protocols: Record<Robot["channel"], Protocol> = {
  // Signed as its custom robots want it: HMAC-SHA256 of `timestamp\nsecret` with the secret, in the query.
  dingtalk: {
    request(message, to, now) {
      const secret = "secret" in to ? to.secret : "";
      const timestamp = String(now.getTime());
      const url = new URL(to.url);
      url.searchParams.set("timestamp", timestamp);
      url.searchParams.set(
        "sign",
        createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64"),
      );
      return { url: url.href, body: { msgtype: "text", text: { content: message } } };
    },
    refusal: byErrcode,
  },
  wecom: {
    request: (message, to) => ({ url: to.url, body: { msgtype: "text", text: { content: message } } }),
    refusal: byErrcode,
  },
  // Signed the other way round: the text is the key, and nothing is signed with it; seconds, not milliseconds.
  feishu: {
    request(message, to, now) {
      const secret = "secret" in to ? to.secret : "";
      const timestamp = String(Math.floor(now.getTime() / 1000));
      const sign = createHmac("sha256", `${timestamp}\n${secret}`).update("").digest("base64");
      return { url: to.url, body: { timestamp, sign, msg_type: "text", content: { text: message } } };
    },
    refusal(answer) {
      const parsed = feishuAnswer.safeParse(readJson(answer));
      if (!parsed.success) return "an unreadable answer";
      return parsed.data.code === 0 ? null : `${parsed.data.code}: ${parsed.data.msg}`;
    },
  },
  slack: {
    request: (message, to) => ({ url: to.url, body: { text: message } }),
    refusal: (answer) => (answer.trim() === "ok" || answer.trim() === "" ? null : answer.slice(0, 200)),
  },
};

/** A group's robot in an instant messenger, by its webhook. */
export function createRobot(name: Robot["channel"], options: { clock: Clock; production: boolean }): Channel {
  const protocol = protocols[name];
  return {
    name,
    patienceMs: 60_000,
    async send(message, to): Promise<SendResult> {
      if (to?.channel !== name || !("url" in to)) return wrongAddress(name);
      if (!isAllowedTarget(to.url, options.production))
        return { state: "refused", detail: "not an allowed address" };
      const { url, body } = protocol.request(lines(message), to, options.clock.now());
      try {
        const answer = await callOutbound({
          ...{ url, method: "POST", headers: { "content-type": "application/json" } },
          ...{ body: JSON.stringify(body), timeoutMs: 4_000, maxBytes: 16 * 1024 },
        });
        if (answer.status >= 300) {
          const isGone = answer.status === 404 || answer.status === 410;
          return { state: isGone ? "refused" : "failed", detail: `answered ${answer.status}` };
        }
        const refusal = protocol.refusal(answer.body.toString("utf8"));
        return refusal === null
          ? { state: "accepted", providerId: null }
          : { state: "failed", detail: refusal };
      } catch (error) {
        if (!(error instanceof OutboundError)) throw error;
        return { state: "unclear", detail: error.message };
      }
    },
  };
}

const lines = ({ title, text, link }: Outgoing) => [title, text, link].filter(Boolean).join("\n");

/** Undefined for what is not JSON, which no schema accepts. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

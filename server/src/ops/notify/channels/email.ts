import { createTransport } from "nodemailer";
import { isInTransaction } from "../../../platform/db.ts";
import { type Channel, type SendResult, wrongAddress } from "./channel.ts";

const timeoutMs = 5_000;

/** E-mail by SMTP. `url` as nodemailer reads it: `smtp(s)://user:password@host:port`. */
export function createEmail(options: { url: string; from: string }): Channel {
  const transport = createTransport({
    url: options.url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
  return {
    name: "email",
    patienceMs: 60_000,
    async send(message, to) {
      if (to?.channel !== "email") return wrongAddress("email");
      if (isInTransaction()) throw new Error("a call outward from inside a database transaction");
      try {
        const sent = await transport.sendMail({
          from: options.from,
          to: to.email,
          subject: message.title,
          text: [message.text, message.link].filter(Boolean).join("\n\n"),
          messageId: `<${message.id}@orderwatch>`,
          ...(message.urgent ? { priority: "high" } : {}),
        });
        return { state: "accepted", providerId: sent.messageId };
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

/** Only what was said after the content had gone out leaves open whether it was taken. */
function failureOf(error: unknown): SendResult {
  const { code, command, responseCode } = fieldsOf(error);
  const detail = error instanceof Error ? error.message.slice(0, 300) : "the mail server failed";
  if (command === "RCPT TO" && responseCode >= 550 && responseCode < 560) return { state: "refused", detail };
  if (command === "DATA" && responseCode === 0 && code !== "ECONNREFUSED")
    return { state: "unclear", detail };
  return { state: "failed", detail };
}

function fieldsOf(error: unknown): { code: string; command: string; responseCode: number } {
  const fields = typeof error === "object" && error !== null ? error : {};
  return {
    code: "code" in fields ? String(fields.code) : "",
    command: "command" in fields ? String(fields.command) : "",
    responseCode: "responseCode" in fields ? Number(fields.responseCode) || 0 : 0,
  };
}

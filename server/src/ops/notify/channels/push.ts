import webPush from "web-push";
import { callOutbound, OutboundError } from "../../../platform/outbound.ts";
import type { Vapid } from "../../../platform/vapid.ts";
import { type Channel, type SendResult, wrongAddress } from "./channel.ts";
import { isAllowedTarget } from "./targets.ts";

/** Web push (RFC 8030, 8291, 8292) to a browser's subscription. Its payload: `{ id, title, text, link }`. */
export function createPush(options: { vapid: Vapid; production: boolean }): Channel {
  const { vapid, production } = options;
  return {
    name: "push",
    patienceMs: 20_000,
    async send(message, to): Promise<SendResult> {
      if (to?.channel !== "push") return wrongAddress("push");
      const { endpoint, keys } = to.subscription;
      if (!isAllowedTarget(endpoint, production))
        return { state: "refused", detail: "not an allowed address" };
      const { id, title, link } = message;
      const text = [...message.text].slice(0, 800).join("");
      const options: webPush.RequestOptions = {
        vapidDetails: vapid,
        TTL: 3_600,
        urgency: message.urgent ? "high" : "normal",
        // One that waits for the browser is replaced by its repetition (RFC 8030, 5.4: 32 characters).
        topic: id.replaceAll("-", ""),
      };
      let request: webPush.RequestDetails;
      try {
        request = webPush.generateRequestDetails(
          { endpoint, keys },
          JSON.stringify({ id, title, text, link }),
          options,
        );
      } catch {
        // A key can have the right form and lie on no curve; what the library says of it may hold parts of it.
        return { state: "refused", detail: "nothing can be encrypted for this subscription" };
      }
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      try {
        const { "Content-Length": _, ...rest } = headers;
        const answer = await callOutbound({
          ...{ url: endpoint, method: "POST", headers: rest, body: request.body ?? "" },
          ...{ timeoutMs: 4_000, maxBytes: 16 * 1024 },
        });
        const detail = `answered ${answer.status}`;
        if (answer.status < 300) return { state: "accepted", providerId: answer.headers.location ?? null };
        return { state: answer.status === 404 || answer.status === 410 ? "refused" : "failed", detail };
      } catch (error) {
        if (!(error instanceof OutboundError)) throw error;
        return { state: "unclear", detail: error.message };
      }
    },
  };
}

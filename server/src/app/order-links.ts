import type { ContactAddress } from "@orderwatch/shared/ops/notify.ts";
import type { Contact } from "@orderwatch/shared/shop/orders.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Channels } from "../ops/notify/channels/channel.ts";
import type { Logger } from "../platform/log.ts";
import {
  type LookupContext,
  type OwedOrders,
  oweOrdersAgain,
  takeOwedOrders,
} from "../shop/customers/lookup-actions.ts";

const atOnce = 50;
/** An SMS is cut off beyond, and half a link opens nothing. */
const longestSms = 460;

/** `nothing`: the contact has no orders, and hears nothing. */
export type LookupOutcome = "sent" | "nothing" | "failed";

/**
 * One pass over contacts that asked for their orders: links go to the contact itself, the token in the part of the address
 * that no server is sent. Straight to the company, as sign-in codes: in the outbox staff could read them. The lookup's id is
 * the company's idempotency key.
 */
export async function sendOrderLinks(
  context: LookupContext & {
    channels: Channels;
    shopUrl: string;
    log: Logger;
    onAnswered?: ((outcome: LookupOutcome) => void) | undefined;
  },
): Promise<{ more: boolean }> {
  const { channels, shopUrl, log, onAnswered = () => undefined } = context;
  const owed = await takeOwedOrders(context, atOnce);
  const answered = await Promise.all(
    owed.map(async (lookup): Promise<LookupOutcome> => {
      const to = addressOf(lookup.contact);
      const channel = to && channels.get(to.channel);
      if (!channel || lookup.orders.length === 0) return "nothing";
      const { title, text } = wordsFor(lookup, to.channel === "sms", shopUrl);
      const result = await channel.send({ id: lookup.id, title, text, link: null, urgent: false }, to);
      if (result.state !== "failed" && result.state !== "unclear") return "sent";
      log.warn(
        { lookup: lookup.id, detail: result.detail },
        "links to orders could not be sent; they are owed again",
      );
      await oweOrdersAgain(context, lookup.id);
      return "failed";
    }),
  );
  for (const outcome of answered) onAnswered(outcome);
  return { more: owed.length === atOnce && !answered.includes("failed") };
}

function addressOf({ phone, email }: Contact): ContactAddress | null {
  if (phone !== undefined) return { channel: "sms", phone };
  return email === undefined ? null : { channel: "email", email };
}

/** The newest orders, as many as the message holds. */
function wordsFor({ language, orders }: OwedOrders, isSms: boolean, shopUrl: string) {
  const { title, text } = words[language];
  const links = orders.map(({ id, token, name, placedAt }) => {
    const link = `${shopUrl}/o/${id}#${token}`;
    return isSms ? link : `${name} · ${placedAt.toISOString().slice(0, 10)}\n${link}`;
  });
  const gap = isSms ? "\n" : "\n\n";
  let whole = text;
  for (const [place, link] of links.entries()) {
    const longer = `${whole}${gap}${link}`;
    if (isSms && place > 0 && title.length + longer.length > longestSms) break;
    whole = longer;
  }
  return { title, text: whole };
}

const words: Record<Language, { title: string; text: string }> = {
  "zh-CN": {
    title: "找回订单",
    text: "这是您近 90 天的订单链接，打开即可查看订单和卡密，请勿转发给任何人。",
  },
  en: {
    title: "Your orders",
    text: "These links open your orders of the last 90 days, codes included. Pass them on to nobody.",
  },
};

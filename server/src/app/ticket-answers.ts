import type { ContactAddress } from "@orderwatch/shared/ops/notify.ts";
import type { Contact } from "@orderwatch/shared/shop/orders.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";
import type { Notify } from "../ops/notify/actions.ts";
import type { TicketHooks } from "../ops/tickets/actions.ts";
import type { Keys } from "../platform/crypto.ts";
import { buyerOf } from "../shop/support/actions.ts";

const hourMs = 3_600_000;

/** That there is an answer, never what it says: the message passes companies, and phones lie about. */
const words: Record<Language, { title: string; text: string }> = {
  "zh-CN": { title: "客服已回复您", text: "客服已回复您的咨询，请打开订单页查看并继续沟通。" },
  en: {
    title: "Support has answered you",
    text: "Support has answered you. Open the page of your order to read it and to write back.",
  },
};

const asWords = (text: string): Words => ({ "zh-CN": text, en: text });

function addressOf({ phone, email }: Contact): ContactAddress | null {
  if (phone !== undefined) return { channel: "sms", phone };
  return email === undefined ? null : { channel: "email", email };
}

/**
 * Tells a buyer who may have left the page that they were answered: by SMS or else e-mail, in their language, at most once
 * an hour for each ticket, whatever else is said in it. Shoppers and drills are nobody to be told.
 */
export function answerHooks(context: {
  notify: Pick<Notify, "tell">;
  keys: Keys;
  shopUrl: string;
}): Required<Pick<TicketHooks, "replied">> {
  const { notify, keys, shopUrl } = context;
  return {
    async replied(sql, ticket) {
      if (ticket.origin !== "buyer" || ticket.conversationId === null || ticket.orderId === null) return;
      const to = addressOf(await buyerOf({ db: { sql }, keys }, ticket.conversationId));
      if (!to) return;
      const { title, text } = words[ticket.language];
      const hour = Math.floor(ticket.changedAt.getTime() / hourMs);
      await notify.tell(sql, {
        ...{ to, incidentId: ticket.incidentId, title: asWords(title), text: asWords(text) },
        link: `${shopUrl}/o/${ticket.orderId}`,
        key: `ticket-answer:${ticket.id}:${hour}`,
      });
    },
  };
}

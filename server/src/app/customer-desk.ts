import type { Language, Words } from "@orderwatch/shared/words.ts";
import type { Notify } from "../ops/notify/actions.ts";
import type { Channels } from "../ops/notify/channels/channel.ts";
import { startLoop } from "../platform/loop.ts";
import { Counter, type Registry } from "../platform/metrics.ts";
import {
  type OrderNews,
  type RestockNews,
  takeOrderNews,
  takeRestockNews,
} from "../shop/customers/actions.ts";
import { oweCodeAgain, takeOwedCodes } from "../shop/customers/buyer-actions.ts";
import type { StockContext } from "../shop/stock/actions.ts";
import { type LookupOutcome, sendOrderLinks } from "./order-links.ts";

const everyMs = 1_000;
const atOnce = 50;

export type CustomerDesk = StockContext & {
  notify: Pick<Notify, "tell">;
  channels: Channels;
  shopUrl: string;
  metrics?: Registry;
};

/** Written in the buyer's language already, whoever reads it. */
const asWords = (text: string): Words => ({ "zh-CN": text, en: text });

/** Brings buyers their sign-in codes, links to their orders, restock notices and orders' news, until it is stopped. */
export function startCustomerDesk(context: CustomerDesk) {
  const onAnswered = countLookups(context.metrics);
  const loops = [
    startLoop({ name: "buyer-codes", everyMs, log: context.log, work: () => sendCodes(context) }),
    startLoop({
      ...{ name: "order-links", everyMs, log: context.log },
      work: () => sendOrderLinks({ ...context, onAnswered }),
    }),
    startLoop({ name: "buyer-news", everyMs, log: context.log, work: () => tellNews(context) }),
  ];
  return {
    async stop(): Promise<void> {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

function countLookups(metrics: Registry | undefined): ((outcome: LookupOutcome) => void) | undefined {
  if (!metrics) return undefined;
  const answered = new Counter({
    name: "order_lookups_answered_total",
    help: "Wishes to find one's orders again: links sent, nothing there to send, or not taken by the company yet",
    labelNames: ["outcome"] as const,
    registers: [metrics],
  });
  return (outcome) => answered.inc({ outcome });
}

/**
 * One pass over codes that are owed. They go straight to the company: in the outbox staff could read them. The code's id is
 * the company's idempotency key, so a code that is sent again is one message.
 */
export async function sendCodes(context: CustomerDesk): Promise<{ more: boolean }> {
  const sms = context.channels.get("sms");
  if (!sms) return { more: false };
  const owed = await takeOwedCodes(context, atOnce);
  const sent = await Promise.all(
    owed.map(async ({ id, phone, language, code }) => {
      const words = codeWords[language];
      const message = { id, title: words.title, text: words.text(code), link: null, urgent: true };
      const result = await sms.send(message, { channel: "sms", phone });
      if (result.state !== "failed" && result.state !== "unclear") return true;
      context.log.warn(
        { code: id, detail: result.detail },
        "a sign-in code could not be sent; it is owed again",
      );
      await oweCodeAgain(context, id);
      return false;
    }),
  );
  return { more: owed.length === atOnce && sent.every(Boolean) };
}

/** One pass over restocked products and ended orders: whoever waits for them is told, each once. */
export async function tellNews(context: CustomerDesk): Promise<{ more: boolean }> {
  const { db, keys, clock, notify, shopUrl } = context;
  return await db.transaction(async (sql) => {
    const restocked = await takeRestockNews(keys, sql, atOnce);
    const orders = await takeOrderNews(keys, sql, clock.now(), atOnce);
    const tell = (to: Parameters<Notify["tell"]>[1]["to"], key: string, words: Told, link: string) =>
      notify.tell(sql, {
        ...{ to, key, link, incidentId: null },
        ...{ title: asWords(words.title), text: asWords(words.text) },
      });
    for (const news of restocked)
      for (const to of waysOf(news))
        await tell(
          to,
          `restock:${news.id}:${to.channel}`,
          restockWords[news.language](news.name),
          `${shopUrl}/p/${encodeURIComponent(news.sku)}`,
        );
    for (const news of orders)
      await tell(
        { channel: "push", subscription: news.push },
        `order-news:${news.id}`,
        orderWords[news.language](news.name, news.status),
        `${shopUrl}/o/${news.orderId}`,
      );
    return { more: restocked.length === atOnce || orders.length === atOnce };
  });
}

function waysOf({ to }: RestockNews): Parameters<Notify["tell"]>[1]["to"][] {
  return [
    ...(to.phone === undefined ? [] : [{ channel: "sms" as const, phone: to.phone }]),
    ...(to.email === undefined ? [] : [{ channel: "email" as const, email: to.email }]),
    ...(to.push === undefined ? [] : [{ channel: "push" as const, subscription: to.push }]),
  ];
}

interface Told {
  title: string;
  text: string;
}

const codeWords: Record<Language, { title: string; text: (code: string) => string }> = {
  "zh-CN": {
    title: "登录验证码",
    text: (code) => `您的登录验证码是 ${code}，10 分钟内有效。请勿告诉任何人，客服也不会向您索取。`,
  },
  en: {
    title: "Sign-in code",
    text: (code) =>
      `Your sign-in code is ${code}, good for 10 minutes. Tell nobody: support never asks for it.`,
  },
};

const restockWords: Record<Language, (name: string) => Told> = {
  "zh-CN": (name) => ({ title: `${name} 到货了`, text: "您关注的商品已到货，数量有限，先到先得。" }),
  en: (name) => ({
    title: `${name} is back`,
    text: "What you waited for can be bought again, as long as it lasts.",
  }),
};

const orderWords: Record<Language, (name: string, status: OrderNews["status"]) => Told> = {
  "zh-CN": (name, status) =>
    ({
      delivered: { title: "订单已发货", text: `${name} 已发货，点击查看。` },
      delivery_failed: { title: "订单需要您看一下", text: `${name} 尚未发货，点击查看接下来怎么办。` },
      refunded: { title: "订单已退款", text: `${name} 的款项已原路退回。` },
    })[status],
  en: (name, status) =>
    ({
      delivered: { title: "Your order is here", text: `${name} has been delivered.` },
      delivery_failed: {
        title: "Your order needs a look",
        text: `${name} is not delivered yet; see what comes next.`,
      },
      refunded: { title: "Your money is back", text: `What you paid for ${name} has been returned.` },
    })[status],
};

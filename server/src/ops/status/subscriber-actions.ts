import type { Language, Words } from "@orderwatch/shared/words.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import {
  forgetUnconfirmed,
  listSubscribers,
  removeSubscriber,
  type Subscriber,
  subscriptionToken,
  takeLinksDue,
} from "../../shop/status/subscription-actions.ts";
import {
  listPublishedSince,
  lockUnannounced,
  setAnnounced,
  type UpdateRow,
} from "../../shop/status/update-actions.ts";
import type { Notify } from "../notify/actions.ts";

export interface SubscribersContext {
  db: Database;
  keys: Keys;
  clock: Clock;
  notify: Pick<Notify, "tell" | "refusedIn">;
  /** The public status page, a whole address. */
  statusUrl: string;
}

const atOnce = 100;
/** A push company says at once that a subscription is gone; retries of other failures take about an hour. */
const refusalsForMs = 2 * 3_600_000;

const broadcastOf = (updateId: string) => `update:${updateId}`;
/** Written in the subscriber's language already, whoever reads it. */
const asWords = (text: string): Words => ({ "zh-CN": text, en: text });

/** One pass: links that are owed, news that was published, and browsers that are gone. `more` when it found a whole batch. */
export async function advanceSubscribers(context: SubscribersContext): Promise<{ more: boolean }> {
  const now = context.clock.now();
  const links = await sendLinks(context);
  const news = await announce(context, now);
  const recent = await listPublishedSince(context.db.sql, new Date(now.getTime() - refusalsForMs));
  if (recent.length > 0)
    for (const id of await context.notify.refusedIn(context.db.sql, recent.map(broadcastOf)))
      await removeSubscriber(context.db.sql, id);
  await forgetUnconfirmed(context.db.sql, now);
  return { more: links === atOnce || news === atOnce };
}

async function sendLinks({ db, keys, notify, statusUrl }: SubscribersContext): Promise<number> {
  return await db.transaction(async (sql) => {
    const due = await takeLinksDue(keys, sql, atOnce);
    for (const { id, address, language, askedAt } of due) {
      const { title, text } = linkWords[language];
      await notify.tell(sql, {
        ...{ incidentId: null, to: address, title: asWords(title), text: asWords(text) },
        key: `subscribe:${id}:${askedAt.getTime()}`,
        link: `${statusUrl}#confirm=${subscriptionToken(keys, "confirm", id)}`,
      });
    }
    return due.length;
  });
}

/** A batch of subscribers of the oldest update that not all have been told; 0 when there is none. */
async function announce(context: SubscribersContext, now: Date): Promise<number> {
  const { db, keys } = context;
  return await db.transaction(async (sql) => {
    const update = await lockUnannounced(sql);
    if (!update) return 0;
    const subscribers = await listSubscribers(keys, sql, {
      ...{ by: update.publishedAt, after: update.announcedTo, limit: atOnce },
    });
    for (const subscriber of subscribers) {
      const { title, text, link } = newsFor(context, update, subscriber);
      await context.notify.tell(sql, {
        ...{
          incidentId: update.incidentId,
          to: subscriber.address,
          title: asWords(title),
          text: asWords(text),
          link,
        },
        key: `${broadcastOf(update.id)}:${subscriber.id}`,
        among: { broadcast: broadcastOf(update.id), recipient: subscriber.id },
      });
    }
    const doneAt = subscribers.length < atOnce ? now : null;
    await setAnnounced(sql, update.id, { to: subscribers.at(-1)?.id ?? null, doneAt });
    return doneAt ? 1 : atOnce;
  });
}

/** A mail ends with the way out of further ones; a browser has its own. */
function newsFor(
  { keys, statusUrl }: SubscribersContext,
  update: UpdateRow,
  { id, address, language }: Subscriber,
): { title: string; text: string; link: string } {
  const title =
    update.phase === "resolved" ? clearWords[language](update.title[language]) : update.title[language];
  if (address.channel === "push") return { title, text: update.text[language], link: statusUrl };
  const end = `${statusUrl}#end=${subscriptionToken(keys, "end", id)}`;
  return { title, text: `${update.text[language]}\n\n${endWords[language]}\n${end}`, link: statusUrl };
}

const clearWords: Record<Language, (title: string) => string> = {
  "zh-CN": (title) => `已恢复：${title}`,
  en: (title) => `Over: ${title}`,
};
const endWords: Record<Language, string> = {
  "zh-CN": "不想再收到这些通知，请打开：",
  en: "To get no more of these, open:",
};
const linkWords: Record<Language, { title: string; text: string }> = {
  "zh-CN": {
    title: "请确认订阅商店状态通知",
    text: "有人用此邮箱订阅了商店状态通知。如果是您，请在 24 小时内打开以下链接确认；如果不是，忽略此邮件即可，不会再收到邮件。",
  },
  en: {
    title: "Confirm your subscription to the shop's status",
    text: "Somebody subscribed this address to news of the shop's status. If it was you, open this link within 24 hours; if not, do nothing and no more mail will come.",
  },
};

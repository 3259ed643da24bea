import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Contact, Origin } from "@orderwatch/shared/shop/orders.ts";
import type {
  Conversation,
  ConversationState,
  ExportedThread,
  SupportMessage,
} from "@orderwatch/shared/shop/support.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database, Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import { contactOf, maskContact } from "../orders/contact-actions.ts";
import { mayRate } from "./domain.ts";
import * as store from "./store.ts";

export interface SupportContext {
  db: Database;
  keys: Keys;
  clock: Clock;
  newId: NewId;
}

const sealedAs = (id: string, what: "message" | "phone" | "call-note" | "rating-note") =>
  `conversation:${id}:${what}`;

/** Seals a part of a conversation, bound to it. */
export const sealPart = (keys: Keys, id: string, what: Parameters<typeof sealedAs>[1], text: string) =>
  keys.seal(text, sealedAs(id, what));

const openPart = (keys: Keys, id: string, what: Parameters<typeof sealedAs>[1], sealed: Buffer | null) =>
  sealed === null ? null : keys.open(sealed, sealedAs(id, what));

/** The order's thread, begun if there is none. Throws `order.not_found`. */
export async function openFor(
  { clock, newId }: Pick<SupportContext, "clock" | "newId">,
  sql: Sql,
  order: { orderId: string; language?: Language },
): Promise<string> {
  const { orderId, language = null } = order;
  const id = await store.beginForOrder(sql, { id: newId(), orderId, language, now: clock.now() });
  if (id === null) throw new DomainError("order.not_found", "No such order");
  return id;
}

/** What the shop tells the buyer. With a `key` it is said once, however often it is asked for. */
export async function say(
  { keys, clock, newId }: Pick<SupportContext, "keys" | "clock" | "newId">,
  sql: Sql,
  message: {
    conversationId: string;
    author: "staff" | "system";
    kind: SupportMessage["kind"];
    text: Words | string;
    key?: string;
    /** How many of the buyer's deeds it answers, as `hear` counts them; none, where it is no answer. */
    answers?: number;
  },
): Promise<{ id: string; isNew: boolean }> {
  const { conversationId, author, kind, text, key = null, answers = null } = message;
  const id = newId();
  const isNew = await store.insertMessage(sql, {
    ...{ id, conversationId, author, kind, key, at: clock.now(), news: answers },
    text: sealPart(keys, conversationId, "message", JSON.stringify(text)),
  });
  return { id, isNew };
}

/**
 * What a buyer has done in a thread, of which nothing more comes until the transaction ends; and whether a message of theirs is
 * newer than `revision`.
 */
export const hear = (sql: Sql, conversationId: string, revision?: number) =>
  store.hear(sql, conversationId, revision ?? null);

/** How much the buyer had done in a thread; read before the thread itself, it promises no more than is read there. */
export const revisionOf = async (sql: Sql, conversationId: string): Promise<number> =>
  (await store.readOne(sql, conversationId))?.news ?? 0;

/** Whether the buyer wrote something that no answer was given to; by what answers say that they answer, not by any clock. */
export const waitsForAnswer = (sql: Sql, conversationId: string): Promise<boolean> =>
  store.waitsForAnswer(sql, conversationId);

/** Empties threads whose buyer is to be forgotten; what staff's side keeps of them goes when it takes that in. */
export const forgetThreads = (
  { clock }: Pick<SupportContext, "clock">,
  sql: Sql,
  whose: { orderIds: readonly string[]; phone: { key: bigint; tailKey: bigint } | null },
) => store.forgetThreads(sql, { ...whose, now: clock.now() });

/** How the thread stands, as the buyer sees it. */
export const settle = (
  { clock }: Pick<SupportContext, "clock">,
  sql: Sql,
  id: string,
  state: ConversationState,
) => store.setState(sql, id, state, clock.now());

/** What was said, oldest first. */
export async function readThread(
  { keys }: Pick<SupportContext, "keys">,
  sql: Sql,
  conversationId: string,
): Promise<SupportMessage[]> {
  const rows = await store.readMessages(sql, conversationId);
  return rows.map(({ id, at, author, kind, text }) => ({
    ...{ id, author, kind, at: at.toISOString() },
    text: JSON.parse(openPart(keys, conversationId, "message", text) ?? '""') as Words | string,
  }));
}

/** A thread as its buyer sees it; an empty one for an order that nobody wrote about. */
export async function viewConversation(
  { db, keys }: Pick<SupportContext, "db" | "keys">,
  orderId: string,
): Promise<Conversation> {
  const found = await store.readByOrder(db.sql, orderId);
  if (!found) return { state: null, messages: [], call: null, rating: null, mayRate: false };
  const [messages, wish] = await Promise.all([
    readThread({ keys }, db.sql, found.id),
    readWish({ keys }, db.sql, found.id),
  ]);
  const answers = messages.filter(({ author, kind }) => author !== "buyer" && kind !== "progress").length;
  return {
    state: found.state,
    messages,
    call:
      wish === null
        ? null
        : {
            phone: maskContact({ phone: wish.phone }).phone ?? "",
            bestFrom: wish.bestFrom,
            bestTo: wish.bestTo,
            askedAt: wish.askedAt,
          },
    rating: found.rating,
    mayRate: mayRate({ state: found.state, answers }),
  };
}

/** Everything that was said in a buyer's threads, in clear: of these orders, and of this phone where there was none. */
export async function exportThreads(
  { db, keys }: Pick<SupportContext, "db" | "keys">,
  orderIds: readonly string[],
  phone: { key: bigint; tailKey: bigint },
): Promise<ExportedThread[]> {
  const found = await store.listOf(db.sql, orderIds, phone);
  return await Promise.all(
    found.map(async ({ id, orderId, sku, createdAt, rating, ratingNote }) => ({
      ...{ orderId, sku, rating, begunAt: createdAt.toISOString() },
      messages: (await readThread({ keys }, db.sql, id)).map(({ id: _, ...said }) => said),
      call: await readWish({ keys }, db.sql, id),
      ratingNote: openPart(keys, id, "rating-note", ratingNote),
    })),
  );
}

/** The call that a buyer asked for; nothing of it is masked. */
export interface CallWish {
  phone: string;
  bestFrom: string | null;
  bestTo: string | null;
  note: string | null;
  askedAt: string;
}

export async function readWish(
  { keys }: Pick<SupportContext, "keys">,
  sql: Sql,
  conversationId: string,
): Promise<CallWish | null> {
  const wish = await store.readWish(sql, conversationId);
  if (!wish) return null;
  return {
    phone: openPart(keys, conversationId, "phone", wish.phone) ?? "",
    bestFrom: wish.bestFrom?.toISOString() ?? null,
    bestTo: wish.bestTo?.toISOString() ?? null,
    note: openPart(keys, conversationId, "call-note", wish.note),
    askedAt: wish.askedAt.toISOString(),
  };
}

/** What the buyer said with their stars; null where they said nothing, or had it forgotten. */
export async function readRatingNote(
  { keys }: Pick<SupportContext, "keys">,
  sql: Sql,
  conversationId: string,
): Promise<string | null> {
  const found = await store.readOne(sql, conversationId);
  return openPart(keys, conversationId, "rating-note", found?.ratingNote ?? null);
}

/** How the buyer can be told something: by the order's contact, else by the number to call. Nothing of it is masked. */
export async function buyerOf(
  { db, keys }: { db: Pick<Database, "sql">; keys: Keys },
  conversationId: string,
): Promise<Contact> {
  const found = await store.readOne(db.sql, conversationId);
  if (found?.orderId) return await contactOf({ db, keys }, found.orderId);
  const wish = await readWish({ keys }, db.sql, conversationId);
  return wish === null ? {} : { phone: wish.phone };
}

/** What a buyer did since staff's side looked last. */
export interface SupportNews {
  conversationId: string;
  orderId: string | null;
  language: Language;
  origin: Origin;
  sku: string | null;
  quantity: number | null;
  /** Why no order was made. */
  code: string | null;
  /** Keyed hashes of the contact, as an order has them; decimal numbers. */
  phoneKey: string | null;
  phoneTailKey: string | null;
  emailKey: string | null;
  /** Messages that were not taken in yet. */
  unread: number;
  /** Whether the buyer asked for a call, or for another one. */
  wantsCall: boolean;
  /** The stars, where they are news. */
  rated: number | null;
  /** Whether the buyer had everything forgotten: how to reach them is to go from wherever it was put. */
  forgotten: boolean;
  /** To be handed to `taken`. */
  news: number;
}

/** The longest waiting first. What is listed stays so until it was taken. */
export async function listNews({ db }: Pick<SupportContext, "db">, limit: number): Promise<SupportNews[]> {
  const rows = await store.listNews(db.sql, limit);
  return rows.map(({ id, taken, wishNews, rating, ratedNews, forgottenNews, news, ...row }) => ({
    conversationId: id,
    orderId: row.orderId,
    language: row.language,
    origin: row.origin,
    sku: row.sku,
    quantity: row.quantity,
    code: row.code,
    phoneKey: row.phoneKey,
    phoneTailKey: row.phoneTailKey,
    emailKey: row.emailKey,
    unread: row.unread,
    wantsCall: wishNews !== null && wishNews > taken,
    rated: ratedNews !== null && ratedNews > taken ? rating : null,
    forgotten: forgottenNews !== null && forgottenNews > taken,
    news,
  }));
}

/** In the transaction that does something about it. False when another was faster: then nothing is to be done. */
export const taken = (sql: Sql, { conversationId, news }: Pick<SupportNews, "conversationId" | "news">) =>
  store.take(sql, conversationId, news);

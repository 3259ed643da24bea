import type { Origin } from "@orderwatch/shared/shop/orders.ts";
import type { ConversationState, messageAuthors, messageKinds } from "@orderwatch/shared/shop/support.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import { sql } from "drizzle-orm";
import { bigint, check, index, pgTable, smallint, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { bytea, time } from "../../platform/columns.ts";

const lookupKey = (name: string) => bigint(name, { mode: "bigint" });

/**
 * What a buyer and the shop say to each other, one for each order; without an order it is a wish to be called. `news`
 * counts what the buyer did, `taken` how much of it staff's side has taken in: a count, so that nothing is lost between
 * two looks and no clock decides.
 */
export const conversations = pgTable(
  "conversations",
  {
    id: uuid().primaryKey(),
    orderId: uuid("order_id").unique(),
    /** Of a wish without an order: a keyed hash of its Idempotency-Key. */
    key: bytea().unique(),
    state: text().$type<ConversationState>().notNull(),
    language: text().$type<Language>().notNull(),
    origin: text().$type<Origin>().notNull(),
    sku: text(),
    quantity: smallint(),
    /** Why no order was made. */
    code: text(),
    phoneKey: lookupKey("phone_key"),
    phoneTailKey: lookupKey("phone_tail_key"),
    emailKey: lookupKey("email_key"),
    news: bigint({ mode: "number" }).notNull().default(0),
    taken: bigint({ mode: "number" }).notNull().default(0),
    rating: smallint(),
    ratingNote: bytea("rating_note"),
    /** The buyer's deed that the rating was. */
    ratedNews: bigint("rated_news", { mode: "number" }),
    /** The buyer's deed that having everything forgotten was. */
    forgottenNews: bigint("forgotten_news", { mode: "number" }),
    createdAt: time("created_at").notNull(),
    changedAt: time("changed_at").notNull(),
  },
  (table) => [
    index("conversations_news").on(table.changedAt, table.id).where(sql`${table.news} > ${table.taken}`),
    check("conversations_state", sql`${table.state} in ('open', 'answered', 'resolved')`),
    check("conversations_rating", sql`${table.rating} between 1 and 5`),
    check("conversations_about", sql`(${table.orderId} is null) = (${table.key} is not null)`),
  ],
);

const conversationId = () =>
  uuid("conversation_id")
    .notNull()
    .references(() => conversations.id);

/** Sealed, since buyers write codes, numbers and names. */
export const conversationMessages = pgTable(
  "conversation_messages",
  {
    id: uuid().primaryKey(),
    conversationId: conversationId(),
    at: time("at").notNull(),
    author: text().$type<(typeof messageAuthors)[number]>().notNull(),
    kind: text().$type<(typeof messageKinds)[number]>().notNull(),
    text: bytea().notNull(),
    /** What makes a repeated message one message. */
    key: text(),
    /** The buyer's deed that it was; of ours, up to which of the buyer's deeds it answers. */
    news: bigint({ mode: "number" }),
  },
  (table) => [
    index("conversation_messages_thread").on(table.conversationId, table.id),
    uniqueIndex("conversation_messages_once").on(table.conversationId, table.key),
  ],
);

/** The call that a buyer asked for last. */
export const callWishes = pgTable("call_wishes", {
  conversationId: conversationId().primaryKey(),
  phone: bytea().notNull(),
  bestFrom: time("best_from"),
  bestTo: time("best_to"),
  note: bytea(),
  news: bigint({ mode: "number" }).notNull(),
  askedAt: time("asked_at").notNull(),
});

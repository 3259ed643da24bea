import type { Origin } from "@orderwatch/shared/shop/orders.ts";
import type { ConversationState, SupportMessage } from "@orderwatch/shared/shop/support.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

export interface ConversationRow {
  id: string;
  orderId: string | null;
  state: ConversationState;
  language: Language;
  origin: Origin;
  sku: string | null;
  quantity: number | null;
  code: string | null;
  phoneKey: string | null;
  phoneTailKey: string | null;
  emailKey: string | null;
  news: number;
  taken: number;
  rating: number | null;
  ratingNote: Buffer | null;
  ratedNews: number | null;
  forgottenNews: number | null;
  createdAt: Date;
  changedAt: Date;
}

const row = `c.id, c.order_id as "orderId", c.state, c.language, c.origin, c.sku, c.quantity, c.code,
  c.phone_key::text as "phoneKey", c.phone_tail_key::text as "phoneTailKey", c.email_key::text as "emailKey",
  c.news::int, c.taken::int, c.rating, c.rating_note as "ratingNote", c.rated_news::int as "ratedNews",
  c.forgotten_news::int as "forgottenNews",
  c.created_at as "createdAt", c.changed_at as "changedAt"`;

/** The order's thread, begun if there is none; null when there is no such order. */
export async function beginForOrder(
  sql: Sql,
  given: { id: string; orderId: string; language: Language | null; now: Date },
): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>(
    `insert into conversations (id, order_id, state, language, origin, phone_key, phone_tail_key, email_key, created_at, changed_at)
      select $1, o.id, 'open', coalesce($3, o.language), o.origin, o.phone_key, o.phone_tail_key, o.email_key, $4, $4
      from orders o where o.id = $2
      on conflict (order_id) do update set language = coalesce($3, conversations.language)
      returning id`,
    [given.id, given.orderId, given.language, given.now],
  );
  return rows[0]?.id ?? null;
}

/** False when the key is known: then it is the same wish, and what it says now is left aside. */
export async function beginWithoutOrder(
  sql: Sql,
  given: {
    id: string;
    key: Buffer;
    language: Language;
    origin: Origin;
    sku: string | null;
    quantity: number | null;
    code: string | null;
    phoneKey: bigint | null;
    phoneTailKey: bigint | null;
    emailKey: bigint | null;
    now: Date;
  },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into conversations (id, key, state, language, origin, sku, quantity, code, phone_key, phone_tail_key, email_key,
        created_at, changed_at)
      values ($1, $2, 'open', $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) on conflict (key) do nothing`,
    [
      ...[given.id, given.key, given.language, given.origin, given.sku, given.quantity, given.code],
      ...[given.phoneKey, given.phoneTailKey, given.emailKey, given.now],
    ],
  );
  return rowCount === 1;
}

/** Counts a deed of the buyer's and answers its number. The row stays locked until the transaction ends. */
export async function countNews(
  sql: Sql,
  id: string,
  given: { state: ConversationState | null; now: Date },
): Promise<number> {
  const { rows } = await sql.query<{ news: number }>(
    `update conversations set news = news + 1, state = coalesce($2, state), changed_at = $3 where id = $1
      returning news::int`,
    [id, given.state, given.now],
  );
  return rows[0]?.news ?? 0;
}

export async function hear(
  sql: Sql,
  id: string,
  revision: number | null,
): Promise<{ news: number; taken: number; isUnread: boolean }> {
  const { rows } = await sql.query<{ news: number; taken: number }>(
    "select news::int, taken::int from conversations where id = $1 for update",
    [id],
  );
  const { news = 0, taken = 0 } = rows[0] ?? {};
  if (revision === null) return { news, taken, isUnread: false };
  // A statement of its own: one that waited for the row does not see what was written meanwhile.
  const unread = await sql.query(
    "select from conversation_messages where conversation_id = $1 and author = 'buyer' and news > $2 limit 1",
    [id, revision],
  );
  return { news, taken, isUnread: unread.rowCount !== 0 };
}

export async function waitsForAnswer(sql: Sql, id: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `select from conversation_messages where conversation_id = $1 and author = 'buyer' and news > (
        select coalesce(max(a.news), 0) from conversation_messages a where a.conversation_id = $1 and a.author <> 'buyer')
      limit 1`,
    [id],
  );
  return rowCount !== 0;
}

export async function readByOrder(sql: Sql, orderId: string): Promise<ConversationRow | undefined> {
  const { rows } = await sql.query<ConversationRow>(
    `select ${row} from conversations c where order_id = $1`,
    [orderId],
  );
  return rows[0];
}

export async function readOne(sql: Sql, id: string): Promise<ConversationRow | undefined> {
  const { rows } = await sql.query<ConversationRow>(`select ${row} from conversations c where id = $1`, [id]);
  return rows[0];
}

/** Threads of these orders, and those without an order that name this phone; oldest first. */
export async function listOf(
  sql: Sql,
  orderIds: readonly string[],
  phone: { key: bigint; tailKey: bigint },
): Promise<ConversationRow[]> {
  const { rows } = await sql.query<ConversationRow>(
    `select ${row} from conversations c
      where order_id = any($1) or (order_id is null and phone_key = $2 and phone_tail_key = $3) order by id`,
    [orderIds, phone.key, phone.tailKey],
  );
  return rows;
}

export interface MessageRow {
  id: string;
  at: Date;
  author: SupportMessage["author"];
  kind: SupportMessage["kind"];
  text: Buffer;
}

/** All of a thread, in the order in which it was said. */
export async function readMessages(sql: Sql, conversationId: string): Promise<MessageRow[]> {
  const { rows } = await sql.query<MessageRow>(
    "select id, at, author, kind, text from conversation_messages where conversation_id = $1 order by at, id",
    [conversationId],
  );
  return rows;
}

/** False when a message with this key stands there already. */
export async function insertMessage(
  sql: Sql,
  message: MessageRow & { conversationId: string; key: string | null; news: number | null },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into conversation_messages (id, conversation_id, at, author, kind, text, key, news)
      values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (conversation_id, key) do nothing`,
    [
      ...[message.id, message.conversationId, message.at, message.author, message.kind, message.text],
      ...[message.key, message.news],
    ],
  );
  return rowCount === 1;
}

export async function hasMessage(sql: Sql, conversationId: string, key: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    "select from conversation_messages where conversation_id = $1 and key = $2",
    [conversationId, key],
  );
  return rowCount === 1;
}

export async function countOfBuyer(sql: Sql, conversationId: string, since: Date): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `select count(*)::int as n from conversation_messages
      where conversation_id = $1 and author = 'buyer' and at > $2`,
    [conversationId, since],
  );
  return rows[0]?.n ?? 0;
}

export interface WishRow {
  phone: Buffer;
  bestFrom: Date | null;
  bestTo: Date | null;
  note: Buffer | null;
  news: number;
  askedAt: Date;
}

export async function saveWish(sql: Sql, wish: WishRow & { conversationId: string }): Promise<void> {
  await sql.query(
    `insert into call_wishes (conversation_id, phone, best_from, best_to, note, news, asked_at)
      values ($1, $2, $3, $4, $5, $6, $7) on conflict (conversation_id) do update set
        phone = excluded.phone, best_from = excluded.best_from, best_to = excluded.best_to, note = excluded.note,
        news = excluded.news, asked_at = excluded.asked_at`,
    [
      ...[wish.conversationId, wish.phone, wish.bestFrom, wish.bestTo, wish.note],
      ...[wish.news, wish.askedAt],
    ],
  );
}

export async function readWish(sql: Sql, conversationId: string): Promise<WishRow | undefined> {
  const { rows } = await sql.query<WishRow>(
    `select phone, best_from as "bestFrom", best_to as "bestTo", note, news::int, asked_at as "askedAt"
      from call_wishes where conversation_id = $1`,
    [conversationId],
  );
  return rows[0];
}

export async function saveRating(
  sql: Sql,
  rated: { id: string; stars: number; note: Buffer | null; news: number },
): Promise<void> {
  await sql.query("update conversations set rating = $2, rating_note = $3, rated_news = $4 where id = $1", [
    ...[rated.id, rated.stars, rated.note, rated.news],
  ]);
}

export async function setState(sql: Sql, id: string, state: ConversationState, now: Date): Promise<void> {
  await sql.query("update conversations set state = $2, changed_at = $3 where id = $1 and state <> $2", [
    ...[id, state, now],
  ]);
}

/** Conversations in which the buyer did something that was not taken in yet, the longest waiting first. */
export async function listNews(
  sql: Sql,
  limit: number,
): Promise<(ConversationRow & { unread: number; wishNews: number | null })[]> {
  const { rows } = await sql.query<ConversationRow & { unread: number; wishNews: number | null }>(
    `select ${row}, w.news::int as "wishNews",
        (select count(*)::int from conversation_messages m where m.conversation_id = c.id and m.author = 'buyer' and m.news > c.taken) as unread
      from conversations c left join call_wishes w on w.conversation_id = c.id
      where c.news > c.taken order by c.changed_at, c.id limit $1`,
    [limit],
  );
  return rows;
}

export async function take(sql: Sql, id: string, news: number): Promise<boolean> {
  const { rowCount } = await sql.query("update conversations set taken = $2 where id = $1 and taken < $2", [
    id,
    news,
  ]);
  return rowCount === 1;
}

/** The order's failure, locked until the transaction ends. */
export async function lockOrder(
  sql: Sql,
  id: string,
): Promise<{ status: string; failureCode: string | null } | undefined> {
  const { rows } = await sql.query<{ status: string; failureCode: string | null }>(
    `select status, failure_code as "failureCode" from orders where id = $1 for update`,
    [id],
  );
  return rows[0];
}

export const correctedBy = "the buyer corrected the account";

export async function countCorrections(sql: Sql, orderId: string): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `select count(*)::int as n from order_events
      where order_id = $1 and type = 'delivering' and facts->>'reason' = $2`,
    [orderId, correctedBy],
  );
  return rows[0]?.n ?? 0;
}

/**
 * Empties the threads of these orders, and those without an order that name this phone: what was said, how to reach the
 * buyer, the calls they wished for. That it happened is the buyer's last deed, for staff's side to take in.
 */
export async function forgetThreads(
  sql: Sql,
  given: {
    orderIds: readonly string[];
    phone: { key: bigint; tailKey: bigint } | null;
    now: Date;
  },
): Promise<void> {
  await sql.query(
    `with gone as (
        update conversations set phone_key = null, phone_tail_key = null, email_key = null, rating_note = null,
          state = 'resolved', news = news + 1, forgotten_news = news + 1, changed_at = $4
        where order_id = any($1) or (order_id is null and phone_key = $2 and phone_tail_key = $3)
        returning id
      ), said as (
        delete from conversation_messages where conversation_id in (select id from gone)
      )
      delete from call_wishes where conversation_id in (select id from gone)`,
    [given.orderIds, given.phone?.key ?? null, given.phone?.tailKey ?? null, given.now],
  );
}

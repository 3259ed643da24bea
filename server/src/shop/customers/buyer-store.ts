import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

/**
 * Owes a number a new code, unless its last was asked for after `since` or it had `mostAnHour` since `hour`. One statement,
 * whoever has the number.
 */
export async function askCode(
  sql: Sql,
  code: { phoneKey: bigint; id: string; phone: Buffer; language: Language; now: Date },
  limits: { since: Date; hour: Date; mostAnHour: number },
): Promise<void> {
  await sql.query(
    `insert into buyer_codes as c (phone_key, id, phone, language, asked_at, due, hour_from)
      values ($1, $2, $3, $4, $5, true, $5)
      on conflict (phone_key) do update set id = excluded.id, phone = excluded.phone, language = excluded.language,
        asked_at = excluded.asked_at, due = true, tries = 0,
        asked = case when c.hour_from <= $7 then 1 else c.asked + 1 end,
        hour_from = case when c.hour_from <= $7 then excluded.asked_at else c.hour_from end
      where c.asked_at <= $6 and (c.hour_from <= $7 or c.asked < $8)`,
    [
      ...[code.phoneKey, code.id, code.phone, code.language, code.now],
      ...[limits.since, limits.hour, limits.mostAnHour],
    ],
  );
}

/** Codes that are owed and fresh enough to be entered; whoever takes them sends them. */
export async function takeCodesDue(
  sql: Sql,
  since: Date,
  limit: number,
): Promise<{ id: string; phone: Buffer; language: Language }[]> {
  const { rows } = await sql.query<{ id: string; phone: Buffer; language: Language }>(
    `update buyer_codes set due = false where phone_key in (
        select phone_key from buyer_codes where due and asked_at > $1
        order by asked_at limit $2 for update skip locked)
      returning id, phone, language`,
    [since, limit],
  );
  return rows;
}

/** Owes a code again that could not be sent, unless a newer one took its place. */
export async function oweAgain(sql: Sql, id: string): Promise<void> {
  await sql.query("update buyer_codes set due = true where id = $1", [id]);
}

/** Counts an entry. The code's id while entries are left, else null. */
export async function countTry(
  sql: Sql,
  phoneKey: bigint,
  given: { since: Date; mostTries: number },
): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>(
    `update buyer_codes set tries = tries + 1
      where phone_key = $1 and asked_at > $2 and tries < $3 returning id`,
    [phoneKey, given.since, given.mostTries],
  );
  return rows[0]?.id ?? null;
}

/** True for whoever uses a code first. What was asked within the hour stays counted. */
export async function useCode(sql: Sql, phoneKey: bigint, id: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    "update buyer_codes set tries = 32000, due = false where phone_key = $1 and id = $2 and tries < 32000",
    [phoneKey, id],
  );
  return rowCount === 1;
}

export interface BuyerRow {
  id: string;
  phone: Buffer;
  phoneKey: bigint;
  details: Buffer | null;
  createdAt: Date;
}

interface BuyerRecord extends Omit<BuyerRow, "phoneKey"> {
  phoneKey: string;
}

const buyerColumns = `id, phone, phone_key as "phoneKey", details, created_at as "createdAt"`;
const toBuyer = ({ phoneKey, ...row }: BuyerRecord): BuyerRow => ({ ...row, phoneKey: BigInt(phoneKey) });

/** The buyer with this number, made if there is none. */
export async function findOrAddBuyer(
  sql: Sql,
  row: { id: string; phone: Buffer; phoneKey: bigint; now: Date },
): Promise<BuyerRow> {
  const { rows } = await sql.query<BuyerRecord>(
    `insert into buyers (id, phone, phone_key, created_at) values ($1, $2, $3, $4)
      on conflict (phone_key) do update set phone_key = excluded.phone_key returning ${buyerColumns}`,
    [row.id, row.phone, row.phoneKey, row.now],
  );
  const [buyer] = rows;
  if (!buyer) throw new Error("a buyer that was neither found nor added");
  return toBuyer(buyer);
}

export async function readBuyer(sql: Sql, id: string): Promise<BuyerRow | null> {
  const { rows } = await sql.query<BuyerRecord>(`select ${buyerColumns} from buyers where id = $1`, [id]);
  return rows[0] ? toBuyer(rows[0]) : null;
}

/** The device's later orders are this buyer's, and its earlier ones as far back as nobody else was signed in there. */
export async function joinDevice(
  sql: Sql,
  row: { id: string; buyerId: string; deviceKey: bigint; now: Date },
): Promise<void> {
  // Signing in twice at once on one device: the second waits for the first, and then finds its row.
  await sql.query("select pg_advisory_xact_lock($1)", [row.deviceKey]);
  await sql.query(
    `update buyer_devices set left_at = $3 where device_key = $1 and left_at is null and buyer_id <> $2`,
    [row.deviceKey, row.buyerId, row.now],
  );
  await sql.query(
    `insert into buyer_devices (id, buyer_id, device_key, orders_from, joined_at)
      select $1, $2, $3, (select max(left_at) from buyer_devices where device_key = $3), $4
      on conflict (device_key) where left_at is null do nothing`,
    [row.id, row.buyerId, row.deviceKey, row.now],
  );
}

export async function leaveDevice(sql: Sql, buyerId: string, deviceKey: bigint, now: Date): Promise<void> {
  await sql.query(
    "update buyer_devices set left_at = $3 where buyer_id = $1 and device_key = $2 and left_at is null",
    [buyerId, deviceKey, now],
  );
}

export async function insertSession(
  sql: Sql,
  row: { key: Buffer; buyerId: string; deviceKey: bigint | null; now: Date; expiresAt: Date },
): Promise<void> {
  await sql.query(
    `insert into buyer_sessions (key, buyer_id, device_key, created_at, expires_at) values ($1, $2, $3, $4, $5)`,
    [row.key, row.buyerId, row.deviceKey, row.now, row.expiresAt],
  );
}

export interface SessionRow {
  buyerId: string;
  expiresAt: Date;
}

export async function readSession(sql: Sql, key: Buffer): Promise<SessionRow | null> {
  const { rows } = await sql.query<SessionRow>(
    `select buyer_id as "buyerId", expires_at as "expiresAt" from buyer_sessions where key = $1`,
    [key],
  );
  return rows[0] ?? null;
}

/** Ends a session; the device that it was on, where that is known. */
export async function endSession(sql: Sql, key: Buffer): Promise<bigint | null> {
  const { rows } = await sql.query<{ deviceKey: string | null }>(
    `delete from buyer_sessions where key = $1 returning device_key as "deviceKey"`,
    [key],
  );
  const deviceKey = rows[0]?.deviceKey;
  return deviceKey == null ? null : BigInt(deviceKey);
}

export async function keepDetails(sql: Sql, buyerId: string, details: Buffer): Promise<void> {
  await sql.query("update buyers set details = $2 where id = $1", [buyerId, details]);
}

/** A buyer's orders: those of their devices while they were theirs, and those that name their phone. */
const mine = `select o.id from buyer_devices d join orders o on o.device_key = d.device_key
    and o.created_at >= coalesce(d.orders_from, '-infinity') and o.created_at < coalesce(d.left_at, 'infinity')
  where d.buyer_id = $1
  union select id from orders where phone_tail_key = $2 and phone_key = $3`;

export interface Whose {
  buyerId: string;
  phoneTailKey: bigint;
  phoneKey: bigint;
}

const whoseValues = ({ buyerId, phoneTailKey, phoneKey }: Whose) => [buyerId, phoneTailKey, phoneKey];

export interface HistoryRow {
  id: string;
  createdAt: Date;
  sku: string;
  name: string;
  quantity: number;
  amountFen: number;
  status: OrderStatus;
  contact: Buffer | null;
  rechargeAccount: Buffer | null;
}

/** Newest first. */
export async function listOrders(sql: Sql, whose: Whose, limit: number): Promise<HistoryRow[]> {
  const { rows } = await sql.query<HistoryRow>(
    `select o.id, o.created_at as "createdAt", p.sku, p.name, l.quantity, o.amount_fen as "amountFen", o.status,
        o.contact, o.recharge_account as "rechargeAccount"
      from (${mine} order by id desc limit $4) mine join orders o on o.id = mine.id
        join order_lines l on l.order_id = o.id and l.line_no = (
          select min(line_no) from order_lines first where first.order_id = o.id)
        join products p on p.id = l.product_id
      order by o.id desc`,
    [...whoseValues(whose), limit],
  );
  return rows;
}

/** What was paid since then and neither is nor was given back, in fen. */
export async function sumPaid(sql: Sql, whose: Whose, since: Date): Promise<number> {
  const { rows } = await sql.query<{ fen: string }>(
    `select coalesce(sum(o.amount_fen - coalesce((select sum(r.amount_fen) from refunds r
          where r.order_id = o.id and r.status <> 'failed'), 0)), 0)::bigint as fen
      from (${mine}) mine join orders o on o.id = mine.id
      where o.paid_at >= $4 and o.status not in ('refunding', 'refunded')`,
    [...whoseValues(whose), since],
  );
  return Number(rows[0]?.fen ?? 0);
}

export async function listDevices(
  sql: Sql,
  buyerId: string,
): Promise<{ joinedAt: Date; leftAt: Date | null }[]> {
  const { rows } = await sql.query<{ joinedAt: Date; leftAt: Date | null }>(
    `select joined_at as "joinedAt", left_at as "leftAt" from buyer_devices where buyer_id = $1 order by id`,
    [buyerId],
  );
  return rows;
}

export async function listSessions(
  sql: Sql,
  buyerId: string,
): Promise<{ startedAt: Date; expiresAt: Date }[]> {
  const { rows } = await sql.query<{ startedAt: Date; expiresAt: Date }>(
    `select created_at as "startedAt", expires_at as "expiresAt" from buyer_sessions
      where buyer_id = $1 order by created_at`,
    [buyerId],
  );
  return rows;
}

/**
 * What a buyer asked to be told, by their phone or from a device while it was theirs. An e-mail address says nothing: nobody
 * proved it, so that anybody's could be filled in.
 */
const theirNotices = `n.phone_key = $2
    or exists (select from buyer_devices d where d.buyer_id = $1 and d.device_key = n.device_key
      and n.created_at >= coalesce(d.orders_from, '-infinity') and n.created_at < coalesce(d.left_at, 'infinity'))`;

export async function listNotices(sql: Sql, whose: Whose): Promise<{ sku: string; askedAt: Date }[]> {
  const { rows } = await sql.query<{ sku: string; askedAt: Date }>(
    `select p.sku, n.created_at as "askedAt" from restock_notices n join products p on p.id = n.product_id
      where ${theirNotices} order by n.id`,
    [whose.buyerId, whose.phoneKey],
  );
  return rows;
}

/** Forgets a buyer with everything that is theirs alone; the keys of the sessions that ended. Before their orders forget them. */
export async function removeBuyer(sql: Sql, whose: Whose): Promise<Buffer[]> {
  await sql.query(`delete from restock_notices n where ${theirNotices}`, [whose.buyerId, whose.phoneKey]);
  await sql.query(`delete from order_watchers where order_id in (${mine})`, whoseValues(whose));
  await sql.query("delete from buyer_codes where phone_key = $1", [whose.phoneKey]);
  await sql.query("delete from order_lookups where contact_key = $1", [whose.phoneKey]);
  const { rows } = await sql.query<{ key: Buffer }>(
    "delete from buyer_sessions where buyer_id = $1 returning key",
    [whose.buyerId],
  );
  await sql.query("delete from buyers where id = $1", [whose.buyerId]);
  return rows.map(({ key }) => key);
}

/** A buyer's orders are to be forgotten, each when it is over. */
export async function markForgotten(sql: Sql, whose: Whose): Promise<void> {
  await sql.query(`update orders set forget = true where id in (${mine})`, whoseValues(whose));
}

/**
 * Takes out of orders that are over whose they were, where that is to be forgotten; which ones. Money for one that expired
 * may still come, and then it wants its account: that goes when it expired before `expiredBefore` and no payment company has
 * to be asked about it any more.
 */
export async function forgetSettled(
  sql: Sql,
  { expiredBefore, limit }: { expiredBefore: Date; limit: number },
): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `with due as (
        select o.id, late.possible from orders o cross join lateral (
          select o.status = 'expired' and (o.expires_at > $2
            or exists (select from payments y where y.order_id = o.id and y.ask_at is not null)) as possible) late
        where o.forget and o.status in ('delivered', 'expired', 'cancelled', 'refunded')
          and (not late.possible or num_nonnulls(o.contact, o.phone_key, o.phone_tail_key, o.email_key) > 0)
        order by o.id limit $1 for update of o skip locked
      ), unwatched as (
        delete from order_watchers where order_id in (select id from due)
      )
      update orders o set contact = null, phone_key = null, phone_tail_key = null, email_key = null, forget = due.possible,
        recharge_account = case when due.possible then recharge_account end
      from due where o.id = due.id returning o.id`,
    [limit, expiredBefore],
  );
  return rows.map(({ id }) => id);
}

/** Codes nobody can enter any more, old wishes to find one's orders, and sessions that are over. */
export async function forgetOld(sql: Sql, codesBefore: Date, now: Date): Promise<void> {
  await sql.query("delete from buyer_codes where asked_at < $1", [codesBefore]);
  await sql.query("delete from order_lookups where asked_at < $1", [codesBefore]);
  await sql.query("delete from buyer_sessions where expires_at < $1", [now]);
}

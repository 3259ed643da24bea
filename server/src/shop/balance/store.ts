import type { BalanceKind } from "@orderwatch/shared/shop/balance.ts";
import type { Sql } from "../../platform/db.ts";

export interface NewEntry {
  id: string;
  buyerId: string;
  /** Below zero takes. */
  amountFen: number;
  kind: BalanceKind;
  orderId: string | null;
  cause: string;
  givenBy: string | null;
  reason: string | null;
  now: Date;
}

/** Makes a balance with nothing in it where there is none. */
export async function addBalance(sql: Sql, buyerId: string, now: Date): Promise<void> {
  await sql.query(
    "insert into balances (buyer_id, balance_fen, changed_at) values ($1, 0, $2) on conflict do nothing",
    [buyerId, now],
  );
}

/** What follows sees all that was booked before, and nobody else books meanwhile. */
export async function lockBalance(sql: Sql, buyerId: string): Promise<void> {
  await sql.query("select from balances where buyer_id = $1 for update", [buyerId]);
}

export async function isBooked(sql: Sql, cause: string): Promise<boolean> {
  const { rowCount } = await sql.query("select from balance_entries where cause = $1", [cause]);
  return rowCount === 1;
}

/** Moves a balance and writes why, in one statement. False, and nothing done, where it would fall below zero. */
export async function insertEntry(sql: Sql, entry: NewEntry): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: "book-balance",
    text: `with moved as (
        update balances set balance_fen = balance_fen + $3, changed_at = $9
        where buyer_id = $2 and balance_fen + $3 >= 0 returning balance_fen
      )
      insert into balance_entries (id, buyer_id, amount_fen, after_fen, kind, order_id, cause, given_by, reason, at)
      select $1::uuid, $2, $3, balance_fen, $4, $5::uuid, $6, $7, $8, $9::timestamptz from moved`,
    values: [
      ...[entry.id, entry.buyerId, entry.amountFen, entry.kind, entry.orderId],
      ...[entry.cause, entry.givenBy, entry.reason, entry.now],
    ],
  });
  return rowCount === 1;
}

export interface EntryRow {
  kind: BalanceKind;
  amountFen: number;
  orderId: string | null;
  at: Date;
}

/** What a buyer has, with the newest entries first, read as of one moment. */
export async function readBalance(
  sql: Sql,
  buyerId: string,
  most: number,
): Promise<{ balanceFen: number; entries: EntryRow[] }> {
  const { rows } = await sql.query<{
    balanceFen: number;
    entries: (Omit<EntryRow, "at"> & { at: string })[] | null;
  }>(
    `select b.balance_fen as "balanceFen", (
        select json_agg(json_build_object('kind', kind, 'amountFen', amount_fen, 'orderId', order_id, 'at', at) order by id desc)
        from (select * from balance_entries e where e.buyer_id = b.buyer_id order by id desc limit $2) newest) as entries
      from balances b where b.buyer_id = $1`,
    [buyerId, most],
  );
  const [row] = rows;
  const entries = (row?.entries ?? []).map((entry) => ({ ...entry, at: new Date(entry.at) }));
  return { balanceFen: row?.balanceFen ?? 0, entries };
}

/** Whose balance an order was paid with; null where it was not. */
export async function spenderOf(sql: Sql, orderId: string): Promise<string | null> {
  const { rows } = await sql.query<{ buyerId: string }>(
    `select buyer_id as "buyerId" from balance_entries where order_id = $1 and kind = 'spent'`,
    [orderId],
  );
  return rows[0]?.buyerId ?? null;
}

export interface GivenRow {
  id: string;
  amountFen: number;
  reason: string;
  by: string;
  at: Date;
}

/** The goodwill that was given for an order, newest first. */
export async function listGiven(sql: Sql, orderId: string): Promise<GivenRow[]> {
  const { rows } = await sql.query<GivenRow>(
    `select id, amount_fen as "amountFen", coalesce(reason, '') as reason, coalesce(given_by, '') as by, at
      from balance_entries where order_id = $1 and kind = 'goodwill' order by id desc`,
    [orderId],
  );
  return rows;
}

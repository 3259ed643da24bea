import type { StockCounts } from "@orderwatch/shared/ops/stock.ts";
import type { Database, Sql } from "../../platform/db.ts";
import type { ImportStatus } from "./domain.ts";

export interface ImportRow {
  id: string;
  sku: string;
  status: ImportStatus;
  received: number;
  imported: number;
  duplicates: number;
  startedAt: Date;
  beatAt: Date;
  finishedAt: Date | null;
  detail: string | null;
}

export interface Progress {
  imported: number;
  duplicates: number;
}

/**
 * Opens an import, or takes up one that stopped. False when the id belongs to another product or somebody is
 * working on it.
 */
export async function openImport(
  db: Database,
  start: {
    id: string;
    productId: string;
    received: number;
    staffId: string | null;
    at: Date;
    lostBefore: Date;
  },
): Promise<boolean> {
  const { rowCount } = await db.sql.query(
    `insert into stock_imports (id, product_id, status, received, started_at, beat_at, staff_id)
     values ($1, $2, 'running', $3, $4, $4, $5)
     on conflict (id) do update set status = 'running', beat_at = $4, finished_at = null, detail = null,
       received = stock_imports.received + excluded.received
     where stock_imports.product_id = excluded.product_id
       and (stock_imports.status <> 'running' or stock_imports.beat_at < $6)`,
    [start.id, start.productId, start.received, start.at, start.staffId, start.lostBefore],
  );
  return rowCount === 1;
}

/**
 * Adds one chunk and its ledger entry in one statement, so that they are committed together or not at all.
 * Rows must be sorted by lookup: two imports of the same codes then wait for each other instead of deadlocking.
 * Undefined when the import is not running any more; nothing was added then.
 */
export async function addChunk(
  sql: Sql,
  chunk: {
    importId: string;
    productId: string;
    sealed: Buffer[];
    lookups: Buffer[];
    /** How many of these the ledger does not know as received yet. */
    newlyReceived: number;
    at: Date;
  },
): Promise<Progress | undefined> {
  const { rows } = await sql.query<Progress>(
    `with ledger as (
       select id from stock_imports where id = $1 and status = 'running' for update
     ), added as (
       insert into codes (product_id, sealed, lookup, import_id)
       select $2, given.sealed, given.lookup, ledger.id
       from unnest($3::bytea[], $4::bytea[]) with ordinality given(sealed, lookup, position), ledger
       order by given.position
       on conflict (lookup) do nothing
       returning 1
     )
     update stock_imports set
       received = received + $5,
       imported = imported + (select count(*) from added),
       duplicates = duplicates + cardinality($4::bytea[]) - (select count(*) from added),
       beat_at = $6
     where id = (select id from ledger)
     returning imported, duplicates`,
    [chunk.importId, chunk.productId, chunk.sealed, chunk.lookups, chunk.newlyReceived, chunk.at],
  );
  return rows[0];
}

export async function closeImport(
  db: Database,
  id: string,
  end: { status: "finished" | "failed"; at: Date; detail: string | null },
): Promise<void> {
  await db.sql.query(
    "update stock_imports set status = $2, finished_at = $3, detail = $4 where id = $1 and status = 'running'",
    [id, end.status, end.at, end.detail],
  );
}

export async function renewBeat(db: Database, id: string, at: Date): Promise<void> {
  await db.sql.query("update stock_imports set beat_at = $2 where id = $1 and status = 'running'", [id, at]);
}

/** Marks imports that lost their process; gives their ids. */
export async function failLost(
  db: Database,
  lost: { before: Date; at: Date; detail: string },
): Promise<string[]> {
  const { rows } = await db.sql.query<{ id: string }>(
    `update stock_imports set status = 'failed', finished_at = $2, detail = $3
     where status = 'running' and beat_at < $1 returning id`,
    [lost.before, lost.at, lost.detail],
  );
  return rows.map((row) => row.id);
}

export async function findImport(db: Database, id: string): Promise<ImportRow | undefined> {
  const { rows } = await db.sql.query<ImportRow>(
    `select i.id, p.sku, i.status, i.received, i.imported, i.duplicates, i.started_at as "startedAt",
       i.beat_at as "beatAt", i.finished_at as "finishedAt", i.detail
     from stock_imports i join products p on p.id = i.product_id where i.id = $1`,
    [id],
  );
  return rows[0];
}

/** The ledger and the codes by state, read in one statement, so from one moment. Costs the same however many there are. */
export async function countStock(db: Database, productId: string): Promise<StockCounts> {
  const { rows } = await db.sql.query<StockCounts>(
    `select coalesce(sum(available), 0)::int as available, coalesce(sum(held), 0)::int as held,
       coalesce(sum(sold), 0)::int as sold, coalesce(sum(void), 0)::int as void,
       (select coalesce(sum(imported), 0)::int from stock_imports where product_id = $1) as imported
     from stock_changes where product_id = $1`,
    [productId],
  );
  const [counts] = rows;
  if (!counts) throw new Error("an aggregate without a row");
  const { imported, available, held, sold } = counts;
  return { imported, available, held, sold, void: counts.void };
}

/** Folds the changes of products that have collected many into one each; whoever else folds them meanwhile finds none. */
export async function foldStockChanges(sql: Sql, beyond: number): Promise<void> {
  await sql.query({
    name: "fold-stock-changes",
    text: `with gone as (
        delete from stock_changes where product_id in (
          select product_id from stock_changes group by product_id having count(*) > $1)
        returning product_id, available, held, sold, void
      )
      insert into stock_changes (product_id, available, held, sold, void)
      select product_id, sum(available), sum(held), sum(sold), sum(void) from gone group by product_id order by product_id`,
    values: [beyond],
  });
}

/**
 * Lets one process restock a product at a time, and only while it has fewer than `below` codes. The lock lasts until
 * the transaction ends; the count is taken after it, so that it sees what the one before committed.
 */
export async function lockRestock(sql: Sql, productId: string, below: number): Promise<boolean> {
  const lock = await sql.query<{ locked: boolean }>(
    "select pg_try_advisory_xact_lock(hashtextextended('restock:' || $1::text, 0)) as locked",
    [productId],
  );
  if (lock.rows[0]?.locked !== true) return false;
  const { rows } = await sql.query<{ available: number }>(
    `select count(*)::int as available from
       (select from codes where product_id = $1 and status = 'available' limit $2) counted`,
    [productId, below],
  );
  return (rows[0]?.available ?? 0) < below;
}

/** Adds codes with their ledger entry in one statement; returns how many were new. */
export async function addDemoCodes(
  sql: Sql,
  chunk: { importId: string; productId: string; sealed: Buffer[]; lookups: Buffer[]; at: Date },
): Promise<number> {
  const { rows } = await sql.query<{ imported: number }>(
    `with added as (
       insert into codes (product_id, sealed, lookup, import_id)
       select $2, given.sealed, given.lookup, $1 from unnest($3::bytea[], $4::bytea[]) given(sealed, lookup)
       on conflict (lookup) do nothing
       returning 1
     )
     insert into stock_imports
       (id, product_id, status, received, imported, duplicates, started_at, beat_at, finished_at)
     select $1, $2, 'finished', given.n, added.n, given.n - added.n, $5, $5, $5
     from (select count(*)::int n from added) added, (select cardinality($4::bytea[]) n) given
     returning imported`,
    [chunk.importId, chunk.productId, chunk.sealed, chunk.lookups, chunk.at],
  );
  return rows[0]?.imported ?? 0;
}

export interface RunningLow {
  sku: string;
  name: string;
  available: number;
  soldLastHour: number;
}

/**
 * Products whose codes would not last an hour of selling as in the last one, or are down to a few. Sales are counted over
 * at most `sample` of the newest orders and scaled to an hour when those took less. Demo products are restocked anyway,
 * so they count only when down to a few.
 */
export async function listRunningLow(
  sql: Sql,
  look: { now: Date; few: number; sample: number; limit: number },
): Promise<RunningLow[]> {
  const { rows } = await sql.query<RunningLow>({
    name: "list-running-low",
    text: `with recent as materialized (
        select id, created_at, paid_at from orders
        where id >= first_id_at($1::timestamptz - interval '1 hour') order by id desc limit $3
      ), span as (
        select case when count(*) < $3 then 3600
          else greatest(1, extract(epoch from $1 - min(created_at))) end as seconds from recent
      ), sold as (
        select l.product_id, sum(l.quantity) as units from recent r join order_lines l on l.order_id = r.id
        where r.paid_at is not null and l.order_id >= first_id_at($1::timestamptz - interval '1 hour')
        group by l.product_id
      ), pace as (
        select p.id, p.sku, p.name, round(coalesce(sold.units, 0) * 3600 / span.seconds)::int as sold,
          case when p.demo then $2 else greatest($2, round(coalesce(sold.units, 0) * 3600 / span.seconds)) end::int as enough
        from span cross join products p left join sold on sold.product_id = p.id
        where p.kind = 'code' and not p.archived
      ), counted as (
        select sku, name, sold, enough, (select count(*)::int from
          (select from codes c where c.product_id = pace.id and c.status = 'available' limit pace.enough) stock) as available
        from pace
      )
      select sku, name, available, sold as "soldLastHour" from counted
      where available < enough order by available::float8 / greatest(sold, 1), sku limit $4`,
    values: [look.now, look.few, look.sample, look.limit],
  });
  return rows;
}

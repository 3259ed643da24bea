import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createKeys } from "../src/platform/crypto.ts";
import { openDatabase } from "../src/platform/db.ts";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createLog } from "../src/platform/log.ts";
import { migrate } from "../src/platform/migrations.ts";
import { readStock } from "../src/shop/stock/actions.ts";
import { median, print } from "./figures.ts";
import type { LoadResult } from "./load.ts";
import { order, secretKey, seedStock, startLoad, startNode } from "./shop-node.ts";

const past = 1_000_000;
const codes = 600_000;
/**
 * Not counted: the first change of a page after a checkpoint logs the page whole, and a big index has more pages to change.
 * That is over after some forty thousand orders, and checkpoints are a quarter of an hour apart.
 */
const firstRounds = 3;
const rounds = 13;
const seconds = 4;
const connections = 48;

/**
 * Ordering in a shop with a million orders behind it, from two months ago until now, beside an empty one: two databases of
 * one server, turn by turn, so that a machine that drifts moves both sides.
 */
export async function benchScale(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-bench-"));
  const logger = createLog({ level: "warn", name: "bench" });
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true, logger });
  try {
    const empty = { databaseUrl: postgres.url, dataDir };
    const full = { databaseUrl: await createDatabase(postgres.url, "past"), dataDir };
    for (const { databaseUrl } of [empty, full]) {
      await migrate(databaseUrl);
      await withClient(databaseUrl, (client) => seedStock(client, codes));
    }
    const begun = performance.now();
    await withClient(full.databaseUrl, preload);
    print(`${past} orders preloaded in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    for (const { databaseUrl } of [empty, full])
      await withClient(databaseUrl, (client) => client.query("vacuum analyze"));
    await withClient(empty.databaseUrl, (client) => client.query("checkpoint"));
    await compare(empty, full);
    await timeStock(full.databaseUrl);
  } finally {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

type On = { databaseUrl: string; dataDir: string };

async function compare(empty: On, full: On): Promise<void> {
  const nodes = { empty: await startNode(empty, "empty"), full: await startNode(full, "full") };
  const load = startLoad();
  try {
    const results: { empty: LoadResult[]; full: LoadResult[] } = { empty: [], full: [] };
    for (let round = 0; round < firstRounds + rounds; round++)
      for (const side of round % 2 ? (["full", "empty"] as const) : (["empty", "full"] as const))
        results[side].push(await order(load, { url: nodes[side].url, connections, seconds }));
    const ratios = results.full.map(
      ({ perSecond }, n) => perSecond / (results.empty[n]?.perSecond ?? Number.NaN),
    );
    const list = (some: number[]) => some.map((ratio) => ratio.toFixed(2)).join(", ");
    const side = (of: LoadResult[]) => {
      const measured = of.slice(firstRounds);
      return `${median(measured.map(({ perSecond }) => perSecond)).toFixed(0)}/s, p99 ${median(measured.map(({ p99Ms }) => p99Ms))} ms`;
    };
    print(`empty shop                 ${side(results.empty)}`);
    print(`after ${past} orders       ${side(results.full)}`);
    print(`first ratios, not counted  ${list(ratios.slice(0, firstRounds))}`);
    const counted = ratios.slice(firstRounds);
    print(`ratio                      ${median(counted).toFixed(2)} of ${list(counted)}   (goal 0.9)`);
  } finally {
    await load.stop();
    await nodes.empty.stop();
    await nodes.full.stop();
  }
}

/** The ledger of a product of which a million codes were sold, beside counting them. */
async function timeStock(databaseUrl: string): Promise<void> {
  const log = createLog({ level: "warn", name: "bench" });
  const db = openDatabase({ url: databaseUrl, name: "bench", max: 1, log });
  const timed = async (work: () => Promise<unknown>) => {
    const times: number[] = [];
    for (let n = 0; n < 5; n++) {
      const begun = performance.now();
      await work();
      times.push(performance.now() - begun);
    }
    return `${median(times).toFixed(1)} ms`;
  };
  const ledger = await timed(() => readStock({ db }, "BENCH"));
  const counting = await timed(() => db.sql.query("select status, count(*) from codes group by status"));
  print(`stock of ${past + codes} codes      ${ledger}, counting them ${counting}`);
  await db.close();
}

/**
 * Orders as a year-old shop's table holds them: delivered, from many addresses and phones, their lines, payments, events and
 * codes with them, the idempotency keys of three days, and each day's bills compared.
 */
async function preload(client: pg.Client): Promise<void> {
  const keys = createKeys(secretKey);
  // Neither foreign keys nor triggers: these rows are right, and the ledger is noted below.
  await client.query("set synchronous_commit = off");
  await client.query("set session_replication_role = replica");
  await client.query("select ensure_partitions(now() - interval '62 days', 5)");
  await client.query(
    `create temp table past as
      select n, at, uuidv7(at - clock_timestamp()) as id, uuidv7(at - clock_timestamp()) as payment, uuidv7() as line,
        hashint8extended(n % 400000, 1) as address, hashint8extended(n % 300000, 2) as phone, n % 10000 as tail
      from (select n, now() - make_interval(secs => (62 * 86400.0) * ($1 - n) / $1 + 60) as at
        from generate_series(1, $1::int) n) many`,
    [past],
  );
  const contact = keys.seal(JSON.stringify({ phone: "13800138000" }), "bench");
  await client.query(
    `insert into orders (id, status, origin, amount_fen, payment_method, contact, phone_key, phone_tail_key, address_key,
        account_key, held_units, session, created_at, expires_at, prolonged, paid_at, delivered_at)
      select id, 'delivered', 'buyer', 1000, case when n % 2 = 0 then 'wechat' else 'alipay' end, $1, phone, tail, address,
        phone, 1, 'bench-session-1', at, at + interval '5 minutes', true, at + interval '20 s', at + interval '21 s'
      from past`,
    [contact],
  );
  await client.query(
    `insert into order_lines (order_id, line_no, id, product_id, quantity, price_fen)
      select id, 1, line, (select id from products where sku = 'BENCH'), 1, 1000 from past`,
  );
  await client.query(
    `insert into payments (id, order_id, method, status, amount_fen, trade_no, url, created_at, opened_at, paid_at)
      select payment, id, case when n % 2 = 0 then 'wechat' else 'alipay' end, 'paid', 1000, '42000' || n, 'https://pay.example',
        at, at + interval '5 s', at + interval '20 s'
      from past`,
  );
  await client.query(
    `insert into order_events (id, order_id, type, status, method, origin, at, xid)
      select uuidv7(at - clock_timestamp()), id, e.type, e.status, 'wechat', 'buyer', at + e.later, '3'
      from past cross join (values ('placed', 'awaiting_payment', interval '0'), ('paid', 'paid', interval '20 s'),
        ('delivered', 'delivered', interval '21 s')) e(type, status, later)`,
  );
  await client.query(
    `insert into codes (product_id, import_id, status, sealed, lookup, order_id, line_id)
      select (select id from products where sku = 'BENCH'), id, 'sold', sha256(id::text::bytea), sha256(id::text::bytea), id, line
      from past`,
  );
  await client.query(
    `insert into stock_changes (product_id, available, held, sold, void)
      select id, 0, 0, $1::int, 0 from products where sku = 'BENCH'`,
    [past],
  );
  await client.query(
    "insert into delivered_codes (code_id, order_id, at) select id, order_id, now() from codes where status = 'sold'",
  );
  await client.query(
    `insert into idempotency_keys (key, body, order_id, created_at)
      select sha256(id::text::bytea), sha256('body'), id, at from past where at > now() - interval '72 hours'`,
  );
  // Bills of these days were compared, as each day's is: there is no company here to ask for them.
  await client.query(
    `insert into reconciliation_runs (id, provider, day, state, pass, created_at, finished_at)
      select uuidv7(), provider, day, 'done', 1, now(), now()
      from unnest(array['wechat', 'alipay']) provider, generate_series(now() - interval '62 days', now(), '1 day') day`,
  );
  await client.query("drop table past");
}

async function createDatabase(url: string, name: string): Promise<string> {
  await withClient(url, (client) => client.query(`create database ${name}`));
  const made = new URL(url);
  made.pathname = `/${name}`;
  return made.href;
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

import { randomBytes, randomUUID } from "node:crypto";
import type { Origin, PlacedOrder, PlaceOrder } from "@orderwatch/shared/shop/orders.ts";
import { type Cache, openCache } from "../src/platform/cache.ts";
import { type Clock, systemClock } from "../src/platform/clock.ts";
import { createKeys, type Keys } from "../src/platform/crypto.ts";
import { type Database, openDatabase } from "../src/platform/db.ts";
import { createIds, type NewId } from "../src/platform/ids.ts";
import { createLog, type Logger } from "../src/platform/log.ts";
import { createMetrics } from "../src/platform/metrics.ts";
import {
  createOrderSignals,
  createPlacer,
  type OrderSignals,
  type Placer,
} from "../src/shop/orders/actions.ts";
import { codeLookup, sealCode } from "../src/shop/stock/sealing.ts";
import { testSecretKey } from "./context.ts";
import { createTestDatabase } from "./database.ts";

/** A clock that a test moves by hand. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function createTestClock(start = systemClock.now()): TestClock {
  let now = start.getTime();
  return {
    now: () => new Date(now),
    advance: (ms) => {
      now += ms;
    },
  };
}

/** An order backend's parts on a database of their own, for tests that look at rows. */
export interface TestShop {
  url: string;
  db: Database;
  cache: Cache;
  keys: Keys;
  clock: TestClock;
  /** The test's clock in the place of the database's. */
  at: () => Date;
  newId: NewId;
  log: Logger;
  signals: OrderSignals;
  refused: string[];
  placer: Placer;
  /** Another node's placer on the same database. */
  createPlacer(): Placer;
  addProduct(product: {
    sku: string;
    codes?: number;
    priceFen?: number;
    limit?: number;
    kind?: "code" | "recharge";
  }): Promise<string>;
  addCodes(sku: string, count: number): Promise<void>;
  place(order?: Partial<PlaceTry>): Promise<PlacedOrder>;
  /** One row, one column. */
  value<T>(text: string, values?: unknown[]): Promise<T>;
  close(): Promise<void>;
}

export interface PlaceTry {
  key: string;
  address: string;
  origin: Origin;
  body: PlaceOrder;
}

export function orderBody(sku: string, quantity = 1, more: Partial<PlaceOrder> = {}): PlaceOrder {
  return { items: [{ sku, quantity }], paymentMethod: "wechat", contact: { phone: "13800138000" }, ...more };
}

export async function openTestShop(
  log: Logger = createLog({ level: "silent", name: "test" }),
  /** Another way to the database of the test, such as a proxy before it. */
  way: (url: string) => Promise<string> = async (url) => url,
): Promise<TestShop> {
  const created = await createTestDatabase();
  const database = { url: await way(created.url), drop: () => created.drop() };
  const cache = openCache({ databaseUrl: database.url, redisUrl: undefined, name: "test", log });
  const db = openDatabase({ url: database.url, name: "test", max: 12, log });
  const keys = createKeys(testSecretKey);
  const clock = createTestClock();
  const newId = createIds(clock);
  const refused: string[] = [];
  const signals = createOrderSignals(createMetrics(), (code) => refused.push(code));
  const createTestPlacer = () =>
    createPlacer({ db, keys, newId, shopUrl: "http://shop.test", signals, log, now: () => clock.now() });
  const placer = createTestPlacer();

  const addCodes = async (sku: string, count: number) => {
    const productId = await value<string>("select id from products where sku = $1", [sku]);
    const codes = Array.from({ length: count }, () => randomBytes(8).toString("hex").toUpperCase());
    const importId = newId();
    await db.transaction(async (sql) => {
      await sql.query(
        `insert into stock_imports (id, product_id, status, received, imported, started_at, finished_at)
          values ($1, $2, 'finished', $3, $3, $4, $4)`,
        [importId, productId, count, clock.now()],
      );
      await sql.query(
        `insert into codes (product_id, import_id, sealed, lookup) select $1, $2, s, l from unnest($3::bytea[], $4::bytea[]) c(s, l)`,
        [
          productId,
          importId,
          codes.map((code) => sealCode(keys, productId, code)),
          codes.map((code) => codeLookup(keys, code)),
        ],
      );
    });
  };
  const value = async <T>(text: string, values: unknown[] = []): Promise<T> => {
    const { rows } = await db.sql.query({ text, values, rowMode: "array" });
    return rows[0]?.[0] as T;
  };
  return {
    url: database.url,
    db,
    cache,
    keys,
    clock,
    at: () => clock.now(),
    newId,
    log,
    signals,
    refused,
    placer,
    createPlacer: createTestPlacer,
    addCodes,
    value,
    async addProduct({ sku, codes = 0, priceFen = 1000, limit, kind = "code" }) {
      const id = newId();
      await db.sql.query(
        `insert into products (id, sku, name, kind, price_fen, limit_per_order, created_at, updated_at)
          values ($1, $2, $2, $3, $4, $5, $6, $6)`,
        [id, sku, kind, priceFen, limit ?? null, clock.now()],
      );
      if (codes > 0) await addCodes(sku, codes);
      return id;
    },
    place: ({
      key = randomUUID(),
      address = "198.51.100.7",
      origin = "buyer",
      body = orderBody("CARD"),
    } = {}) => placer.place({ key, address, origin, body }),
    async close() {
      await placer.idle();
      await cache.close();
      await db.close();
      await database.drop();
    },
  };
}

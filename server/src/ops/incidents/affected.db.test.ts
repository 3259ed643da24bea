import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { countRead } from "../../../test/rows-read.ts";
import type { Sql } from "../../platform/db.ts";
import type { Scope } from "./domain.ts";
import { addAffected } from "./orders-store.ts";

const orders = 3_000;
const scope: Scope = { failures: ["delivery."], stuckAfterS: 60 };

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const secondsAgo = (n: number) => new Date(shop.clock.now().getTime() - n * 1_000);

interface Past {
  status: string;
  paidAgoS: number;
  tookS?: number;
  method?: "wechat" | "alipay";
}

/** An order that was paid so long ago; `tookS`: delivered after so many seconds. */
async function addOrder({ status, paidAgoS, tookS, method = "wechat" }: Past): Promise<string> {
  const paidAt = secondsAgo(paidAgoS);
  const { rows } = await shop.db.sql.query<{ id: string }>(
    `insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at, paid_at, delivered_at)
      values ($1, $2, 'buyer', 1000, $3, 1, $4, $4, $4, $5) returning id`,
    [shop.newId(), status, method, paidAt, tookS === undefined ? null : secondsAgo(paidAgoS - tookS)],
  );
  return rows[0]?.id ?? "";
}

const addEvent = (orderId: string, type: string, code: string | null, agoS: number) =>
  shop.db.sql.query(
    `insert into order_events (id, order_id, type, status, code, method, origin, at)
      values ($1, $2, $3, 'delivering', $4, 'wechat', 'buyer', $5)`,
    [shop.newId(), orderId, type, code, secondsAgo(agoS)],
  );

const addIncident = async (): Promise<string> => {
  const id = shop.newId();
  await shop.db.sql.query(
    `insert into incidents (id, level, state, title, labels, scope, drill, started_at, opened_at, scanned_to, changed_at)
      values ($1, 2, 'detected', '{}', '{}', $2, false, $3, $3, $3, $3)`,
    [id, scope, shop.clock.now()],
  );
  return id;
};

const look = (sql: Sql, incidentId: string, more: Partial<Scope> = {}) =>
  addAffected(sql, {
    ...{ incidentId, scope: { ...scope, ...more }, drill: false },
    ...{ from: secondsAgo(30), to: shop.clock.now() },
  });

const affectedBy = async (incidentId: string): Promise<string[]> => {
  const { rows } = await shop.db.sql.query<{ id: string }>(
    "select order_id as id from incident_orders where incident_id = $1 order by 1",
    [incidentId],
  );
  return rows.map(({ id }) => id);
};

it("an incident's orders are those that failed, and those that waited too long in its time, whatever became of them", async () => {
  const failed = await addOrder({ status: "delivering", paidAgoS: 5 });
  await addEvent(failed, "delivery_retry", "delivery.supplier_failed", 3);
  const waited = await Promise.all([
    addOrder({ status: "paid", paidAgoS: 61 }),
    addOrder({ status: "delivering", paidAgoS: 89 }),
    addOrder({ status: "delivery_failed", paidAgoS: 75 }),
    addOrder({ status: "under_review", paidAgoS: 75 }),
    addOrder({ status: "refunding", paidAgoS: 75 }),
    addOrder({ status: "delivered", paidAgoS: 80, tookS: 61 }),
  ]);
  const elsewhere = await addOrder({ status: "paid", paidAgoS: 70, method: "alipay" });
  const others: Past[] = [
    { status: "paid", paidAgoS: 59 },
    { status: "paid", paidAgoS: 91 },
    { status: "delivered", paidAgoS: 80, tookS: 59 },
    { status: "delivered", paidAgoS: 80, tookS: 1 },
    { status: "refunded", paidAgoS: 80 },
  ];
  for (const other of others) await addOrder(other);
  const before = await addOrder({ status: "delivering", paidAgoS: 5 });
  await addEvent(before, "failed", "delivery.supplier_failed", 31);
  await addEvent(before, "failed", "payment.declined", 3);
  await addEvent(before, "delivered", "delivery.supplier_failed", 3);

  const all = await addIncident();
  expect(await look(shop.db.sql, all)).toBe(waited.length + 2);
  expect(await affectedBy(all)).toEqual([failed, elsewhere, ...waited].sort());
  expect(await look(shop.db.sql, all)).toBe(0);

  const one = await addIncident();
  await look(shop.db.sql, one, { channel: "alipay" });
  expect(await affectedBy(one)).toEqual([elsewhere]);
});

it("looking for an incident's orders passes by none of those that went well", async () => {
  await shop.db.sql.query(
    `insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at, paid_at, delivered_at)
      select uuidv7($1::timestamptz + n * interval '30 ms' - clock_timestamp()), 'delivered', 'buyer', 1000, 'wechat', 1, at, at, at, at + interval '1 s'
      from (select n, $1::timestamptz + n * interval '30 ms' as at from generate_series(1, $2::int) n) past`,
    [secondsAgo(100), orders],
  );
  await shop.db.sql.query(
    `insert into order_events (id, order_id, type, status, code, method, origin, at)
      select uuidv7($1::timestamptz - clock_timestamp() + n * interval '10 ms'), uuidv7(), 'delivered', 'delivered', null, 'wechat', 'buyer',
        $1::timestamptz + n * interval '10 ms' from generate_series(1, $2::int) n`,
    [secondsAgo(30), orders],
  );
  await shop.db.sql.query("vacuum analyze orders, order_events");
  const incident = await addIncident();
  const events = await countRead(shop.db, "order_events_2%", (sql) => look(sql, incident));
  expect(events.read).toBeLessThan(20);
  const { read } = await countRead(shop.db, "orders_2%", (sql) => look(sql, incident));
  expect(read).toBeLessThan(20);
});

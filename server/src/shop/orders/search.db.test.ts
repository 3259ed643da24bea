import { randomUUID } from "node:crypto";
import { OrderSearch, StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { emailKey, phoneKey, phoneTailKey } from "./contact.ts";
import { readStaffOrder, searchOrders } from "./search-actions.ts";
import { keyedSearch, type OrderKey } from "./search-store.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
  await shop.addProduct({ sku: "CARD", codes: 100 });
  await shop.addProduct({ sku: "1234", codes: 100 });
});
afterAll(() => shop.close());

const find = async (search: Partial<OrderSearch>) => await searchOrders(shop, OrderSearch.parse(search));
const ids = async (search: Partial<OrderSearch>) => (await find(search)).items.map((order) => order.id);

describe("searching orders", () => {
  test("finds one by anything that staff know of it", async () => {
    const contact = { phone: "+86 139 8888 7777", email: "Buyer@Example.com" };
    const { id, payment } = await shop.place({ body: orderBody("CARD", 2, { contact }) });
    await shop.place({ body: orderBody("CARD", 1, { contact: { phone: "13911112222" } }) });
    await shop.db.sql.query("update payments set trade_no = 'TRADE-1' where id = $1", [payment.id]);
    await shop.db.sql.query("update orders set failure_code = 'payment.declined' where id = $1", [id]);
    const texts = [id, id.toUpperCase(), payment.id, payment.id.replaceAll("-", ""), "TRADE-1"];
    const contacts = ["13988887777", "+86 139-8888-7777", "7777", "buyer@example.com"];
    for (const q of [...texts, ...contacts, "payment.declined"])
      expect([q, await ids({ q })]).toEqual([q, [id]]);
    expect(await ids({ failureCode: "payment.declined" })).toEqual([id]);
    for (const q of ["13988887770", "7770", "other@example.com", randomUUID(), "nothing", "stock.sold_out"])
      expect([q, await ids({ q })]).toEqual([q, []]);
  });

  test("R1: contacts come masked, whoever searches", async () => {
    const phone = "13755556666";
    await shop.place({ body: orderBody("CARD", 1, { contact: { phone, email: "masked@example.com" } }) });
    const { items } = await find({ q: phone });
    expect(items[0]?.contact).toEqual({ phone: "137****6666", email: "m***@example.com" });
    expect(JSON.stringify(items)).not.toContain(phone);
  });

  test("a SKU that reads like a phone's last digits is a SKU", async () => {
    const { id } = await shop.place({ body: orderBody("1234", 1) });
    expect(await ids({ q: "1234" })).toEqual([id]);
    expect(await ids({ sku: "1234" })).toEqual([id]);
    expect(await ids({ sku: "1234", q: "CARD" })).toEqual([]);
    expect(await ids({ sku: "nowhere" })).toEqual([]);
  });

  test("filters narrow together, by status, method, origin and time", async () => {
    shop.clock.advance(3_600_000);
    const from = shop.clock.now();
    const body = orderBody("CARD", 1, { paymentMethod: "alipay" });
    const drill = await shop.place({ origin: "drill", body });
    const buyer = await shop.place({ body });
    shop.clock.advance(1_000);
    const later = await shop.place();
    const since = { from: from.toISOString() };
    expect(await ids(since)).toEqual([later.id, buyer.id, drill.id]);
    expect(await ids({ ...since, paymentMethod: "alipay" })).toEqual([buyer.id, drill.id]);
    expect(await ids({ ...since, origin: ["drill"] })).toEqual([drill.id]);
    expect(await ids({ ...since, status: ["paid"] })).toEqual([]);
    expect(await ids({ ...since, to: new Date(from.getTime() + 1_000).toISOString() })).toEqual([
      buyer.id,
      drill.id,
    ]);
    expect(await ids({ from: "0000-01-01T00:00:00Z", to: "0000-01-02T00:00:00Z" })).toEqual([]);
    expect(await ids({ from: "9999-01-01T00:00:00Z" })).toEqual([]);
  });

  test("pages follow each other without a gap or a repeat, newest first, by key and by scan", async () => {
    const contact = { email: "pages@example.com" };
    const placed: string[] = [];
    for (let n = 0; n < 7; n += 1)
      placed.push((await shop.place({ address: "203.0.113.9", body: orderBody("CARD", 1, { contact }) })).id);
    placed.reverse();
    for (const search of [{ q: contact.email }, {}]) {
      const pages: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await find({ ...search, limit: 3, ...(cursor ? { cursor } : {}) });
        expect(page.items.length).toBeLessThanOrEqual(3);
        pages.push(...page.items.map((order) => order.id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor && pages.length < 50);
      expect(pages.slice(0, 7)).toEqual(placed);
      expect(new Set(pages).size).toBe(pages.length);
    }
    await expect(find({ cursor: "'; drop table orders" })).rejects.toMatchObject({ code: "request.invalid" });
  });
});

describe("one order with its trace", () => {
  test("merges orders, payments, notices and attempts in time, free of secrets", async () => {
    const phone = "13612349876";
    const { id, payment } = await shop.place({ body: orderBody("CARD", 2, { contact: { phone } }) });
    const at = (ms: number) => new Date(shop.clock.now().getTime() + ms);
    const { sql } = shop.db;
    await sql.query("update payments set opened_at = $2, paid_at = $3, status = 'paid' where id = $1", [
      payment.id,
      at(1_000),
      at(4_000),
    ]);
    await sql.query(
      `insert into payment_notices (id, provider, payment_id, verdict, reason, received_at, settled_at) values
       (uuidv7(), 'wechat', $1, 'refused', 'bad signature', $2, null), (uuidv7(), 'wechat', $1, 'settled', null, $3, $4)`,
      [payment.id, at(2_000), at(4_100), at(4_120)],
    );
    const event =
      "insert into order_events (id, order_id, type, status, code, method, origin, at, facts) values (uuidv7(), $1, $2, $3, $4, 'wechat', 'buyer', $5, $6)";
    await sql.query(event, [id, "paid", "paid", null, at(4_130), null]);
    await sql.query(event, [
      id,
      "delivery_retry",
      "delivering",
      "delivery.supplier_failed",
      at(5_000),
      { failures: 1 },
    ]);
    const order = StaffOrder.parse(await readStaffOrder(shop, id));
    expect(order).toMatchObject({ codesHeld: 2, codesSold: 0, contact: { phone: "136****9876" } });
    expect(order.trace.map((entry) => [entry.kind, entry.type, entry.sincePreviousMs])).toEqual([
      ["order", "placed", null],
      ["payment", "created", 0],
      ["payment", "opened", 1_000],
      ["notice", "rejected", 1_000],
      ["payment", "paid", 2_000],
      ["notice", "accepted", 100],
      ["order", "paid", 30],
      ["attempt", "failed", 870],
    ]);
    expect(order.trace[3]?.facts).toMatchObject({ reason: "bad signature", payment: payment.id });
    expect(order.trace[7]).toMatchObject({ code: "delivery.supplier_failed", facts: { failures: 1 } });
    expect(JSON.stringify(order)).not.toContain(phone);
    await expect(readStaffOrder(shop, shop.newId())).rejects.toMatchObject({ code: "order.not_found" });
  });
});

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  Plans?: PlanNode[];
}

describe("searching among many orders", () => {
  test("goes through an index on every partition, whatever it searches by", async () => {
    const { sql } = shop.db;
    // On the first of a month a new database's three partitions begin with the month before.
    await sql.query("select ensure_partitions(now(), 3)");
    // Orders in three months, from the 10th of each on: contacts in realistic variety, one in fifty failed.
    for (const month of [0, 1, 2])
      await sql.query(
        `insert into orders (id, status, origin, amount_fen, payment_method, phone_key, phone_tail_key, email_key,
           address_key, created_at, expires_at, failure_code)
         select (substr(first_id_at(t)::text, 1, 14) || '7' || lpad(to_hex(n % 4096), 3, '0') || '-8' || substr(md5(n::text), 1, 3) || '-' || substr(md5(n::text), 4, 12))::uuid,
           'delivered', 'buyer', 100, 'wechat', n % 20000, n % 10000, n % 20000, n, t, t,
           case when n % 50 = 0 then 'payment.declined' end
         from (select n, date_trunc('month', now()) + make_interval(months => $1, days => 9, secs => n) t from generate_series(1, 30000) n) many`,
        [month],
      );
    await sql.query("analyze orders");
    const big = await sql.query<{ name: string }>(
      "select relname as name from pg_class where relname like 'orders\\_2%' and relkind = 'r' and reltuples > 10000",
    );
    const bigPartitions = new Set(big.rows.map((row) => row.name));
    expect(bigPartitions.size).toBeGreaterThanOrEqual(3);
    const keys: OrderKey[] = [
      { by: "ids", ids: [shop.newId()] },
      {
        by: "phone",
        key: phoneKey(shop.keys, "13800138000"),
        tailKey: phoneTailKey(shop.keys, "13800138000"),
      },
      { by: "phone_tail", key: phoneTailKey(shop.keys, "8000") },
      { by: "phone", key: 77n, tailKey: 77n },
      { by: "phone_tail", key: 77n },
      { by: "email", key: emailKey(shop.keys, "a@example.com") },
      { by: "failure", code: "payment.declined" },
      { by: "failure", code: "stock.sold_out" },
    ];
    for (const key of keys) {
      const { text, values } = keyedSearch({ key }, 51);
      const plan = await sql.query<{ "QUERY PLAN": { Plan: PlanNode }[] }>(
        `explain (format json) ${text}`,
        values,
      );
      const read = relationsRead(plan.rows[0]?.["QUERY PLAN"][0]?.Plan);
      const walked = read.filter(({ node, relation }) => node === "Seq Scan" && bigPartitions.has(relation));
      expect({ key: key.by, walked }).toEqual({ key: key.by, walked: [] });
    }
    const pruned = keyedSearch(
      { key: { by: "phone", key: 77n, tailKey: 77n }, from: new Date(Date.now() + 45 * 86_400_000) },
      51,
    );
    const plan = await sql.query<{ "QUERY PLAN": { Plan: PlanNode }[] }>(
      `explain (format json) ${pruned.text}`,
      pruned.values,
    );
    const left = relationsRead(plan.rows[0]?.["QUERY PLAN"][0]?.Plan).filter(({ relation }) =>
      bigPartitions.has(relation),
    );
    expect(left.length).toBeLessThan(bigPartitions.size);
  });
});

function relationsRead(plan: PlanNode | undefined): { node: string; relation: string }[] {
  if (!plan) return [];
  const own = plan["Relation Name"] ? [{ node: plan["Node Type"], relation: plan["Relation Name"] }] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(relationsRead)];
}

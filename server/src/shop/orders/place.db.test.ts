import { randomUUID } from "node:crypto";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newOrder } from "../../../test/new-order.ts";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { openDatabase } from "../../platform/db.ts";
import { createIds } from "../../platform/ids.ts";
import { createLog } from "../../platform/log.ts";
import { createPlacer, orderingConnections, warmPlacing } from "./place.ts";
import { placeOrders } from "./place-statement.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.close());

const codeOf = (error: unknown): string => (error instanceof DomainError ? error.code : String(error));
const outcome = (placed: Promise<unknown>): Promise<string> => placed.then(() => "placed", codeOf);
const tally = (outcomes: string[]) =>
  Object.fromEntries(
    [...new Set(outcomes)].sort().map((each) => [each, outcomes.filter((one) => one === each).length]),
  );
const address = (n: number) => `10.0.${n >> 8}.${n & 255}`;
const stock = (sku: string) =>
  shop.value<Record<string, number>>(
    `select json_build_object(
        'imported', (select coalesce(sum(imported), 0) from stock_imports i where i.product_id = p.id),
        'available', count(*) filter (where c.status = 'available'), 'held', count(*) filter (where c.status = 'held'),
        'sold', count(*) filter (where c.status = 'sold'), 'void', count(*) filter (where c.status = 'void'))
      from products p left join codes c on c.product_id = p.id where p.sku = $1 group by p.id`,
    [sku],
  );

describe("a node that is about to take orders", () => {
  it("has the statement planned on each connection that they will take, and has placed nothing", async () => {
    await warmPlacing(shop.db);
    const planned = await Promise.all(
      Array.from({ length: orderingConnections }, () =>
        shop.db.sql.query<{ pid: number; n: number }>(
          `select pg_backend_pid() pid, count(*)::int n from pg_prepared_statements where name = 'place-orders'`,
        ),
      ),
    );
    expect(new Set(planned.map(({ rows }) => rows[0]?.pid)).size).toBe(orderingConnections);
    expect(planned.every(({ rows }) => rows[0]?.n === 1)).toBe(true);
    expect(
      await shop.value<number>(
        "select count(*)::int from (select id from orders union all select order_id from idempotency_keys) o",
      ),
    ).toBe(0);
  });

  it("places orders over connections of their own, whatever takes all the others", async () => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    const log = createLog({ level: "silent", name: "test" });
    const open = (max: number) => openDatabase({ url: shop.url, name: "test", max, log });
    const [db, ordering] = [open(1), open(orderingConnections)];
    const free = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<void>();
    const holding = db.transaction(async () => {
      taken.resolve();
      await free.promise;
    });
    await taken.promise;
    const { keys, newId, signals } = shop;
    const placer = createPlacer({ db, ordering, keys, newId, shopUrl: "http://shop.test", signals, log });
    const placing = {
      key: randomUUID(),
      address: address(1),
      origin: "buyer",
      body: orderBody("CARD"),
    } as const;
    expect(await placer.place(placing)).toMatchObject({ status: "awaiting_payment" });
    free.resolve();
    await holding;
    await Promise.all([db.close(), ordering.close()]);
  });
});

describe("stock", () => {
  it("S3: 200 buyers racing for 50 codes over three nodes: exactly 50 get one", async () => {
    await shop.addProduct({ sku: "CARD", codes: 50 });
    const nodes = [shop.placer, shop.createPlacer(), shop.createPlacer()];
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        outcome(
          (nodes[n % 3] ?? shop.placer).place({
            key: randomUUID(),
            address: address(n),
            origin: "buyer",
            body: orderBody("CARD"),
          }),
        ),
      ),
    );
    expect(tally(outcomes)).toEqual({ placed: 50, "stock.sold_out": 150 });
    expect(await stock("CARD")).toEqual({ imported: 50, available: 0, held: 50, sold: 0, void: 0 });
    expect(await shop.value("select count(distinct order_id)::int from codes where status = 'held'")).toBe(
      50,
    );
  });

  it("S3: an order whose statement runs beside another's takes another code, and does not wait for it", async () => {
    await shop.addProduct({ sku: "CARD", codes: 2 });
    const [one, other] = [newOrder(), newOrder()];
    const now = shop.clock.now();
    await shop.db.transaction(async (first) => {
      expect(await placeOrders(first, [one], now)).toMatchObject([{ outcome: "placed" }]);
      await shop.db.transaction(async (second) => {
        await second.query("set local lock_timeout = '3s'");
        expect(await placeOrders(second, [other], now)).toMatchObject([{ outcome: "placed" }]);
      });
    });
    const { rows } = await shop.db.sql.query<{ orderId: string }>(
      'select order_id as "orderId" from codes order by order_id',
    );
    expect(rows.map(({ orderId }) => orderId)).toEqual([one.id, other.id].sort());
  });

  it("S4: lines of one product are checked on their sum, and one limit holds for all of them", async () => {
    await shop.addProduct({ sku: "CARD", codes: 3, limit: 3 });
    const twice = (a: number, b: number) => ({
      ...orderBody("CARD"),
      items: [
        { sku: "CARD", quantity: a },
        { sku: "CARD", quantity: b },
      ],
    });
    expect(await outcome(shop.place({ body: twice(2, 2) }))).toBe("stock.limit_exceeded");
    const placed = await shop.place({ body: twice(2, 1) });
    expect(placed.amountFen).toBe(3000);
    expect(await shop.value("select count(*)::int from codes where order_id = $1", [placed.id])).toBe(3);
  });

  it("orders of one batch fill in order of arrival, all or nothing, and one that cannot fill takes nothing", async () => {
    await shop.addProduct({ sku: "CARD", codes: 5 });
    const placed = await placeOrders(
      shop.db.sql,
      [1, 1, 2, 4, 1, 1].map((quantity) => newOrder({ lines: [{ sku: "CARD", quantity }] })),
      shop.clock.now(),
    );
    expect(placed.map((each) => each.outcome)).toEqual([
      "placed",
      "placed",
      "placed",
      "sold_out",
      "placed",
      "sold_out",
    ]);
    expect(await stock("CARD")).toMatchObject({ available: 0, held: 5 });
  });
});

describe("replays", () => {
  it("A2: the same key and body give the same order and token, at once or later; another body is refused", async () => {
    await shop.addProduct({ sku: "CARD", codes: 10 });
    const key = randomUUID();
    const other = shop.createPlacer();
    const [a, b, c] = await Promise.all([
      shop.place({ key }),
      shop.place({ key }),
      other.place({ key, address: "10.9.9.9", origin: "buyer", body: orderBody("CARD") }),
    ]);
    expect(b).toEqual(a);
    expect(c).toEqual(a);
    expect(await shop.place({ key })).toEqual(a);
    expect(await outcome(shop.place({ key, body: orderBody("CARD", 2) }))).toBe("idempotency.mismatch");
    expect(await shop.value("select count(*)::int from orders")).toBe(1);
    expect(await stock("CARD")).toMatchObject({ available: 9, held: 1 });
  });

  it("a key whose order was refused is free again", async () => {
    await shop.addProduct({ sku: "CARD" });
    const key = randomUUID();
    expect(await outcome(shop.place({ key }))).toBe("stock.sold_out");
    await shop.addCodes("CARD", 1);
    expect(await outcome(shop.place({ key }))).toBe("placed");
  });
});

describe("limits", () => {
  it("R2: the 50th order of an address in ten minutes passes, the 51st does not, over two nodes and inside one batch", async () => {
    await shop.addProduct({ sku: "CARD", codes: 200 });
    const other = shop.createPlacer();
    const outcomes = await Promise.all(
      Array.from({ length: 120 }, (_, n) =>
        outcome(
          (n % 2 ? other : shop.placer).place({
            key: randomUUID(),
            address: "203.0.113.5",
            origin: "buyer",
            body: orderBody("CARD"),
          }),
        ),
      ),
    );
    expect(tally(outcomes)).toEqual({ placed: 50, "risk.too_many_requests": 70 });
    expect(await outcome(shop.place({ address: "203.0.113.6" }))).toBe("placed");
  });

  it("R2: the window slides; the refusal says when the next order will pass", async () => {
    await shop.addProduct({ sku: "CARD", codes: 200 });
    for (let n = 0; n < 50; n++) {
      await shop.place();
      shop.clock.advance(1_000);
    }
    const refusal = await shop.place().catch((error: unknown) => error);
    expect(codeOf(refusal)).toBe("risk.too_many_requests");
    const until = refusal instanceof DomainError ? refusal.remedies[0]?.until : undefined;
    shop.clock.advance(Date.parse(until ?? "") - shop.clock.now().getTime() - 1);
    expect(await outcome(shop.place())).toBe("risk.too_many_requests");
    shop.clock.advance(1);
    expect(await outcome(shop.place())).toBe("placed");
    expect(await outcome(shop.place())).toBe("risk.too_many_requests");
  });

  it.each([
    ["75 minutes slow", -75],
    ["a day fast", 1_440],
  ])(
    "R2: a node that is %s places nothing, since no limit would find its orders, and says so",
    async (_, minutes) => {
      await shop.addProduct({ sku: "CARD", codes: 200 });
      const lines: string[] = [];
      const { db, keys, signals } = shop;
      const wrong = createPlacer({
        ...{ db, keys, signals, shopUrl: "http://shop.test", now: () => shop.clock.now() },
        newId: createIds({ now: () => new Date(shop.clock.now().getTime() + minutes * 60_000) }),
        log: createLog({ level: "error", name: "test" }, { write: (line) => void lines.push(line) }),
      });
      const order = {
        key: randomUUID(),
        address: "203.0.113.5",
        origin: "buyer",
        body: orderBody("CARD", 50),
      } as const;
      for (let n = 0; n < 3; n++) expect(await outcome(wrong.place(order))).toBe("server.busy");
      expect(lines).toHaveLength(3);
      expect(await shop.value("select count(*)::int from orders")).toBe(0);
      // Under its key another node takes it.
      expect(await outcome(shop.placer.place(order))).toBe("placed");
      expect(await outcome(wrong.place(order))).toBe("placed");
    },
  );
});

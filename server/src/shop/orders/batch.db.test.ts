import { randomBytes, randomUUID } from "node:crypto";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { PlaceOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newOrder } from "../../../test/new-order.ts";
import { openTestShop, orderBody, type PlaceTry, type TestShop } from "../../../test/order-backend.ts";
import type { Sql } from "../../platform/db.ts";
import { placeOrders } from "./place-statement.ts";

let shop: TestShop;
beforeEach(async () => {
  shop = await openTestShop();
});
afterEach(() => shop.close());

const outcome = (placed: Promise<unknown>): Promise<string> =>
  placed.then(
    () => "placed",
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );
const tally = (outcomes: string[]) => {
  const counts: Record<string, number> = {};
  for (const each of outcomes) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
};
const attempt = (more: Partial<PlaceTry> = {}): PlaceTry => ({
  key: randomUUID(),
  address: "198.51.100.7",
  origin: "buyer",
  body: orderBody("CARD"),
  ...more,
});
const lockWaiters = () =>
  shop.value<number>(
    "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );

/** Holds what another shop node would hold, while `during` runs up to its end. */
async function holding<T>(
  take: (sql: Sql) => Promise<unknown>,
  during: () => Promise<T>,
  commit = true,
): Promise<T> {
  const undo = new Error("rolled back");
  let result: T | undefined;
  await shop.db
    .transaction(async (sql) => {
      await take(sql);
      result = await during();
      if (!commit) throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return result as T;
}
const lockAddress = (address: string) => (sql: Sql) =>
  sql.query("select pg_advisory_xact_lock($1)", [shop.keys.lookup64("address", address)]);

/** Places orders so that all of them wait, and those behind the first two statements ride in one batch. */
async function placeInOneBatch(tries: PlaceTry[]): Promise<Promise<string>[]> {
  return await holding(lockAddress("198.51.100.7"), async () => {
    const first = [shop.placer.place(attempt()), shop.placer.place(attempt())];
    await expect.poll(lockWaiters).toBe(2);
    const rest = tries.map((each) => outcome(shop.placer.place(each)));
    await expect.poll(lockWaiters).toBe(2);
    void Promise.all(first);
    return rest;
  });
}

describe("the batcher's law: equal keys", () => {
  it("coalesce in the process: one of them is sent, and all get its answer", async () => {
    await shop.addProduct({ sku: "CARD", codes: 50 });
    const key = randomUUID();
    const answers = await holding(lockAddress("198.51.100.7"), async () => {
      const waiting = Array.from({ length: 30 }, () => shop.placer.place(attempt({ key })));
      await expect.poll(lockWaiters).toBe(1);
      // There is room for a second statement, which any other of them would have taken.
      const other = shop.placer.place(attempt({ address: "198.51.100.8" }));
      await other;
      expect(await lockWaiters()).toBe(1);
      return waiting;
    });
    const ids = (await Promise.all(answers)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    expect(await shop.value("select count(*)::int from orders")).toBe(2);
  });

  it("of two nodes in flight at once give one order, and the loser takes nothing", async () => {
    await shop.addProduct({ sku: "CARD", codes: 40 });
    const nodes = [shop.placer, shop.createPlacer(), shop.createPlacer()];
    for (let round = 0; round < 10; round++) {
      const key = randomUUID();
      const placed = await Promise.all(
        nodes.map((node, n) => node.place(attempt({ key, address: `10.4.${round}.${n}` }))),
      );
      expect(new Set(placed.map(({ id }) => id)).size).toBe(1);
    }
    expect(await shop.value("select count(*)::int from orders")).toBe(10);
    expect(await shop.value("select count(*)::int from codes where status = 'held'")).toBe(10);
  });
});

describe("the batcher's law: rows are sorted by key", () => {
  it("two batches with keys, addresses and products in opposite order never deadlock, in 40 rounds", async () => {
    const skus = ["A", "B", "C", "D"];
    for (const sku of skus) await shop.addProduct({ sku, codes: 900 });
    for (let round = 0; round < 40; round++) {
      const orders = Array.from({ length: 20 }, (_, n) =>
        newOrder({ lines: [{ sku: skus[n % 4] ?? "A", quantity: 1 }] }),
      );
      // Every other round the addresses differ, so that only the keys can get in each other's way.
      const elsewhere = round % 2 ? {} : { addressKey: randomBytes(8).readBigInt64BE() };
      const again = orders
        .map((order) => ({ ...order, ...elsewhere, id: shop.newId(), paymentId: shop.newId() }))
        .reverse();
      const [one, two] = await Promise.all([
        placeOrders(shop.db.sql, orders, shop.clock.now()),
        placeOrders(shop.db.sql, again, shop.clock.now()),
      ]);
      const outcomes = tally([...one, ...two].map((each) => each.outcome));
      expect(outcomes.placed).toBe(20);
    }
    expect(await shop.value("select count(*)::int from orders")).toBe(800);
  });
});

describe("the batcher's law: a failed batch is halved", () => {
  it.each<[string, Partial<PlaceOrder>, string]>([
    ["text that PostgreSQL cannot hold", { session: "a\u0000b" }, "invalid byte sequence"],
    ["a number that it cannot hold", { expectedAmountFen: 2 ** 40 }, "out of range"],
  ])("so that an order with %s fails alone", async (_, bad, message) => {
    await shop.addProduct({ sku: "CARD", codes: 100 });
    const tries = Array.from({ length: 40 }, (_, n) =>
      attempt({
        address: `10.5.0.${n}`,
        ...(n === 17 ? { body: orderBody("CARD", 1, bad) } : {}),
      }),
    );
    const outcomes = await Promise.all(await placeInOneBatch(tries));
    expect(outcomes[17]).toContain(message);
    expect(tally(outcomes.toSpliced(17, 1))).toEqual({ placed: 39 });
    expect(await shop.value("select count(*)::int from codes where status = 'held'")).toBe(41);
  });

  it("not even for an order that costs more than any may: it is refused by name, and nobody with it", async () => {
    await shop.addProduct({ sku: "CARD", codes: 100 });
    await shop.addProduct({ sku: "DEAR", kind: "recharge", priceFen: 10_000_000 });
    const dear = {
      ...orderBody("DEAR", 100, { rechargeAccount: "10001" }),
      items: Array.from({ length: 10 }, () => ({ sku: "DEAR", quantity: 100 })),
    };
    const tries = [
      attempt({ body: dear }),
      attempt(),
      attempt({ body: { ...dear, items: dear.items.slice(0, 1) } }),
    ];
    expect(await Promise.all(await placeInOneBatch(tries))).toEqual(["request.invalid", "placed", "placed"]);
    expect(await shop.value("select max(amount_fen) from orders")).toBe(1_000_000_000);
  });
});

describe("the batcher's law: sold out is final only after another look", () => {
  const lockCodes = (sql: Sql) => sql.query("select from codes where status = 'available' for update");

  it("an order waits for the last codes while another statement holds them, and gets them when that rolls back", async () => {
    await shop.addProduct({ sku: "CARD", codes: 2 });
    let waiting: Promise<string> | undefined;
    await holding(
      async (sql) => {
        expect(await placeOrders(sql, [newOrder(), newOrder()], shop.clock.now())).toMatchObject([
          { outcome: "placed" },
          { outcome: "placed" },
        ]);
      },
      async () => {
        waiting = outcome(shop.place({ body: orderBody("CARD", 2) }));
        await expect(Promise.race([waiting, shop.place({ body: orderBody("NONE") })])).rejects.toMatchObject({
          code: "product.not_found",
        });
      },
      false,
    );
    expect(await waiting).toBe("placed");
  });

  it("and is told that they are sold out when that commits", async () => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    let waiting: Promise<string> | undefined;
    await holding(
      (sql) => placeOrders(sql, [newOrder()], shop.clock.now()),
      async () => {
        waiting = outcome(shop.place());
        await expect(Promise.race([waiting, shop.place({ body: orderBody("NONE") })])).rejects.toMatchObject({
          code: "product.not_found",
        });
      },
    );
    expect(await waiting).toBe("stock.sold_out");
  });

  it("and is asked to come again when they are held for too long to wait", async () => {
    await shop.addProduct({ sku: "CARD", codes: 1 });
    expect(await holding(lockCodes, () => outcome(shop.place()))).toBe("server.busy");
    expect(await outcome(shop.place())).toBe("placed");
  });

  it("while what is left beside them is sold at once", async () => {
    await shop.addProduct({ sku: "CARD", codes: 3 });
    await holding(
      (sql) => placeOrders(sql, [newOrder()], shop.clock.now()),
      async () => {
        expect(await Promise.all([outcome(shop.place()), outcome(shop.place())])).toEqual([
          "placed",
          "placed",
        ]);
      },
    );
    expect(await outcome(shop.place())).toBe("stock.sold_out");
  });
});

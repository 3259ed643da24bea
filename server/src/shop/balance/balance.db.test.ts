import { DomainError } from "@orderwatch/shared/problem.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { addGoodwill, forfeitBalance, returnToBalance, showBalance, spendBalance } from "./actions.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const credit = (buyerId: string, amountFen: number, creditId = shop.newId()) =>
  shop.db.transaction((sql) =>
    addGoodwill(sql, {
      ...{ buyerId, amountFen, creditId, orderId: shop.newId(), by: "Li Na", reason: "sorry" },
      now: shop.clock.now(),
    }),
  );
const spend = async (buyerId: string, amountFen: number, orderId = shop.newId()) => {
  try {
    await shop.db.transaction((sql) =>
      spendBalance(shop, sql, { buyerId, amountFen, orderId, now: shop.clock.now() }),
    );
    return orderId;
  } catch (error) {
    if (error instanceof DomainError && error.code === "balance.too_low") return null;
    throw error;
  }
};
/** What it is and what its entries come to, as of one moment. */
const stand = async (buyerId: string) => {
  const { rows } = await shop.db.sql.query<{ fen: number; sum: number; least: number }>(
    `select coalesce((select balance_fen from balances where buyer_id = $1), 0) as fen,
      coalesce(sum(amount_fen), 0)::int as sum, coalesce(min(after_fen), 0) as least
      from balance_entries where buyer_id = $1`,
    [buyerId],
  );
  return rows[0] ?? { fen: -1, sum: -1, least: -1 };
};

/** Looks again and again while something is under way. */
async function watched<T>(buyerId: string, work: Promise<T>): Promise<T> {
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  while (!over) {
    const { fen, sum, least } = await stand(buyerId);
    expect({ sum, isBelow: fen < 0 || least < 0 }).toEqual({ sum: fen, isBelow: false });
  }
  return await done;
}

describe("P7: a buyer's balance", () => {
  it("spent by many at once never falls below zero, and is the sum of its entries at every moment", async () => {
    const buyerId = shop.newId();
    await credit(buyerId, 2_000);
    const spent = await watched(buyerId, Promise.all(Array.from({ length: 60 }, () => spend(buyerId, 300))));
    expect(spent.filter((orderId) => orderId !== null)).toHaveLength(6);
    expect(await stand(buyerId)).toMatchObject({ fen: 200, sum: 200 });
  });

  it("is what was booked, whatever is credited, spent and returned at once", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("credit" as const), fen: fc.integer({ min: 1, max: 500 }) }),
      fc.record({ kind: fc.constant("spend" as const), fen: fc.integer({ min: 1, max: 500 }) }),
      fc.record({ kind: fc.constant("return" as const), fen: fc.integer({ min: 1, max: 500 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        const buyerId = shop.newId();
        await credit(buyerId, 500);
        let expected = 500;
        const run = async ({ kind, fen }: (typeof steps)[number]) => {
          if (kind === "credit") {
            await credit(buyerId, fen);
            expected += fen;
            return;
          }
          const orderId = await spend(buyerId, fen);
          if (orderId === null) return;
          if (kind === "spend") expected -= fen;
          else
            await shop.db.transaction((sql) =>
              returnToBalance(shop, sql, {
                ...{ refundId: shop.newId(), orderId, amountFen: fen, now: shop.clock.now() },
              }),
            );
        };
        await watched(buyerId, Promise.all(steps.map(run)));
        expect(await stand(buyerId)).toMatchObject({ fen: expected, sum: expected });
      }),
      { numRuns: 25 },
    );
  });

  it("books a cause once, however often and at once it is said", async () => {
    const buyerId = shop.newId();
    const creditId = shop.newId();
    const credited = await Promise.all([1, 2, 3, 4].map(() => credit(buyerId, 500, creditId)));
    expect(credited.filter(Boolean)).toHaveLength(1);
    const orderId = await spend(buyerId, 400);
    if (orderId === null) throw new Error("not spent");
    await expect(spend(buyerId, 1, orderId)).rejects.toMatchObject({ code: "order.conflict" });
    const refund = { refundId: shop.newId(), orderId, amountFen: 400, now: shop.clock.now() };
    await Promise.all([1, 2, 3].map(() => shop.db.transaction((sql) => returnToBalance(shop, sql, refund))));
    expect(await stand(buyerId)).toMatchObject({ fen: 500, sum: 500 });
  });

  it("keeps entries as they were written, and no table can be brought below zero by hand", async () => {
    const buyerId = shop.newId();
    await credit(buyerId, 100);
    for (const text of [
      "update balance_entries set amount_fen = 1",
      "delete from balance_entries",
      "truncate balance_entries cascade",
    ])
      await expect(shop.db.sql.query(text), text).rejects.toMatchObject({
        constraint: "balance_entries_append_only",
      });
    await expect(
      shop.db.sql.query("update balances set balance_fen = -1 where buyer_id = $1", [buyerId]),
    ).rejects.toMatchObject({ constraint: "balances_never_negative" });
  });

  it("goes with an account only where its buyer names it exactly", async () => {
    const buyerId = shop.newId();
    await credit(buyerId, 100);
    const forfeit = (forfeitFen: number) =>
      shop.db.transaction((sql) => forfeitBalance(shop, sql, { buyerId, forfeitFen, now: shop.clock.now() }));
    for (const wrong of [0, 99, 101])
      await expect(forfeit(wrong)).rejects.toMatchObject({ code: "balance.left" });
    await forfeit(100);
    expect(await stand(buyerId)).toMatchObject({ fen: 0, sum: 0 });
    await forfeit(0);
    const { movements } = await showBalance({ cache: shop.cache, sql: shop.db.sql }, buyerId);
    expect(movements.map(({ kind, amountFen }) => [kind, amountFen])).toEqual([
      ["forfeited", -100],
      ["goodwill", 100],
    ]);
  });
});

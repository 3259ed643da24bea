import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Balance } from "@orderwatch/shared/shop/balance.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import * as store from "./store.ts";

/**
 * A balance moves inside a transaction of whoever moves it, so that an order and what it took are one. Orders are locked
 * before buyers, and buyers before balances, by everyone.
 */
interface Booking {
  buyerId: string;
  amountFen: number;
  now: Date;
}

const shown = 10;
const ttlMs = 60_000;
const cacheKey = (buyerId: string) => `buyer-balance:${buyerId}`;

/** What a buyer has and how it came to that, for showing; what may be spent is decided by the row. */
export function showBalance({ cache, sql }: { cache: Cache; sql: Sql }, buyerId: string): Promise<Balance> {
  return cache.read(cacheKey(buyerId), async () => toView(await store.readBalance(sql, buyerId, shown)), {
    ttlMs,
  });
}

/** To be called once what moved it is committed. */
export const balanceChanged = (cache: Pick<Cache, "changed">, buyerId: string): void =>
  cache.changed(cacheKey(buyerId));

/** A balance with everything that ever moved it. */
export const exportBalance = async (sql: Sql, buyerId: string): Promise<Balance> =>
  toView(await store.readBalance(sql, buyerId, 2_000_000_000));

/** Takes what an order costs, which can be done once. Throws `balance.too_low`. Answers the entry's id. */
export async function spendBalance(
  { newId }: { newId: NewId },
  sql: Sql,
  { amountFen, orderId, ...given }: Booking & { orderId: string },
): Promise<string> {
  const id = newId();
  const fate = await book(sql, {
    ...{ ...given, id, orderId, amountFen: -amountFen, kind: "spent", cause: `spent:${orderId}` },
    ...nobody,
  });
  if (fate === "known")
    throw new DomainError("order.conflict", "This order was paid from the balance before");
  if (fate === "short") throw tooLow();
  return id;
}

/** Gives back what a refund returns of an order that was paid from a balance; repeated, it gives nothing more. */
export async function returnToBalance(
  { newId }: { newId: NewId },
  sql: Sql,
  refund: { refundId: string; orderId: string; amountFen: number; now: Date },
): Promise<{ buyerId: string }> {
  const { refundId, orderId, amountFen, now } = refund;
  const buyerId = await store.spenderOf(sql, orderId);
  if (buyerId === null) throw new Error(`nobody's balance paid for order ${orderId}`);
  await book(sql, {
    ...{ id: newId(), buyerId, orderId, amountFen, now, kind: "returned", cause: `returned:${refundId}` },
    ...nobody,
  });
  return { buyerId };
}

/** Adds what staff give for an order. False when this very credit was given before. */
export async function addGoodwill(
  sql: Sql,
  { creditId, by, ...given }: Booking & { orderId: string; creditId: string; by: string; reason: string },
): Promise<boolean> {
  await store.addBalance(sql, given.buyerId, given.now);
  const entry = {
    ...given,
    id: creditId,
    kind: "goodwill",
    givenBy: by,
    cause: `goodwill:${creditId}`,
  } as const;
  return (await book(sql, entry)) === "booked";
}

/**
 * A buyer gives up what is left on having their account deleted, where they named it exactly. Throws `balance.left`. Who
 * calls has locked the buyer, so that no goodwill can come before the account is gone.
 */
export async function forfeitBalance(
  { newId }: { newId: NewId },
  sql: Sql,
  { buyerId, forfeitFen, now }: { buyerId: string; forfeitFen: number; now: Date },
): Promise<void> {
  await store.lockBalance(sql, buyerId);
  const { balanceFen } = await store.readBalance(sql, buyerId, 0);
  if (balanceFen !== forfeitFen)
    throw new DomainError("balance.left", `A balance of ${balanceFen} fen is left, and would be lost`);
  await giveUp(newId(), sql, { buyerId, amountFen: balanceFen, now });
}

/** What comes back to a balance whose buyer has had their account deleted is given up with all that they left. */
export async function forfeitOrphaned(
  { newId }: { newId: NewId },
  sql: Sql,
  { buyerId, now }: { buyerId: string; now: Date },
): Promise<void> {
  await store.lockBalance(sql, buyerId);
  const { balanceFen } = await store.readBalance(sql, buyerId, 0);
  await giveUp(newId(), sql, { buyerId, amountFen: balanceFen, now });
}

async function giveUp(id: string, sql: Sql, { amountFen, ...given }: Booking): Promise<void> {
  if (amountFen === 0) return;
  const entry = {
    id,
    orderId: null,
    amountFen: -amountFen,
    kind: "forfeited",
    cause: `forfeited:${id}`,
  } as const;
  await book(sql, { ...given, ...entry, ...nobody });
}

/** The goodwill of an order, newest first. */
export const listGoodwill = store.listGiven;

const nobody = { givenBy: null, reason: null } as const;
const tooLow = () => new DomainError("balance.too_low", "The balance does not cover this order");

/** Books once for each cause, whoever else books at the same time. */
async function book(sql: Sql, entry: store.NewEntry): Promise<"booked" | "known" | "short"> {
  await store.lockBalance(sql, entry.buyerId);
  if (await store.isBooked(sql, entry.cause)) return "known";
  return (await store.insertEntry(sql, entry)) ? "booked" : "short";
}

function toView({ balanceFen, entries }: Awaited<ReturnType<typeof store.readBalance>>): Balance {
  return { balanceFen, movements: entries.map(({ at, ...entry }) => ({ ...entry, at: at.toISOString() })) };
}

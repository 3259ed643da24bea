import { randomBytes, timingSafeEqual } from "node:crypto";
import { DomainError } from "@orderwatch/shared/problem.ts";
import {
  type Buyer,
  BuyerDetails,
  type BuyerExport,
  type BuyerHistoryOrder,
  type BuyerSession,
} from "@orderwatch/shared/shop/buyers.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database, Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import { balanceChanged, exportBalance, forfeitBalance, showBalance } from "../balance/actions.ts";
import { deviceKeyOf, orderToken } from "../orders/actions.ts";
import {
  maskContact,
  openContact,
  openRechargeAccount,
  phoneKey,
  phoneTailKey,
} from "../orders/contact-actions.ts";
import { exportThreads, forgetThreads } from "../support/actions.ts";
import * as store from "./buyer-store.ts";
import { digitsOf, rules, tierOf } from "./domain.ts";
import { lockBuyer } from "./payer-store.ts";
import { sessionKey } from "./session-key.ts";

export interface BuyerContext {
  db: Database;
  cache: Cache;
  keys: Keys;
  clock: Clock;
  newId: NewId;
}

/** A signed-in buyer, as a session says. */
export interface SignedIn {
  buyerId: string;
  /** Of the session. */
  key: Buffer;
}

const most = 200;
const sessionTtlMs = 30_000;
const tierTtlMs = 60_000;
const ago = (now: Date, ms: number) => new Date(now.getTime() - ms);

/** Owes the number a code, if it had none just now. What it does and how long it takes says nothing of whose it is. */
export async function askBuyerCode(
  { db, keys, clock, newId }: Omit<BuyerContext, "cache">,
  wish: { phone: string; language: Language },
): Promise<void> {
  const now = clock.now();
  const id = newId();
  const { betweenMs, hourMs, mostAnHour } = rules.code;
  await store.askCode(
    db.sql,
    {
      ...{ id, now, language: wish.language, phoneKey: phoneKey(keys, wish.phone) },
      phone: keys.seal(wish.phone, codeContext(id)),
    },
    { since: ago(now, betweenMs), hour: ago(now, hourMs), mostAnHour },
  );
}

export interface OwedCode {
  id: string;
  phone: string;
  language: Language;
  code: string;
}

/** Codes to be sent now. One that cannot be is owed again by `oweCodeAgain`. */
export async function takeOwedCodes(
  { db, keys, clock }: Pick<BuyerContext, "keys" | "clock"> & { db: Pick<Database, "sql"> },
  limit: number,
): Promise<OwedCode[]> {
  const rows = await store.takeCodesDue(db.sql, ago(clock.now(), rules.code.livesMs), limit);
  return rows.map(({ id, phone, language }) => ({
    ...{ id, language, phone: keys.open(phone, codeContext(id)), code: codeOf(keys, id) },
  }));
}

export const oweCodeAgain = ({ db }: { db: Pick<Database, "sql"> }, id: string) => store.oweAgain(db.sql, id);

/**
 * Signs in with a code: the device and its orders are the buyer's from now on. Throws `buyer.code_wrong`, whether the code is
 * wrong, too old, used, entered too often, or there never was one.
 */
export async function signIn(
  context: BuyerContext,
  given: { phone: string; code: string; deviceId?: string | undefined },
): Promise<BuyerSession> {
  const { db, keys, clock, newId } = context;
  const now = clock.now();
  const key = phoneKey(keys, given.phone);
  const wrong = new DomainError("buyer.code_wrong", "The code is wrong or too old");
  const { livesMs, mostTries } = rules.code;
  // Counted apart from what follows, so that a wrong entry stays counted.
  const codeId = await store.countTry(db.sql, key, { since: ago(now, livesMs), mostTries });
  // Without a code there is one all the same to compare with, so that it takes as long.
  const isRight = equal(codeOf(keys, codeId ?? newId()), given.code);
  if (codeId === null || !isRight) throw wrong;
  const session = randomBytes(32).toString("base64url");
  const expiresAt = new Date(now.getTime() + rules.sessionMs);
  const row = await db.transaction(async (sql) => {
    if (!(await store.useCode(sql, key, codeId))) throw wrong;
    const id = newId();
    const phone = keys.seal(given.phone, phoneContext(key));
    const buyer = await store.findOrAddBuyer(sql, { id, phone, phoneKey: key, now });
    const deviceKey = deviceKeyOf(keys, given.deviceId);
    if (deviceKey !== null) await store.joinDevice(sql, { id: newId(), buyerId: buyer.id, deviceKey, now });
    await store.insertSession(sql, {
      key: sessionKey(keys, session),
      buyerId: buyer.id,
      deviceKey,
      now,
      expiresAt,
    });
    return buyer;
  });
  context.cache.changed(tierKey(row.id));
  return { session, expiresAt: expiresAt.toISOString(), buyer: await toView(context, row) };
}

/** Who carries this session. Throws `buyer.session_required`. */
export async function authenticateBuyer(
  { db, cache, keys, clock }: Omit<BuyerContext, "newId">,
  authorization: string | undefined,
): Promise<SignedIn> {
  const session = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(authorization ?? "")?.[1];
  if (session !== undefined) {
    const key = sessionKey(keys, session);
    const row = await cache.read(
      cacheKey(key),
      async () => {
        const found = await store.readSession(db.sql, key);
        return found && { buyerId: found.buyerId, endsMs: found.expiresAt.getTime() };
      },
      { ttlMs: sessionTtlMs, exact: true },
    );
    if (row && row.endsMs > clock.now().getTime()) return { buyerId: row.buyerId, key };
  }
  throw new DomainError("buyer.session_required", "Sign in with a code by SMS");
}

/** Ends the session; orders that the device places later are not the buyer's. */
export async function signOut({ db, cache, clock }: BuyerContext, { buyerId, key }: SignedIn): Promise<void> {
  await db.transaction(async (sql) => {
    const deviceKey = await store.endSession(sql, key);
    if (deviceKey !== null) await store.leaveDevice(sql, buyerId, deviceKey, clock.now());
  });
  cache.gone(cacheKey(key));
}

export async function viewBuyer(context: BuyerContext, { buyerId }: SignedIn): Promise<Buyer> {
  return await toView(context, await found(context, buyerId));
}

export async function keepBuyerDetails(
  { db, keys }: BuyerContext,
  { buyerId }: SignedIn,
  details: BuyerDetails,
): Promise<void> {
  await store.keepDetails(db.sql, buyerId, keys.seal(JSON.stringify(details), detailsContext(buyerId)));
}

/** The newest 200 orders of the buyer's devices and phone, each with the token that opens it. */
export async function listBuyerOrders(
  context: BuyerContext,
  { buyerId }: SignedIn,
): Promise<{ items: BuyerHistoryOrder[]; nextCursor: null }> {
  const { db, keys } = context;
  const rows = await store.listOrders(db.sql, whose(keys, await found(context, buyerId)), most);
  return {
    items: rows.map((row) => ({ ...toHistory(row), token: orderToken(keys, row.id) })),
    nextCursor: null,
  };
}

/** Everything that is known of a buyer, in the clear. */
export async function exportBuyer(context: BuyerContext, { buyerId }: SignedIn): Promise<BuyerExport> {
  const { db, keys } = context;
  const row = await found(context, buyerId);
  const theirs = whose(keys, row);
  const orders = await store.listOrders(db.sql, theirs, Number.MAX_SAFE_INTEGER);
  const ids = orders.map(({ id }) => id);
  const [support, devices, sessions, notices, balance, { balance: _, ...buyer }] = await Promise.all([
    exportThreads(context, ids, { key: theirs.phoneKey, tailKey: theirs.phoneTailKey }),
    store.listDevices(db.sql, buyerId),
    store.listSessions(db.sql, buyerId),
    store.listNotices(db.sql, theirs),
    exportBalance(db.sql, buyerId),
    toView(context, row),
  ]);
  return {
    buyer: { ...buyer, phone: phoneOf(keys, row) },
    balance,
    devices: devices.map(({ joinedAt, leftAt }) => ({
      joinedAt: joinedAt.toISOString(),
      leftAt: leftAt?.toISOString() ?? null,
    })),
    sessions: sessions.map(({ startedAt, expiresAt }) => ({
      startedAt: startedAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
    })),
    orders: orders.map((order) => ({
      ...toHistory(order),
      contact: openContact(keys, order.id, order.contact),
      rechargeAccount: openRechargeAccount(keys, order.id, order.rechargeAccount),
    })),
    restockNotices: notices.map(({ sku, askedAt }) => ({ sku, askedAt: askedAt.toISOString() })),
    support,
  };
}

/**
 * Forgets a buyer: sessions, devices, details, notices, calls they wished for, browsers that waited for an order, and the
 * contact and thread of every order that is over. Orders themselves stay, as the books need them; one that is still under way
 * keeps its contact until it is settled, one that expired the account to recharge until no money can come any more. What
 * staff noted on tickets are staff's words, and stay. A balance goes with them, which the buyer has to know: `forfeitFen`
 * names it. Throws `balance.left`.
 */
export async function deleteBuyer(
  context: BuyerContext,
  { buyerId }: SignedIn,
  forfeitFen = 0,
): Promise<void> {
  const { db, cache, keys, clock } = context;
  const row = await found(context, buyerId);
  const theirs = whose(keys, row);
  const sessions = await db.transaction(async (sql) => {
    await store.markForgotten(sql, theirs);
    await lockBuyer(sql, buyerId);
    await forfeitBalance(context, sql, { buyerId, forfeitFen, now: clock.now() });
    const ended = await store.removeBuyer(sql, theirs);
    await forgetSettled(context, sql, { key: theirs.phoneKey, tailKey: theirs.phoneTailKey });
    return ended;
  });
  for (const key of sessions) cache.gone(cacheKey(key));
  cache.changed(tierKey(buyerId));
  balanceChanged(cache, buyerId);
}

const forgottenAtOnce = 500;

/** What was under way when its buyer had everything deleted, and is over now. */
export async function forgetOverdue(context: Pick<BuyerContext, "db" | "clock">): Promise<{ more: boolean }> {
  const forgotten = await context.db.transaction((sql) => forgetSettled(context, sql, null));
  return { more: forgotten === forgottenAtOnce };
}

async function forgetSettled(
  context: Pick<BuyerContext, "clock">,
  sql: Sql,
  phone: { key: bigint; tailKey: bigint } | null,
): Promise<number> {
  const expiredBefore = ago(context.clock.now(), rules.lateMoneyMs);
  const orderIds = await store.forgetSettled(sql, { expiredBefore, limit: forgottenAtOnce });
  await forgetThreads(context, sql, { orderIds, phone });
  return orderIds.length;
}

export const forgetOldSignIns = ({ db, clock }: Pick<BuyerContext, "db" | "clock">): Promise<void> =>
  store.forgetOld(db.sql, ago(clock.now(), rules.code.hourMs), clock.now());

async function found({ db }: BuyerContext, buyerId: string): Promise<store.BuyerRow> {
  const row = await store.readBuyer(db.sql, buyerId);
  if (!row) throw new DomainError("buyer.session_required", "Sign in with a code by SMS");
  return row;
}

async function toView(context: BuyerContext, row: store.BuyerRow): Promise<Buyer> {
  const { db, cache, keys, clock } = context;
  const spentFen = await cache.read(
    tierKey(row.id),
    () => store.sumPaid(db.sql, whose(keys, row), ago(clock.now(), rules.tierMs)),
    { ttlMs: tierTtlMs },
  );
  const balance = await showBalance({ cache, sql: db.sql }, row.id);
  const details = detailsOf(keys, row);
  return {
    ...{ id: row.id, spentFen, tier: tierOf(spentFen), details, balance, since: row.createdAt.toISOString() },
    phone: maskContact({ phone: phoneOf(keys, row) }).phone ?? "",
  };
}

const toHistory = ({ createdAt, contact: _, rechargeAccount: __, ...row }: store.HistoryRow) => ({
  ...row,
  placedAt: createdAt.toISOString(),
});

function equal(expected: string, given: string): boolean {
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}

const codeOf = (keys: Keys, id: string) => digitsOf(keys.lookup("buyer-code", id));
const cacheKey = (session: Buffer) => `buyer-session:${session.toString("hex")}`;
const tierKey = (buyerId: string) => `buyer-tier:${buyerId}`;
const codeContext = (id: string) => `buyer-code:${id}`;
const phoneContext = (key: bigint) => `buyer-phone:${key}`;
const detailsContext = (buyerId: string) => `buyer-details:${buyerId}`;
const phoneOf = (keys: Keys, row: store.BuyerRow) => keys.open(row.phone, phoneContext(row.phoneKey));
const detailsOf = (keys: Keys, { id, details }: store.BuyerRow): BuyerDetails | null =>
  details && BuyerDetails.parse(JSON.parse(keys.open(details, detailsContext(id))));

function whose(keys: Keys, row: store.BuyerRow): store.Whose {
  return {
    ...{ buyerId: row.id, phoneKey: row.phoneKey },
    phoneTailKey: phoneTailKey(keys, phoneOf(keys, row)),
  };
}

import { randomUUID } from "node:crypto";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import { type Database, isValueError } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { Faults } from "../../platform/faults/leases.ts";
import type { Logger } from "../../platform/log.ts";
import type { OrderSignals } from "../orders/actions.ts";
import { openCode } from "../stock/actions.ts";
import { again, holdsItsCodes, judge, rules, type Verdict } from "./domain.ts";
import {
  type ClaimedLine,
  type ClaimedOrder,
  claimDue,
  completeDelivery,
  failDelivery,
  keepReference,
  postpone,
  readQueue,
  renewLease,
} from "./store.ts";
import { rechargeOnce, type Supplier } from "./supplier.ts";
import { troubleSupplier } from "./troubled-supplier.ts";

export { HttpSupplier, type Supplier } from "./supplier.ts";

export interface FulfilDeps {
  db: Database;
  clock: Clock;
  /** By what leases are judged; the database's clock, which is the same for all nodes, unless a test says otherwise. */
  at?: () => Date | null;
  keys: Keys;
  log: Logger;
  /** Absent where recharges cannot be delivered; such orders fail with their reason. */
  supplier: Supplier | undefined;
  /** Drills' faults, which calls to the supplier then suffer. */
  faults?: Faults | undefined;
  signals: OrderSignals;
  /** Makes the next try punctual; the sweep would find it anyway. */
  fireLater: (delayMs: number) => void;
}

/** One pass of delivering orders of card codes: claim a batch, check that every code opens, hand all over at once. */
export async function fulfilCodes(deps: FulfilDeps, limit = 200): Promise<{ more: boolean }> {
  const { token, claimed } = await claim(deps, "codes", limit);
  if (claimed.length === 0) return { more: false };
  const prepared = await Promise.all(
    claimed.map(async (order) => ({ order, verdict: await prepare(deps, token, order) })),
  );
  await conclude(deps, token, prepared);
  return { more: claimed.length === limit };
}

/** Delivers recharges, a bounded number at a time; a pass begins as many as there are places and waits for none. */
export interface Recharger {
  begin(): Promise<{ more: boolean }>;
  /** Resolves when those under way have come to their end. */
  idle(): Promise<void>;
}

export function createRecharger(deps: FulfilDeps & { onFreed: () => void }, places = 16): Recharger {
  const underway = new Set<Promise<void>>();
  const deliver = async (token: string, order: ClaimedOrder): Promise<void> => {
    try {
      await conclude(deps, token, [{ order, verdict: await prepare(deps, token, order) }]);
    } catch (error) {
      deps.log.error({ err: error, orderId: order.id }, "a recharge was interrupted; its lease will run out");
    }
  };
  return {
    async begin() {
      const free = places - underway.size;
      if (free <= 0) return { more: false };
      const { token, claimed } = await claim(deps, "recharges", free);
      for (const order of claimed) {
        const work = deliver(token, order).finally(() => {
          underway.delete(work);
          deps.onFreed();
        });
        underway.add(work);
      }
      return { more: false };
    },
    async idle() {
      await Promise.all(underway);
    },
  };
}

const momentOf = ({ at }: Pick<FulfilDeps, "at">): Date | null => at?.() ?? null;
const leaseOf = (deps: FulfilDeps) => ({ at: momentOf(deps), leaseMs: rules.leaseMs });

async function claim(
  deps: FulfilDeps,
  of: "codes" | "recharges",
  limit: number,
): Promise<{ token: string; claimed: ClaimedOrder[] }> {
  const token = randomUUID();
  const claimed = await claimDue(deps.db.sql, { of, token, ...leaseOf(deps), limit });
  if (claimed.length > 0) await faultPoint("delivery.claimed");
  return { token, claimed };
}

/** `lost`: somebody else has the order by now, and decides about it. */
type Preparation = Judged | { next: "lost" };

/** `unreadable`: codes, by their ids, that cannot be opened. */
type Judged = Verdict & { unreadable?: readonly string[] };

/** Hands over what is complete, and puts the rest back with its verdict. */
async function conclude(
  deps: FulfilDeps,
  token: string,
  prepared: { order: ClaimedOrder; verdict: Preparation }[],
): Promise<void> {
  const ours = prepared.flatMap(({ order, verdict }) =>
    verdict.next === "lost" ? [] : [{ order, verdict }],
  );
  const ready = ours.filter(({ verdict }) => verdict.next === "done").map(({ order }) => order);
  const delivered = await handOver(deps, token, ready);
  for (const { order, verdict } of ours)
    if (!delivered.has(order.id)) await putBack(deps, token, order, verdict);
}

/**
 * Everything that must be true before an order may be handed over. Each of its recharges may take a third of the lease, so
 * it is renewed for each, and nothing is sent any more for an order that another has taken over meanwhile.
 */
async function prepare(deps: FulfilDeps, token: string, order: ClaimedOrder): Promise<Preparation> {
  const unreadable = unreadableCodes(deps, order);
  if (unreadable.length > 0)
    return { ...again(order.failures, "A code of this order cannot be read"), unreadable };
  if (!holdsItsCodes(order)) return again(order.failures, incomplete);
  const giveUp = (confirmed: boolean): Preparation => {
    deps.log.warn({ orderId: order.id, confirmed }, "an order was taken over while it was being recharged");
    return { next: "lost" };
  };
  const begunAtMs = deps.clock.now().getTime() - order.sinceBegunMs;
  for (const line of order.lines) {
    if (line.kind !== "recharge" || line.reference !== null) continue;
    if (!(await renewLease(deps.db.sql, { id: order.id, token, ...leaseOf(deps) }))) return giveUp(false);
    const verdict = await recharge(deps, order, line, begunAtMs);
    if (verdict.next !== "done") return verdict;
    const { reference } = verdict;
    const kept = await keepReference(deps.db.sql, {
      orderId: order.id,
      token,
      lineNo: line.lineNo,
      reference,
    });
    // Whoever has the order asks the supplier about this line before anything is sent, and is told the same.
    if (!kept) return giveUp(true);
    await faultPoint("supplier.recorded");
  }
  return { next: "done", reference: order.id };
}

function unreadableCodes({ keys, log }: FulfilDeps, order: ClaimedOrder): string[] {
  return order.codes.flatMap(({ id, productId, sealed }) => {
    try {
      openCode(keys, productId, Buffer.from(sealed, "base64"));
      return [];
    } catch (error) {
      log.error({ err: error, orderId: order.id, codeId: id }, "a code of this order cannot be opened");
      return [id];
    }
  });
}

const incomplete = "The order does not hold what it bought";

async function recharge(
  deps: FulfilDeps,
  order: ClaimedOrder,
  line: ClaimedLine,
  begunAtMs: number,
): Promise<Verdict> {
  if (!deps.supplier || !order.rechargeAccount)
    return again(order.failures, "This shop has no supplier for recharges");
  let account: string;
  try {
    account = deps.keys.open(order.rechargeAccount, `account:${order.id}`);
  } catch (error) {
    deps.log.error({ err: error, orderId: order.id }, "the account of this order cannot be opened");
    return again(order.failures, "The account of this order cannot be read");
  }
  await faultPoint("supplier.calling");
  const { supplier, faults } = deps;
  const outcome = await rechargeOnce(
    faults ? troubleSupplier(supplier, faults, { order: order.id, origin: order.origin }) : supplier,
    { lineId: line.id, sku: line.sku, account, quantity: line.quantity },
    order.begunBefore,
  );
  await faultPoint("supplier.answered");
  const verdict = judge(outcome, order.failures, deps.clock.now().getTime() - begunAtMs);
  // Suppliers like to repeat the account in their words, which are kept and shown.
  return "detail" in verdict ? { ...verdict, detail: verdict.detail.replaceAll(account, "…") } : verdict;
}

/** Answers the orders that were handed over. One that the database refuses is left out, and holds up no other. */
async function handOver(deps: FulfilDeps, token: string, orders: ClaimedOrder[]): Promise<Set<string>> {
  if (orders.length === 0) return new Set();
  const deliveredAt = deps.clock.now();
  await faultPoint("delivery.completing");
  try {
    const delivered = await completeDelivery(deps.db.sql, {
      token,
      orderIds: orders.map((order) => order.id),
      now: deliveredAt,
    });
    await faultPoint("delivery.completed");
    deps.signals.delivered(delivered.map((order) => ({ paidAt: order.paidAt, deliveredAt })));
    return new Set(delivered.map((order) => order.id));
  } catch (error) {
    if (!isValueError(error)) throw error;
    if (orders.length === 1) {
      deps.log.error({ err: error, orderId: orders[0]?.id }, "this order cannot be handed over");
      return new Set();
    }
    const half = orders.length >> 1;
    const first = await handOver(deps, token, orders.slice(0, half));
    return new Set([...first, ...(await handOver(deps, token, orders.slice(half)))]);
  }
}

async function putBack(deps: FulfilDeps, token: string, order: ClaimedOrder, given: Judged): Promise<void> {
  const verdict: Judged = given.next === "done" ? again(order.failures, incomplete) : given;
  if (verdict.next === "fail") {
    const now = deps.clock.now();
    const { code, detail, unreadable } = verdict;
    if (await failDelivery(deps.db.sql, { id: order.id, token, now, code, detail, unreadable })) {
      await faultPoint("delivery.failed");
      deps.log.error(
        { orderId: order.id, failure: code, detail },
        "delivery failed for good; a person is needed",
      );
      deps.signals.failed(code);
    }
    return;
  }
  if (verdict.next === "done") return;
  const { afterMs } = verdict;
  const failure = verdict.next === "retry" ? { code: verdict.code, detail: verdict.detail } : null;
  await postpone(deps.db.sql, { id: order.id, token, at: momentOf(deps), afterMs, failure });
  await faultPoint("delivery.postponed");
  deps.fireLater(afterMs);
}

/** How much waits for delivery, for the dashboard. */
export function measureQueue(deps: { db: Database; clock: Clock }): Promise<{ due: number; lagMs: number }> {
  return readQueue(deps.db.sql, deps.clock.now());
}

import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { Logger } from "../../platform/log.ts";
import { type BringContext, bring, type Ledger } from "./bring-actions.ts";
import * as store from "./claim-store.ts";
import { heldUntil } from "./domain.ts";
import { type WaysContext, waysTo } from "./ways.ts";

export interface DeliveryContext extends BringContext {
  db: Database;
  keys: Keys;
  log: Logger;
  /** How an order's buyer is reached, and in which language. */
  buyer: WaysContext["buyer"];
}

/** Longer than any one call to a provider; each call begins a new one. */
const leaseMs = 15_000;
const claimedAtOnce = 64;
const mostBundled = 1_000;

export interface Delivery {
  /** Claims what is due and begins to bring it on its way; `more` when there may be more than was claimed. */
  pass(): Promise<{ more: boolean }>;
  /** Resolves when nothing is on its way any more. */
  settled(): Promise<void>;
}

/** Brings messages to people: rows decide what is due, leases who does it, and providers are called outside transactions. */
export function createDelivery(context: DeliveryContext): Delivery {
  const underWay = new Set<Promise<void>>();
  return {
    async pass() {
      const room = claimedAtOnce - underWay.size;
      if (room <= 0) return { more: false };
      const claim = context.newId();
      const { leads, more } = await claimDue(context, claim, room);
      await faultPoint("notify.claimed");
      for (const message of leads) {
        const work = bringClaimed(context, message, claim)
          .catch((error: unknown) =>
            context.log.error(
              { err: error, notificationId: message.id },
              "a message waits for its lease to end",
            ),
          )
          .finally(() => underWay.delete(work));
        underWay.add(work);
      }
      if (more && underWay.size >= claimedAtOnce) await Promise.race(underWay);
      return { more };
    },
    async settled() {
      await Promise.all(underWay);
    },
  };
}

async function claimDue(
  { db, clock }: DeliveryContext,
  claim: string,
  limit: number,
): Promise<{ leads: store.DueRow[]; more: boolean }> {
  const now = clock.now();
  return await db.transaction(async (sql) => {
    const people = await store.lockRecipients(sql, now, limit);
    const due = await store.lockDue(sql, now, people, limit);
    const leads = due.filter(({ gathered }) => !gathered);
    const byPerson = Map.groupBy(
      due.filter(({ gathered }) => gathered),
      ({ staffId }) => staffId ?? "",
    );
    const lastBegun = people.length > 0 ? await store.readLastBegun(sql, people) : new Map<string, Date>();
    for (const [person, waiting] of byPerson) {
      const until = heldUntil(waiting, lastBegun.get(person) ?? null, now);
      const ids = waiting.map(({ id }) => id);
      if (until) {
        await store.holdBack(sql, ids, until);
        continue;
      }
      const [lead] = waiting;
      if (!lead) continue;
      const others = await store.lockWaiting(sql, person, ids, mostBundled);
      const riding = [...ids.slice(1), ...others.map(({ id }) => id)];
      if (riding.length > 0) await store.bundleInto(sql, lead.id, riding);
      leads.push({ ...lead, urgent: lead.urgent || others.some(({ urgent }) => urgent) });
    }
    const until = new Date(now.getTime() + leaseMs);
    if (leads.length > 0)
      await store.claim(
        sql,
        leads.map(({ id }) => id),
        { claim, until, now },
      );
    return { leads, more: due.length === limit };
  });
}

async function bringClaimed(context: DeliveryContext, message: store.DueRow, claim: string): Promise<void> {
  const ways = await waysTo(context, message);
  const ledger = rowsOf(context, message, { id: message.id, claim });
  if (ways) await bring(context, message, ways, ledger);
  // Nothing would change by trying again.
  else
    await ledger.settle({
      state: "exhausted",
      reason: "the address cannot be read",
      now: context.clock.now(),
    });
}

function rowsOf({ db: { sql } }: DeliveryContext, message: store.DueRow, lease: store.Lease): Ledger {
  return {
    attempts: () => store.readAttempts(sql, lease.id),
    contents: async () => [message, ...(await store.readBundled(sql, lease.id))],
    begin: (call) => store.beginCall(sql, lease, { ...call, until: new Date(call.now.getTime() + leaseMs) }),
    record: (given) => store.recordAttempt(sql, lease, given),
    postpone: (given) => store.postpone(sql, lease, given),
    settle: async (given) => {
      await store.settle(sql, lease, given);
    },
  };
}

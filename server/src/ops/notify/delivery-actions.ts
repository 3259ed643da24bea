import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import type { Channels } from "./channels/channel.ts";
import * as store from "./claim-store.ts";
import { askAgainAt, bundle, heldUntil, nextStep, type Step } from "./domain.ts";
import { waysTo } from "./ways.ts";

export interface DeliveryContext {
  db: Database;
  clock: Clock;
  newId: NewId;
  keys: Keys;
  log: Logger;
  channels: Channels;
  /** The console's address, which links within it are completed with. */
  url: string;
  /** How an order's buyer is reached. */
  buyer: (orderId: string) => Promise<{ phone?: string | undefined; email?: string | undefined }>;
}

/** Longer than any one call to a provider; each call begins a new one. */
const leaseMs = 15_000;
const claimedAtOnce = 64;
const mostBundled = 1_000;
/** A message comes to a rest long before; this ends one whose rows would have it go round for ever. */
const mostSteps = 50;

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
        const work = bring(context, message, claim)
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
    const due = await store.lockDue(sql, now, limit);
    const isBundled = ({ staffId, state, kind }: store.DueRow) =>
      staffId !== null && state === "queued" && (kind === "page" || kind === "notice");
    const leads = due.filter((row) => !isBundled(row));
    const byPerson = Map.groupBy(due.filter(isBundled), ({ staffId }) => staffId ?? "");
    const people = [...byPerson.keys()].sort();
    const mine = people.length > 0 ? await store.lockRecipients(sql, people) : new Set<string>();
    const lastBegun = people.length > 0 ? await store.readLastBegun(sql, people) : new Map<string, Date>();
    for (const person of people) {
      const waiting = byPerson.get(person) ?? [];
      if (!mine.has(person)) continue;
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

async function bring(context: DeliveryContext, message: store.DueRow, claim: string): Promise<void> {
  const { db, clock } = context;
  const lease = { id: message.id, claim };
  const ways = await waysTo(context, message);
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const attempts = await store.readAttempts(db.sql, message.id);
    const step = nextStep(message, ways, attempts, clock.now());
    const goesOn = await take(context, message, lease, step, attempts.length);
    if (!goesOn) return;
  }
  throw new Error("a message that comes to no rest");
}

/** Does one step; false when the message rests, or is another worker's by now. */
async function take(
  context: DeliveryContext,
  message: store.DueRow,
  lease: store.Lease,
  step: Step,
  made: number,
): Promise<boolean> {
  const { db, clock } = context;
  const now = clock.now();
  switch (step.do) {
    case "call":
      return await call(context, message, lease, step, made);
    case "ask":
      return await ask(context, message, lease, step);
    case "mark":
      return await store.recordAttempt(db.sql, lease, {
        ...{ attemptId: step.attempt.id, state: step.state, detail: step.detail, now },
      });
    case "wait":
      await store.postpone(db.sql, lease, { nextAt: step.until, round: message.round });
      return false;
    case "round":
      await store.postpone(db.sql, lease, { nextAt: step.at, round: message.round + 1 });
      return false;
    case "end":
      await store.settle(db.sql, lease, { state: step.state, reason: step.reason, now });
      return false;
  }
}

async function call(
  context: DeliveryContext,
  message: store.DueRow,
  lease: store.Lease,
  { way, again }: Extract<Step, { do: "call" }>,
  made: number,
): Promise<boolean> {
  const { db, clock, newId, channels } = context;
  const channel = channels.get(way.channel);
  if (!channel) throw new Error(`no channel ${way.channel}`);
  const now = clock.now();
  const attemptId = again?.id ?? newId();
  const isMine = await store.beginCall(db.sql, lease, {
    ...{ attemptId, number: again?.number ?? made + 1, round: message.round, way, now },
    until: new Date(now.getTime() + leaseMs),
  });
  if (!isMine) return false;
  const messages = [message, ...(await store.readBundled(db.sql, message.id))];
  const { title, text, link } = bundle(messages, way.language);
  await faultPoint("notify.calling");
  const result = await channel.send(
    { id: attemptId, title, text, link: completed(context.url, link), urgent: message.urgent },
    way.address,
  );
  await faultPoint("notify.called");
  const isThere = result.state === "accepted" && way.arrivesAtOnce;
  const recorded = await store.recordAttempt(db.sql, lease, {
    ...{ attemptId, ...result, now: clock.now() },
    ...(isThere ? { state: "delivered" } : {}),
  });
  await faultPoint("notify.recorded");
  return recorded;
}

async function ask(
  context: DeliveryContext,
  message: store.DueRow,
  lease: store.Lease,
  { way, attempt, why }: Extract<Step, { do: "ask" }>,
): Promise<boolean> {
  const { db, clock, channels } = context;
  const receipt = await channels.get(way.channel)?.receipt?.(attempt, way.address);
  const now = clock.now();
  const base = { attemptId: attempt.id, now };
  switch (receipt?.state) {
    case "delivered":
      return await store.recordAttempt(db.sql, lease, { ...base, state: "delivered" });
    case "undelivered":
      return await store.recordAttempt(db.sql, lease, {
        ...base,
        state: "undelivered",
        detail: receipt.detail,
      });
    case "unknown":
      // It was never sent: the process died before its call, which is now made.
      if (why === "lost" && attempt.calls < 3)
        return await call(context, message, lease, { do: "call", way, again: attempt }, attempt.number);
      break;
    default:
      // It is there, but on its way: what was lost is only the answer.
      if (why === "lost") return await store.recordAttempt(db.sql, lease, { ...base, state: "accepted" });
  }
  if (why === "lost")
    return await store.recordAttempt(db.sql, lease, {
      ...base,
      state: "unclear",
      detail: "the call was lost",
    });
  await store.postpone(db.sql, lease, { nextAt: askAgainAt(now), round: message.round });
  return false;
}

function completed(url: string, link: string | null): string | null {
  return link === null || URL.canParse(link) ? link : `${url}${link}`;
}

import type { ChannelName, ContactAddress, NotificationState } from "@orderwatch/shared/ops/notify.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Channels } from "./channels/channel.ts";
import type { DirectOutcome } from "./direct-actions.ts";
import type { Way } from "./domain.ts";
import { endPages } from "./list-store.ts";
import { readReach } from "./point-store.ts";
import * as store from "./store.ts";
import { recipientContext, waysToStaff } from "./ways.ts";

/** A message to one of the staff. */
export interface Page {
  /** A staff id. */
  to: string;
  incidentId?: string | null;
  kind: "page" | "notice" | "test";
  title: Words;
  text: Words;
  /** A path within the console. */
  link: string | null;
  /** Idempotency: a second message with the same key is the first one. */
  key: string;
  /** Level 1: never held back for a bundle longer than a second. */
  urgent: boolean;
}

/**
 * `pending`: on its way; `reached`: delivered, or taken by the last channel that there is; `exhausted`: every channel failed
 * or stayed silent, for `reason`.
 */
export interface Outcome {
  state: "pending" | "reached" | "exhausted";
  reason: string | null;
}

export interface Notify {
  /**
   * Writes a message within the caller's transaction; it leaves when that commits, within the second at the latest. The
   * notification's id.
   */
  page(sql: Sql, page: Page): Promise<string>;
  /**
   * Takes over what went out directly while there was no database: written within the caller's transaction as if it had been
   * sent from here, and brought on from where it is. The notification's id.
   */
  adopt(sql: Sql, page: Page, outcome: DirectOutcome, ways: readonly Way[]): Promise<string>;
  /** Every way to one of the staff, in their order. */
  ways(sql: Sql, staffId: string): Promise<Way[]>;
  /** What became of messages, by their ids; unknown ids are left out. */
  outcomeOf(sql: Sql, ids: readonly string[]): Promise<Map<string, Outcome>>;
  /** Somebody acknowledged: the incident's pages that a provider has taken look for no other channel any more. */
  acknowledged(sql: Sql, incidentId: string): Promise<void>;
  /** By which proven channels each person can be reached; nobody is left out, and `mailbox` alone is a person's own only. */
  reach(sql: Sql, staffIds: readonly string[]): Promise<Map<string, Reach>>;
  /**
   * Tells the buyers of exactly these orders, each once, by SMS or else e-mail, whichever contact they left; within the
   * caller's transaction. `key` names the broadcast and makes repeating it harmless; whom one of the broadcasts `besides`
   * was meant for is left out. How many are told for the first time.
   */
  tellBuyers(
    sql: Sql,
    message: Broadcast & { orderIds: readonly string[]; besides?: readonly string[] },
  ): Promise<number>;
  /** How many buyers of these orders would be told, by what they are told first. */
  reachBuyers(
    sql: Sql,
    orderIds: readonly string[],
    besides?: readonly string[],
  ): Promise<{ buyers: number; sms: number; email: number }>;
  /** Tells exactly those whom one of the broadcasts `after` has reached, each once. How many are told for the first time. */
  tellAgain(sql: Sql, message: Broadcast & { after: readonly string[] }): Promise<number>;
  /** Keeps back what has not left yet. */
  callOff(sql: Sql, key: string, reason: string): Promise<void>;
  /** How a broadcast does. */
  broadcast(sql: Sql, key: string): Promise<Record<NotificationState, number>>;
  /** One message to somebody who is neither staff nor a buyer, such as a subscriber; the address is sealed. */
  tell(
    sql: Sql,
    message: Omit<Broadcast, "incidentId"> & {
      incidentId: string | null;
      to: ContactAddress;
      /** Where it is one of several: which, and by what its recipient goes there. */
      among?: { broadcast: string; recipient: string };
    },
  ): Promise<string>;
  /** Recipients of broadcasts whose provider refused the address for good. */
  refusedIn(sql: Sql, broadcasts: readonly string[]): Promise<string[]>;
}

export interface Broadcast {
  incidentId: string;
  title: Words;
  text: Words;
  /** A whole address, or null. */
  link: string | null;
  key: string;
}

export interface Reach {
  channels: ChannelName[];
  /** Addresses whose code was not entered yet. */
  unproven: number;
}

/** `fire` tells that rows may be due; it may be lost. */
export function createNotify(context: {
  clock: Clock;
  newId: NewId;
  keys: Keys;
  channels: Channels;
  fire: () => void;
}): Notify {
  const { clock, newId, keys, channels, fire } = context;
  const ofBuyers = { kind: "buyer" as const, staffId: null, urgent: false };

  const tellAll = async (
    sql: Sql,
    message: Broadcast,
    buyers: readonly store.BuyerRow[],
  ): Promise<number> => {
    if (buyers.length === 0) return 0;
    const { key: broadcast, incidentId, title, text, link } = message;
    const told = await store.insertForBuyers(
      sql,
      { incidentId, title, text, link, broadcast, at: clock.now() },
      buyers.map((buyer) => ({ ...buyer, id: newId() })),
    );
    if (told > 0) fire();
    return told;
  };

  const page: Notify["page"] = async (sql, page) => {
    const id = await store.insertNotification(sql, {
      ...{ id: newId(), key: page.key, kind: page.kind, staffId: page.to, orderId: null },
      ...{
        address: null,
        recipientKey: null,
        broadcast: null,
        incidentId: page.incidentId ?? null,
        urgent: page.urgent,
      },
      ...{ title: page.title, text: page.text, link: page.link, at: clock.now() },
    });
    fire();
    return id;
  };

  return {
    page,
    async adopt(sql, given, outcome, ways) {
      const id = await page(sql, given);
      await store.adoptAttempts(sql, id, {
        round: outcome.round,
        attempts: outcome.attempts.map((attempt) => ({
          ...attempt,
          target: ways.find(({ point }) => point === attempt.point)?.target ?? attempt.channel,
        })),
      });
      return id;
    },
    ways: (sql, staffId) => waysToStaff({ db: { sql }, keys, channels }, staffId),
    async outcomeOf(sql, ids) {
      const rows = await store.readOutcomes(sql, ids);
      return new Map(
        rows.map(({ id, state, isSettled, reason }) => [
          id,
          { state: state === "exhausted" ? "exhausted" : isSettled ? "reached" : "pending", reason },
        ]),
      );
    },
    acknowledged: (sql, incidentId) => endPages(sql, incidentId, clock.now()),
    async reach(sql, staffIds) {
      const known = new Map((await readReach(sql, staffIds)).map((row) => [row.staffId, row]));
      return new Map(
        staffIds.map((id) => {
          const { proven = [], unproven = 0 } = known.get(id) ?? {};
          const usable = proven.filter((channel) => channels.has(channel));
          return [id, { channels: usable.length > 0 ? usable : ["mailbox"], unproven }];
        }),
      );
    },
    tellBuyers: async (sql, message) =>
      tellAll(sql, message, await store.readBuyers(sql, message.orderIds, message.besides ?? [])),
    async reachBuyers(sql, orderIds, besides = []) {
      const buyers = await store.readBuyers(sql, orderIds, besides);
      const sms = buyers.filter(({ channel }) => channel === "sms").length;
      return { buyers: buyers.length, sms, email: buyers.length - sms };
    },
    callOff: (sql, key, reason) => store.callOff(sql, key, reason),
    tellAgain: async (sql, message) => tellAll(sql, message, await store.readTold(sql, message.after)),
    broadcast: (sql, key) => store.countBroadcast(sql, key),
    refusedIn: (sql, broadcasts) => store.listRefused(sql, broadcasts),
    async tell(sql, { to, incidentId, title, text, link, key, among }) {
      const id = newId();
      const address = keys.seal(JSON.stringify(to), recipientContext(id));
      const made = await store.insertNotification(sql, {
        ...{ ...ofBuyers, id, key, orderId: null, address },
        ...{ recipientKey: among ? Buffer.from(among.recipient) : null, broadcast: among?.broadcast ?? null },
        ...{ incidentId, title, text, link, at: clock.now() },
      });
      fire();
      return made;
    },
  };
}

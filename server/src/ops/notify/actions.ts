import type { Words } from "@orderwatch/shared/words.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import * as store from "./store.ts";

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
  /** What became of messages, by their ids; unknown ids are left out. */
  outcomeOf(sql: Sql, ids: readonly string[]): Promise<Map<string, Outcome>>;
}

/** `fire` tells that rows may be due; it may be lost. */
export function createNotify(context: { clock: Clock; newId: NewId; fire: () => void }): Notify {
  const { clock, newId, fire } = context;
  return {
    async page(sql, page) {
      const id = await store.insertNotification(sql, {
        ...{ id: newId(), key: page.key, kind: page.kind, staffId: page.to, orderId: null },
        ...{ address: null, recipientKey: null, incidentId: page.incidentId ?? null, urgent: page.urgent },
        ...{ title: page.title, text: page.text, link: page.link, at: clock.now() },
      });
      fire();
      return id;
    },
    async outcomeOf(sql, ids) {
      const rows = await store.readOutcomes(sql, ids);
      return new Map(
        rows.map(({ id, state, isSettled, reason }) => [
          id,
          { state: state === "exhausted" ? "exhausted" : isSettled ? "reached" : "pending", reason },
        ]),
      );
    },
  };
}

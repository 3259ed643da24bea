import type { NotificationKind, NotificationState } from "@orderwatch/shared/ops/notify.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

export interface NewNotification {
  id: string;
  key: string;
  kind: NotificationKind;
  staffId: string | null;
  orderId: string | null;
  address: Buffer | null;
  recipientKey: Buffer | null;
  incidentId: string | null;
  urgent: boolean;
  title: Words;
  text: Words;
  link: string | null;
  at: Date;
}

/** Adds a message, due at once. Its id, or that of the one that has this key already. */
export async function insertNotification(sql: Sql, given: NewNotification): Promise<string> {
  const { rows } = await sql.query(
    `with made as (
       insert into notifications (id, key, kind, staff_id, order_id, address, recipient_key, incident_id, urgent, title,
         body, link, state, next_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'queued', $13, $13)
       on conflict (key) do nothing returning id
     )
     select id from made union all select id from notifications where key = $2 limit 1`,
    [
      ...[given.id, given.key, given.kind, given.staffId, given.orderId, given.address, given.recipientKey],
      ...[given.incidentId, given.urgent, given.title, given.text, given.link, given.at],
    ],
  );
  return rows[0]?.id ?? given.id;
}

export interface OutcomeRow {
  id: string;
  state: NotificationState;
  isSettled: boolean;
  reason: string | null;
}

export async function readOutcomes(sql: Sql, ids: readonly string[]): Promise<OutcomeRow[]> {
  const { rows } = await sql.query(
    `select id, state, reason, next_at is null and (bundled_into is null or state in ('delivered', 'exhausted'))
       as "isSettled" from notifications where id = any($1)`,
    [ids],
  );
  return rows;
}

import type { Notification, NotificationAttempt, NotificationQuery } from "@orderwatch/shared/ops/notify.ts";
import type { Sql } from "../../platform/db.ts";

type Row = Omit<
  Notification,
  "attempts" | "createdAt" | "sentAt" | "deliveredAt" | "readAt" | "recipient"
> & {
  createdAt: Date;
  sentAt: Date | null;
  deliveredAt: Date | null;
  readAt: Date | null;
  staffId: string | null;
  orderId: string | null;
  name: string | null;
};

type AttemptRow = Omit<NotificationAttempt, "startedAt" | "endedAt"> & {
  notificationId: string;
  startedAt: Date;
  endedAt: Date | null;
};

/** Messages, newest first, each with the attempts of the message that it went out in. `staffId` null is anybody's. */
export async function listNotifications(
  sql: Sql,
  query: Pick<NotificationQuery, "incidentId" | "state" | "kind"> & {
    staffId: string | null;
    before: string | null;
    limit: number;
  },
): Promise<Notification[]> {
  const { rows } = await sql.query<Row>(
    `select n.id, n.kind, n.state, n.urgent, n.title, n.body as text, n.link, n.incident_id as "incidentId",
       n.staff_id as "staffId", n.order_id as "orderId", s.name, n.created_at as "createdAt", n.sent_at as "sentAt",
       n.delivered_at as "deliveredAt", n.read_at as "readAt", n.reason, n.bundled_into as "bundledInto"
     from notifications n left join staff s on s.id = n.staff_id
     where (n.staff_id = $1 or $1::text is null and n.key not like 'code:%') and ($2::uuid is null or n.incident_id = $2)
       and ($3::text is null or n.state = $3) and ($4::text is null or n.kind = $4) and ($5::uuid is null or n.id < $5)
     order by n.id desc limit $6`,
    [
      ...[query.staffId, query.incidentId ?? null, query.state ?? null, query.kind ?? null],
      ...[query.before, query.limit],
    ],
  );
  const leads = rows.map(({ id, bundledInto }) => bundledInto ?? id);
  const made = await sql.query<AttemptRow>(
    `select id, notification_id as "notificationId", channel, target, state, calls, provider_id as "providerId", detail,
       started_at as "startedAt", ended_at as "endedAt"
     from notification_attempts where notification_id = any($1) order by notification_id, number`,
    [leads],
  );
  const attempts = Map.groupBy(made.rows, ({ notificationId }) => notificationId);
  return rows.map(({ staffId, orderId, name, createdAt, sentAt, deliveredAt, readAt, ...row }) => ({
    ...row,
    recipient: {
      kind: staffId !== null ? "staff" : orderId !== null ? "order" : "address",
      id: staffId ?? orderId,
      name,
    },
    createdAt: createdAt.toISOString(),
    sentAt: sentAt?.toISOString() ?? null,
    deliveredAt: deliveredAt?.toISOString() ?? null,
    readAt: readAt?.toISOString() ?? null,
    attempts: (attempts.get(row.bundledInto ?? row.id) ?? []).map(
      ({ notificationId: _, startedAt, endedAt, ...attempt }) => ({
        ...attempt,
        startedAt: startedAt.toISOString(),
        endedAt: endedAt?.toISOString() ?? null,
      }),
    ),
  }));
}

/**
 * A person's own sign that a message arrived, with all that went out in it; false when there is none like that. It is the
 * best receipt: no other channel is tried, also by whoever is waiting for one just now.
 */
export async function markRead(sql: Sql, staffId: string, id: string, now: Date): Promise<boolean> {
  const { rowCount } = await sql.query(
    `with seen as (
       update notifications set read_at = coalesce(read_at, $3),
         state = case when state = 'sent' then 'delivered' else state end,
         delivered_at = case when state = 'sent' then $3 else delivered_at end,
         next_at = case when state = 'sent' then null else next_at end,
         claim = case when state = 'sent' then null else claim end,
         claimed_until = case when state = 'sent' then null else claimed_until end
       where id = $1 and staff_id = $2 returning id, state, sent_at
     ), others as (
       update notifications n set state = 'delivered', sent_at = seen.sent_at, delivered_at = $3
       from seen where n.bundled_into = seen.id and seen.state = 'delivered' and n.state = 'sending'
     )
     select from seen`,
    [id, staffId, now],
  );
  return rowCount === 1;
}

/**
 * Ends the search for another channel of an incident's pages that a provider has taken. One that brings other incidents'
 * pages too goes on, since those have been seen by nobody.
 */
export async function endPages(sql: Sql, incidentId: string, now: Date): Promise<void> {
  await sql.query(
    `update notifications n set state = 'delivered', delivered_at = $2, next_at = null, claim = null, claimed_until = null
     where incident_id = $1 and kind = 'page' and state = 'sent'
       and not exists (select from notifications o where o.bundled_into = n.id)`,
    [incidentId, now],
  );
}

/** Messages that should have moved long ago: how many, and since when the oldest. */
export async function readOverdue(sql: Sql, before: Date): Promise<{ count: number; since: Date | null }> {
  const { rows } = await sql.query(
    `select count(*)::int as count, min(next_at) as since from notifications
     where next_at < $1 and (claimed_until is null or claimed_until < $1)`,
    [before],
  );
  return rows[0] ?? { count: 0, since: null };
}

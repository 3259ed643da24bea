import type {
  EditPostmortem,
  PostmortemAction,
  PostmortemImpact,
} from "@orderwatch/shared/ops/postmortems.ts";
import type { Sql } from "../../platform/db.ts";

export interface Written {
  state: "draft" | "published";
  revision: number;
  summary: string;
  factors: string[];
  actions: PostmortemAction[];
  changedById: string;
  changedBy: string;
  changedAt: Date;
  publishedAt: Date | null;
}

const columns = `state, revision, summary, factors, actions, changed_by_id as "changedById", changed_by as "changedBy",
  changed_at as "changedAt", published_at as "publishedAt"`;

export async function readWritten(sql: Sql, incidentId: string): Promise<Written | null> {
  const { rows } = await sql.query<Written>(`select ${columns} from postmortems where incident_id = $1`, [
    incidentId,
  ]);
  return rows[0] ?? null;
}

/** Null when another revision than the edited one is there. */
export async function write(
  sql: Sql,
  incidentId: string,
  { revision, summary, factors, actions, state }: EditPostmortem,
  by: { id: string; name: string; at: Date },
): Promise<Written | null> {
  const { rows } = await sql.query<Written>(
    `insert into postmortems as known (incident_id, state, revision, summary, factors, actions, changed_by_id, changed_by,
        changed_at, published_at)
      select $1, $2, 1, $3, $4::jsonb, $5::jsonb, $6, $7, $8, case when $2 = 'published' then $8::timestamptz end
      where $9 = 0 or exists (select from postmortems where incident_id = $1)
      on conflict (incident_id) do update set state = excluded.state, revision = known.revision + 1,
        summary = excluded.summary, factors = excluded.factors, actions = excluded.actions,
        changed_by_id = excluded.changed_by_id, changed_by = excluded.changed_by, changed_at = excluded.changed_at,
        published_at = case when excluded.state = 'published' then coalesce(known.published_at, excluded.published_at) end
      where known.revision = $9
      returning ${columns}`,
    [
      ...[incidentId, state, summary, JSON.stringify(factors), JSON.stringify(actions)],
      ...[by.id, by.name, by.at, revision],
    ],
  );
  return rows[0] ?? null;
}

/** What an incident did to buyers' orders, in orders and fen; as the orders stand now. */
export async function readImpact(sql: Sql, incidentId: string): Promise<PostmortemImpact> {
  const { rows } = await sql.query<PostmortemImpact>(
    `select count(*)::int as orders, coalesce(sum(o.amount_fen), 0)::int8::float8 as "amountFen",
        count(*) filter (where o.status = 'delivered')::int as delivered,
        count(*) filter (where o.status = 'refunded')::int as refunded,
        coalesce(sum(o.amount_fen) filter (where o.status = 'refunded'), 0)::int8::float8 as "refundedFen",
        count(*) filter (where i.waived_at is not null and o.status not in ('delivered', 'refunded'))::int as waived
      from incident_orders i join orders o on o.id = i.order_id
      where i.incident_id = $1 and o.origin = 'buyer'`,
    [incidentId],
  );
  return rows[0] ?? { orders: 0, amountFen: 0, delivered: 0, refunded: 0, refundedFen: 0, waived: 0 };
}

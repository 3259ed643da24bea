import type { PublicImpact, PublicPhase } from "@orderwatch/shared/shop/status.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

/** An update with its way to the public. */
export interface UpdateRow {
  id: string;
  incidentId: string;
  phase: PublicPhase;
  impact: PublicImpact;
  title: Words;
  text: Words;
  state: "proposed" | "published" | "withdrawn";
  needsApproval: boolean;
  authorId: string;
  author: string;
  deciderId: string | null;
  decider: string | null;
  proposedAt: Date;
  publishedAt: Date | null;
}

const columns = `id, incident_id as "incidentId", phase, impact, title, text, state, needs_approval as "needsApproval",
  author_id as "authorId", author, decider_id as "deciderId", decider, proposed_at as "proposedAt",
  published_at as "publishedAt"`;

/** Newest first. */
export async function listUpdates(sql: Sql, incidentId: string): Promise<UpdateRow[]> {
  const { rows } = await sql.query<UpdateRow>(
    `select ${columns} from public_updates where incident_id = $1 order by id desc`,
    [incidentId],
  );
  return rows;
}

export async function readUpdate(sql: Sql, incidentId: string, id: string): Promise<UpdateRow | null> {
  const { rows } = await sql.query<UpdateRow>(
    `select ${columns} from public_updates where incident_id = $1 and id = $2`,
    [incidentId, id],
  );
  return rows[0] ?? null;
}

export async function insertUpdate(
  sql: Sql,
  row: UpdateRow & { startedAt: Date; withheld: boolean },
): Promise<void> {
  await sql.query(
    `insert into public_updates (id, incident_id, started_at, phase, impact, title, text, state, needs_approval,
        author_id, author, proposed_at, decider_id, decider, published_at, withheld)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    [
      ...[row.id, row.incidentId, row.startedAt, row.phase, row.impact, row.title, row.text, row.state],
      ...[row.needsApproval, row.authorId, row.author, row.proposedAt],
      ...[row.deciderId, row.decider, row.publishedAt, row.withheld],
    ],
  );
}

/** Ends the wait of a proposed update; null when somebody else has, or when its author may not decide. */
export async function decideUpdate(
  sql: Sql,
  id: string,
  decision: { state: "published" | "withdrawn"; by: { id: string; name: string }; at: Date },
): Promise<UpdateRow | null> {
  const { rows } = await sql.query<UpdateRow>(
    `update public_updates set state = $2, decider_id = $3, decider = $4,
        published_at = case when $2 = 'published' then $5::timestamptz end
      where id = $1 and state = 'proposed' and not ($2 = 'published' and needs_approval and author_id = $3)
      returning ${columns}`,
    [id, decision.state, decision.by.id, decision.by.name, decision.at],
  );
  return rows[0] ?? null;
}

/** A published update that not all subscribers were told, for one worker until the transaction ends. */
export async function lockUnannounced(
  sql: Sql,
): Promise<(UpdateRow & { publishedAt: Date; announcedTo: string | null }) | null> {
  const { rows } = await sql.query<UpdateRow & { publishedAt: Date; announcedTo: string | null }>(
    `select ${columns}, announced_to as "announcedTo" from public_updates
      where state = 'published' and not withheld and announced_at is null order by published_at limit 1 for update skip locked`,
  );
  return rows[0] ?? null;
}

/** How far an update has been announced; `doneAt` when to all. */
export async function setAnnounced(
  sql: Sql,
  id: string,
  { to, doneAt }: { to: string | null; doneAt: Date | null },
): Promise<void> {
  await sql.query(
    "update public_updates set announced_to = coalesce($2, announced_to), announced_at = $3 where id = $1",
    [id, to, doneAt],
  );
}

export async function listPublishedSince(sql: Sql, since: Date): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    "select id from public_updates where state = 'published' and not withheld and published_at >= $1",
    [since],
  );
  return rows.map(({ id }) => id);
}

/** Of what was withheld from the public about these incidents all is withdrawn; the incident of each. */
export async function withdrawWithheld(sql: Sql, incidentIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ incidentId: string }>(
    `update public_updates set state = 'withdrawn', published_at = null
      where incident_id = any ($1) and withheld and state <> 'withdrawn' returning incident_id as "incidentId"`,
    [incidentIds],
  );
  return rows.map(({ incidentId }) => incidentId);
}

import type { DrillAction } from "@orderwatch/shared/ops/drills.ts";
import type { Sql } from "../../platform/db.ts";

interface ActionRow {
  id: string;
  text: string;
  ownerId: string | null;
  ownerName: string | null;
  dueOn: string | null;
  doneAt: Date | null;
}

const columns = `id, text, owner_id as "ownerId", owner_name as "ownerName", due_on::text as "dueOn", done_at as "doneAt"`;

const toAction = ({ ownerId, ownerName, doneAt, ...row }: ActionRow): DrillAction => ({
  ...row,
  owner: ownerId === null ? null : { id: ownerId, name: ownerName ?? ownerId },
  doneAt: doneAt?.toISOString() ?? null,
});

/** What is to follow from a run, oldest first. */
export async function listActions(sql: Sql, runId: string): Promise<DrillAction[]> {
  const { rows } = await sql.query<ActionRow>(
    `select ${columns} from drill_actions where run_id = $1 order by created_at, id`,
    [runId],
  );
  return rows.map(toAction);
}

export async function addAction(
  sql: Sql,
  action: {
    id: string;
    runId: string;
    text: string;
    owner: { id: string; name: string } | null;
    dueOn: string | null;
  },
  now: Date,
): Promise<DrillAction> {
  const { rows } = await sql.query<ActionRow>(
    `insert into drill_actions (id, run_id, text, owner_id, owner_name, due_on, created_at)
      values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`,
    [
      ...[action.id, action.runId, action.text, action.owner?.id ?? null, action.owner?.name ?? null],
      ...[action.dueOn, now],
    ],
  );
  const [row] = rows;
  if (!row) throw new Error("an insert without its row");
  return toAction(row);
}

/** Undefined when that run has none of that id. */
export async function setDone(
  sql: Sql,
  { id, runId, doneAt }: { id: string; runId: string; doneAt: Date | null },
): Promise<DrillAction | undefined> {
  const { rows } = await sql.query<ActionRow>(
    `update drill_actions set done_at = case when $3::timestamptz is null then null else coalesce(done_at, $3) end
      where id = $1 and run_id = $2 returning ${columns}`,
    [id, runId, doneAt],
  );
  return rows[0] && toAction(rows[0]);
}

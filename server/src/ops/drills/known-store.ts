import type { Sql } from "../../platform/db.ts";
import { type RunRow, runColumns } from "./store.ts";

/** Who looks at runs; `mayApprove` what waits for an approval. */
export interface Viewer {
  id: string;
  mayApprove: boolean;
}

/** A surprise that is not over is known to whoever asked for it or approved it, and while it needs approvals to who may give one. */
const isKnownTo = (viewer: string, mayApprove: string) => `(mode <> 'surprise' or ended_at is not null
  or exists (select from drill_approvals a where a.run_id = drill_runs.id and a.staff_id = ${viewer})
  or state = 'awaiting_approval' and ${mayApprove})`;

/** Newest first. */
export async function listRuns(
  sql: Sql,
  viewer: Viewer,
  { slug, before, limit }: { slug: string | null; before: string | null; limit: number },
): Promise<RunRow[]> {
  const { rows } = await sql.query<RunRow>(
    `select ${runColumns} from drill_runs where ($1::text is null or slug = $1) and ($2::uuid is null or id < $2)
        and ${isKnownTo("$4", "$5")}
      order by id desc limit $3`,
    [slug, before, limit, viewer.id, viewer.mayApprove],
  );
  return rows;
}

/** Of these runs those that somebody may know of. */
export async function listKnown(sql: Sql, viewer: Viewer, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from drill_runs where id = any ($1) and ${isKnownTo("$2", "$3")}`,
    [ids, viewer.id, viewer.mayApprove],
  );
  return new Set(rows.map(({ id }) => id));
}

/** The newest run of each drill that somebody may know of, and the scores of its last twenty. */
export async function listLast(
  sql: Sql,
  viewer: Viewer,
): Promise<{ last: RunRow[]; scores: { slug: string; run: string; at: Date; score: number }[] }> {
  const last = await sql.query<RunRow>(
    `select distinct on (slug) ${runColumns} from drill_runs where ${isKnownTo("$1", "$2")} order by slug, id desc`,
    [viewer.id, viewer.mayApprove],
  );
  const scores = await sql.query<{ slug: string; run: string; at: Date; score: number }>(
    `select slug, id as run, ended_at as at, (scorecard ->> 'score')::float8 as score from (
        select *, row_number() over (partition by slug order by id desc) as nth from drill_runs where state = 'scored'
      ) scored where nth <= 20 order by slug, id`,
  );
  return { last: last.rows, scores: scores.rows };
}

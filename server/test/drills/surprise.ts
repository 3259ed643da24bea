import type { Database } from "../../src/platform/db.ts";

/** Makes an incident the doing of a surprise drill, without running one; returns what ends that. */
export async function asSurprise({ sql }: Database, incidentId: string): Promise<() => Promise<void>> {
  const { rows } = await sql.query<{ id: string }>(
    `insert into drill_runs (id, slug, document, mode, state, approvals_needed, planned_for, changed_at)
      values (gen_random_uuid(), 'any', '{}', 'surprise', 'running', 2, now(), now()) returning id`,
  );
  const run = rows[0]?.id;
  await sql.query("insert into drill_incidents (incident_id, run_id) values ($1, $2)", [incidentId, run]);
  await sql.query("update incidents set drill = true where id = $1", [incidentId]);
  return async () => {
    await sql.query("update drill_runs set state = 'aborted', ended_at = now() where id = $1", [run]);
  };
}

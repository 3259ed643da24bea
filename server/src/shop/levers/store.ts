import type { LeverChange, Levers } from "@orderwatch/shared/ops/levers.ts";
import type { Sql } from "../../platform/db.ts";
import { restingLevers } from "./domain.ts";

interface Row extends Omit<Levers, "changedAt"> {
  changedAt: Date;
}

const columns = `paused, max_units as "maxUnits", limit_factor as "limitFactor", shed, version,
  changed_at as "changedAt", changed_by as "changedBy", reason`;

const toLevers = (row: Row | undefined): Levers =>
  row ? { ...row, changedAt: row.changedAt.toISOString() } : restingLevers;

export async function readLevers(sql: Sql): Promise<Levers> {
  const { rows } = await sql.query<Row>(`select ${columns} from levers`);
  return toLevers(rows[0]);
}

/** Sets what is named and leaves the rest, whoever else changes levers at the same moment. */
export async function changeLevers(
  sql: Sql,
  change: LeverChange,
  { by, at }: { by: string; at: Date },
): Promise<Levers> {
  const { paused = null, maxUnits, limitFactor, shed = null, reason } = change;
  const { rows } = await sql.query<Row>(
    `insert into levers ("only", paused, max_units, limit_factor, shed, version, changed_at, changed_by, reason)
      values (true, coalesce($1::text[], '{}'), $3, $5, coalesce($6, 'none'), 1, $7, $8, $9)
      on conflict ("only") do update set
        paused = coalesce($1::text[], levers.paused),
        max_units = case when $2 then $3 else levers.max_units end,
        limit_factor = case when $4 then $5 else levers.limit_factor end,
        shed = coalesce($6, levers.shed),
        version = levers.version + 1, changed_at = $7, changed_by = $8, reason = $9
      returning ${columns}`,
    [
      paused,
      ...[maxUnits !== undefined, maxUnits ?? null, limitFactor !== undefined, limitFactor ?? null],
      ...[shed, at, by, reason],
    ],
  );
  return toLevers(rows[0]);
}

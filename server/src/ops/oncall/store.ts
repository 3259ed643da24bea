import type { NewRota } from "@orderwatch/shared/ops/oncall.ts";
import type { Sql } from "../../platform/db.ts";
import type { PlannedOverride } from "./domain.ts";

export interface RotaRow extends NewRota {
  id: string;
  version: number;
  handedTo: string | null;
  updatedAt: Date;
}

export interface OverrideRow {
  id: string;
  rotaId: string;
  userId: string;
  fromAt: Date;
  untilAt: Date;
  swapId: string | null;
  reason: string | null;
  createdBy: string;
  createdAt: Date;
}

export interface Person {
  id: string;
  name: string;
  role: string;
}

const rotaColumns = `id, name, time_zone as "timeZone", layers, holidays, handoff_notices as "handoffNotices", version,
  handed_to as "handedTo", updated_at as "updatedAt"`;
const overrideColumns = `id, rota_id as "rotaId", user_id as "userId", from_at as "fromAt", until_at as "untilAt",
  swap_id as "swapId", reason, created_by as "createdBy", created_at as "createdAt"`;

export async function readRotas(sql: Sql): Promise<RotaRow[]> {
  const { rows } = await sql.query<RotaRow>(`select ${rotaColumns} from rotas order by name, id`);
  return rows;
}

export async function readRota(sql: Sql, id: string): Promise<RotaRow | null> {
  const { rows } = await sql.query<RotaRow>(`select ${rotaColumns} from rotas where id = $1`, [id]);
  return rows[0] ?? null;
}

/** Keeps rotas from being removed until the transaction ends; the ids that are there. */
export async function holdRotas(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    "select id from rotas where id = any($1::uuid[]) for share",
    [ids],
  );
  return rows.map(({ id }) => id);
}

const rotaValues = (rota: NewRota) => [
  rota.name,
  rota.timeZone,
  JSON.stringify(rota.layers),
  JSON.stringify(rota.holidays),
  rota.handoffNotices,
];

export async function insertRota(
  sql: Sql,
  id: string,
  rota: NewRota,
  facts: { handedTo: string | null; at: Date },
): Promise<RotaRow | null> {
  const { rows } = await sql.query<RotaRow>(
    `insert into rotas (id, name, time_zone, layers, holidays, handoff_notices, handed_to, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${rotaColumns}`,
    [id, ...rotaValues(rota), facts.handedTo, facts.at],
  );
  return rows[0] ?? null;
}

/** Null when it is not of this version any more. */
export async function updateRota(
  sql: Sql,
  id: string,
  rota: NewRota & { version: number },
  at: Date,
): Promise<RotaRow | null> {
  const { rows } = await sql.query<RotaRow>(
    `update rotas set name = $2, time_zone = $3, layers = $4, holidays = $5, handoff_notices = $6, updated_at = $7,
       version = version + 1
     where id = $1 and version = $8 returning ${rotaColumns}`,
    [id, ...rotaValues(rota), at, rota.version],
  );
  return rows[0] ?? null;
}

/** Takes the rota for removal; whether it is there, and whether a policy pages it. */
export async function lockRota(sql: Sql, id: string): Promise<{ isUsed: boolean } | null> {
  const { rows } = await sql.query("select from rotas where id = $1 for update", [id]);
  if (rows.length === 0) return null;
  const used = await sql.query(
    `select from escalation_policies
     where jsonb_path_exists(steps, '$[*].targets[*] ? (@.rotaId == $id)', jsonb_build_object('id', $1::text)) limit 1`,
    [id],
  );
  return { isUsed: used.rows.length > 0 };
}

export async function removeRota(sql: Sql, id: string): Promise<void> {
  await sql.query("delete from rotas where id = $1", [id]);
}

/** Notes who was told to be on duty; false when another process was faster. */
export async function handRota(
  sql: Sql,
  change: { id: string; from: string | null; to: string | null; version: number },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update rotas set handed_to = $3
     where id = $1 and handed_to is not distinct from $2 and handed_to is distinct from $3 and version = $4`,
    [change.id, change.from, change.to, change.version],
  );
  return rowCount === 1;
}

/** Overrides of all rotas that touch a range, in the order of making. */
export async function readOverrides(
  sql: Sql,
  from: Date,
  until: Date,
): Promise<(PlannedOverride & { rotaId: string })[]> {
  const { rows } = await sql.query<OverrideRow>(
    `select ${overrideColumns} from rota_overrides where until_at > $1 and from_at < $2 order by id`,
    [from, until],
  );
  return rows.map(({ id, rotaId, fromAt, untilAt, userId, swapId }) => ({
    ...{ id, rotaId, userId, swapId },
    ...{ fromMs: fromAt.getTime(), untilMs: untilAt.getTime() },
  }));
}

export async function listOverrides(sql: Sql, rotaId: string, now: Date): Promise<OverrideRow[]> {
  const { rows } = await sql.query<OverrideRow>(
    `select ${overrideColumns} from rota_overrides where rota_id = $1 and until_at > $2 order by from_at, id limit 500`,
    [rotaId, now],
  );
  return rows;
}

export async function insertOverride(sql: Sql, row: OverrideRow): Promise<void> {
  await sql.query(
    `insert into rota_overrides (id, rota_id, user_id, from_at, until_at, swap_id, reason, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      row.id,
      row.rotaId,
      row.userId,
      row.fromAt,
      row.untilAt,
      row.swapId,
      row.reason,
      row.createdBy,
      row.createdAt,
    ],
  );
}

/** Removes an override that has not ended, and the other half of its swap; what was removed. */
export async function removeOverride(sql: Sql, id: string, now: Date): Promise<OverrideRow[]> {
  const { rows } = await sql.query<OverrideRow>(
    `delete from rota_overrides where (id, rota_id) in (
       select o.id, o.rota_id from rota_overrides asked
       join rota_overrides o on o.id = asked.id or o.swap_id = asked.swap_id
       where asked.id = $1 and asked.until_at > $2
     ) returning ${overrideColumns}`,
    [id, now],
  );
  return rows;
}

/** People by their ids, or all; those who are gone are left out. */
export async function readPeople(sql: Sql, ids: readonly string[] | null): Promise<Person[]> {
  const { rows } = await sql.query<Person>(
    "select id, name, role from staff where $1::text[] is null or id = any($1) order by name, id",
    [ids],
  );
  return rows;
}

export const readAdmins = (sql: Sql): Promise<Person[]> => readWithRoles(sql, ["admin"]);

/** Everybody who has one of these roles, whoever has been here longest first. */
export async function readWithRoles(sql: Sql, roles: readonly string[]): Promise<Person[]> {
  const { rows } = await sql.query<Person>(
    "select id, name, role from staff where role = any ($1) order by created_at, id",
    [roles],
  );
  return rows;
}

/** How many ways to a person besides the console's own mailbox, and how many of them are proven. */
export async function countContactPoints(
  sql: Sql,
  ids: readonly string[],
): Promise<Map<string, { all: number; verified: number }>> {
  const { rows } = await sql.query<{ staffId: string; all: number; verified: number }>(
    `select staff_id as "staffId", count(*)::int as "all", count(verified_at)::int as verified from contact_points
     where staff_id = any($1) and channel <> 'mailbox' group by staff_id`,
    [ids],
  );
  return new Map(rows.map(({ staffId, ...counts }) => [staffId, counts]));
}

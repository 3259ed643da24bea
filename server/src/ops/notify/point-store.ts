import type { ChannelName } from "@orderwatch/shared/ops/notify.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

export interface PointView {
  id: string;
  channel: ChannelName;
  target: string;
  language: Language;
  position: number;
  verified: boolean;
  createdAt: Date;
}

const columns = `id, channel, target, language, position, verified_at is not null as verified, created_at as "createdAt"`;

export async function listPoints(sql: Sql, staffId: string): Promise<PointView[]> {
  const { rows } = await sql.query(
    `select ${columns} from contact_points where staff_id = $1 order by position, id`,
    [staffId],
  );
  return rows;
}

/** Adds an address behind the others; undefined when this person has it already, or `most` of them. */
export async function insertPoint(
  sql: Sql,
  point: {
    id: string;
    staffId: string;
    channel: ChannelName;
    address: Buffer;
    addressKey: Buffer;
    target: string;
    language: Language;
    codeKey: Buffer;
    codeExpiresAt: Date;
    now: Date;
    most: number;
  },
): Promise<PointView | undefined> {
  const { rows } = await sql.query(
    `insert into contact_points (id, staff_id, channel, address, address_key, target, language, position, code_key,
       code_expires_at, created_at)
     select $1, $2, $3, $4, $5, $6, $7, coalesce(max(position) + 1, 0), $8, $9, $10 from contact_points where staff_id = $2
     having count(*) < $11
     on conflict (staff_id, address_key) do nothing returning ${columns}`,
    [
      ...[
        point.id,
        point.staffId,
        point.channel,
        point.address,
        point.addressKey,
        point.target,
        point.language,
      ],
      ...[point.codeKey, point.codeExpiresAt, point.now, point.most],
    ],
  );
  return rows[0];
}

/** Counts a try and, when the code is right and fresh, proves the address. Undefined when nothing was proven. */
export async function provePoint(
  sql: Sql,
  given: { id: string; staffId: string; codeKey: Buffer; now: Date; mostTries: number },
): Promise<PointView | undefined> {
  const { rows } = await sql.query(
    `update contact_points set code_tries = code_tries + 1,
       verified_at = case when code_key = $3 and code_expires_at > $4 and code_tries < $5 then $4 else verified_at end,
       code_key = case when code_key = $3 and code_expires_at > $4 and code_tries < $5 then null else code_key end
     where id = $1 and staff_id = $2 returning ${columns}`,
    [given.id, given.staffId, given.codeKey, given.now, given.mostTries],
  );
  return rows.find(({ verified }) => verified);
}

export async function arrangePoints(sql: Sql, staffId: string, ids: readonly string[]): Promise<void> {
  await sql.query(
    `update contact_points set position = wanted.position
     from unnest($2::uuid[]) with ordinality as wanted (id, position)
     where contact_points.id = wanted.id and staff_id = $1`,
    [staffId, ids],
  );
}

export async function removePoint(sql: Sql, staffId: string, id: string): Promise<PointView | undefined> {
  const { rows } = await sql.query(
    `delete from contact_points where id = $1 and staff_id = $2 returning ${columns}`,
    [id, staffId],
  );
  return rows[0];
}

/** Proven channels and the number of unproven addresses, by person; people without any are left out. */
export async function readReach(
  sql: Sql,
  staffIds: readonly string[],
): Promise<{ staffId: string; proven: ChannelName[]; unproven: number }[]> {
  const { rows } = await sql.query(
    `select staff_id as "staffId", count(*) filter (where verified_at is null)::int as unproven,
       coalesce(array_agg(channel order by position) filter (where verified_at is not null), '{}') as proven
     from contact_points where staff_id = any($1) group by staff_id`,
    [staffIds],
  );
  return rows;
}

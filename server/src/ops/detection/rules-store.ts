import type { Matchers, RuleSettings } from "@orderwatch/shared/ops/detection.ts";
import type { Sql } from "../../platform/db.ts";

export interface VersionRow {
  slug: string;
  version: number;
  settings: RuleSettings;
  at: Date;
  by: string;
  reason: string;
}

/** The newest version of every rule that was ever edited. */
export async function listNewestVersions(sql: Sql): Promise<VersionRow[]> {
  const { rows } = await sql.query<VersionRow>(
    `select distinct on (slug) slug, version, settings, at, by, reason from rule_versions
     order by slug, version desc`,
  );
  return rows;
}

export async function listVersions(sql: Sql, slug: string): Promise<VersionRow[]> {
  const { rows } = await sql.query<VersionRow>(
    `select slug, version, settings, at, by, reason from rule_versions where slug = $1
     order by version desc limit 200`,
    [slug],
  );
  return rows;
}

/** False when this version, or a later one, is there already. */
export async function addVersion(sql: Sql, row: VersionRow): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into rule_versions (slug, version, settings, at, by, reason)
     select $1, $2, $3, $4, $5, $6
     where $2 = 1 + coalesce((select max(version) from rule_versions where slug = $1), 0)
     on conflict do nothing`,
    [row.slug, row.version, JSON.stringify(row.settings), row.at, row.by, row.reason],
  );
  return rowCount === 1;
}

export interface SilenceRow {
  id: string;
  matchers: Matchers;
  startsAt: Date;
  endsAt: Date;
  reason: string;
  by: string;
}

export interface WindowRow {
  id: string;
  title: string;
  matchers: Matchers;
  startsAt: Date;
  endsAt: Date;
  by: string;
}

const silenceColumns = `id, matchers, starts_at as "startsAt", ends_at as "endsAt", reason, by`;
const windowColumns = `id, title, matchers, starts_at as "startsAt", ends_at as "endsAt", by`;

export async function addSilence(sql: Sql, row: SilenceRow): Promise<void> {
  await sql.query(
    "insert into silences (id, matchers, starts_at, ends_at, reason, by) values ($1, $2, $3, $4, $5, $6)",
    [row.id, JSON.stringify(row.matchers), row.startsAt, row.endsAt, row.reason, row.by],
  );
}

export async function addWindow(sql: Sql, row: WindowRow): Promise<void> {
  await sql.query(
    `insert into maintenance_windows (id, title, matchers, starts_at, ends_at, by)
     values ($1, $2, $3, $4, $5, $6)`,
    [row.id, row.title, JSON.stringify(row.matchers), row.startsAt, row.endsAt, row.by],
  );
}

/** Ends it now; undefined when there is none that has not ended. */
export async function endSilence(sql: Sql, id: string, now: Date): Promise<SilenceRow | undefined> {
  const { rows } = await sql.query<SilenceRow>(
    `update silences set ends_at = greatest($2, starts_at) where id = $1 and ends_at > $2
     returning ${silenceColumns}`,
    [id, now],
  );
  return rows[0];
}

/** Ends it now, or calls it off before it began; undefined when there is none that has not ended. */
export async function endWindow(sql: Sql, id: string, now: Date): Promise<WindowRow | undefined> {
  const { rows } = await sql.query<WindowRow>(
    `update maintenance_windows set starts_at = least(starts_at, $2), ends_at = $2 where id = $1 and ends_at > $2
     returning ${windowColumns}`,
    [id, now],
  );
  return rows[0];
}

type Page = { before: string | null; limit: number };

export async function listSilences(sql: Sql, { before, limit }: Page): Promise<SilenceRow[]> {
  const { rows } = await sql.query<SilenceRow>(
    `select ${silenceColumns} from silences where ($1::uuid is null or id < $1) order by id desc limit $2`,
    [before, limit],
  );
  return rows;
}

export async function listWindows(sql: Sql, { before, limit }: Page): Promise<WindowRow[]> {
  const { rows } = await sql.query<WindowRow>(
    `select ${windowColumns} from maintenance_windows where ($1::uuid is null or id < $1)
     order by id desc limit $2`,
    [before, limit],
  );
  return rows;
}

/** Silences and windows that have not ended. */
export async function listHolds(
  sql: Sql,
  now: Date,
): Promise<{ silences: SilenceRow[]; windows: WindowRow[] }> {
  const silences = await sql.query<SilenceRow>(`select ${silenceColumns} from silences where ends_at > $1`, [
    now,
  ]);
  const windows = await sql.query<WindowRow>(
    `select ${windowColumns} from maintenance_windows where ends_at > $1`,
    [now],
  );
  return { silences: silences.rows, windows: windows.rows };
}

/** What one console at a time does. */
type Office = "detection" | "drills";

/** Takes or renews an office's lease by the database's clock; false while another console holds it. */
export async function holdLease(sql: Sql, office: Office, holder: string, forMs: number): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: "hold-detection-lease",
    text: `insert into detection_lease (name, holder, until)
      values ($3, $1, now() + make_interval(secs => $2))
      on conflict (name) do update set holder = $1, until = excluded.until
      where detection_lease.holder = $1 or detection_lease.until < now()`,
    values: [holder, forMs / 1_000, office],
  });
  return rowCount === 1;
}

export async function releaseLease(sql: Sql, office: Office, holder: string): Promise<void> {
  await sql.query("delete from detection_lease where name = $2 and holder = $1", [holder, office]);
}

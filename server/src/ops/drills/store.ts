import type { Facts } from "@orderwatch/shared/ops/detection.ts";
import type { DrillFault, LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type {
  Drill,
  DrillEnding,
  DrillMode,
  DrillRunState,
  FigureReading,
  JournalType,
  RunFault,
  Scorecard,
} from "@orderwatch/shared/ops/drills.ts";
import type { Sql } from "../../platform/db.ts";

export interface RunRow {
  id: string;
  number: number;
  slug: string;
  document: Drill;
  mode: DrillMode;
  state: DrillRunState;
  ending: DrillEnding | null;
  endingDetail: string | null;
  requestedById: string | null;
  requestedBy: string | null;
  approvalsNeeded: number;
  plannedFor: Date;
  startedAt: Date | null;
  injectedAt: Date | null;
  revertedAt: Date | null;
  endedAt: Date | null;
  faultUntil: Date | null;
  verifyUntil: Date | null;
  settleUntil: Date | null;
  before: FigureReading[];
  now: FigureReading[];
  after: FigureReading[];
  breaches: Record<string, string>;
  scorecard: Scorecard | null;
  revision: number;
  changedAt: Date;
}

/** What a row of `drill_runs` is read as. */
export const runColumns = `id, number::int as number, slug, document, mode, state, ending, ending_detail as "endingDetail",
  requested_by_id as "requestedById", requested_by as "requestedBy", approvals_needed as "approvalsNeeded",
  planned_for as "plannedFor", started_at as "startedAt", injected_at as "injectedAt", reverted_at as "revertedAt",
  ended_at as "endedAt", fault_until as "faultUntil", verify_until as "verifyUntil", settle_until as "settleUntil",
  before, now, after, breaches, scorecard, revision, changed_at as "changedAt"`;

/** What a step may change of a run, by its column. */
const changeable = {
  state: "state",
  ending: "ending",
  endingDetail: "ending_detail",
  plannedFor: "planned_for",
  startedAt: "started_at",
  injectedAt: "injected_at",
  revertedAt: "reverted_at",
  endedAt: "ended_at",
  faultUntil: "fault_until",
  verifyUntil: "verify_until",
  settleUntil: "settle_until",
  before: "before",
  now: "now",
  after: "after",
  breaches: "breaches",
  scorecard: "scorecard",
} as const satisfies Partial<Record<keyof RunRow, string>>;
export type RunChange = Partial<Pick<RunRow, keyof typeof changeable>>;

const asJson = new Set<string>(["before", "now", "after", "breaches", "scorecard"]);

export type NewRun = Pick<
  RunRow,
  "id" | "slug" | "document" | "mode" | "requestedById" | "requestedBy" | "approvalsNeeded" | "plannedFor"
> & { state: DrillRunState; ending?: DrillEnding; endingDetail?: string };

/** Undefined when its schedule has planned it already. */
export async function insertRun(sql: Sql, run: NewRun, now: Date): Promise<RunRow | undefined> {
  const { rows } = await sql.query<RunRow>(
    `insert into drill_runs (id, slug, document, mode, state, requested_by_id, requested_by, approvals_needed, planned_for,
        ending, ending_detail, ended_at, changed_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, case when $5 = 'skipped' then $12::timestamptz end, $12)
      on conflict do nothing returning ${runColumns}`,
    [
      ...[run.id, run.slug, JSON.stringify(run.document), run.mode, run.state],
      ...[run.requestedById, run.requestedBy, run.approvalsNeeded, run.plannedFor],
      ...[run.ending ?? null, run.endingDetail ?? null, now],
    ],
  );
  return rows[0];
}

export async function readRun(sql: Sql, id: string): Promise<RunRow | undefined> {
  const { rows } = await sql.query<RunRow>(`select ${runColumns} from drill_runs where id = $1`, [id]);
  return rows[0];
}

export async function lockRun(sql: Sql, id: string): Promise<RunRow | undefined> {
  const { rows } = await sql.query<RunRow>(`select ${runColumns} from drill_runs where id = $1 for update`, [
    id,
  ]);
  return rows[0];
}

/** The run that is under way, if any; `lock` waits for whoever changes it. */
export async function runUnderWay(sql: Sql, lock = false): Promise<RunRow | undefined> {
  const { rows } = await sql.query<RunRow>(
    `select ${runColumns} from drill_runs
      where state in ('checking', 'injecting', 'running', 'reverting', 'verifying', 'settling')
      ${lock ? "for update" : ""}`,
  );
  return rows[0];
}

/** Runs that are over and whose faults were taken back since a moment, the newest first. */
export async function revertedSince(sql: Sql, since: Date): Promise<RunRow[]> {
  const { rows } = await sql.query<RunRow>(
    `select ${runColumns} from drill_runs
      where state in ('scored', 'aborted') and reverted_at > $1 and ending is distinct from 'revert_failed'
      order by reverted_at desc limit 20`,
    [since],
  );
  return rows;
}

/** Changes a run that is in a state still; undefined when somebody else has moved it. */
export async function changeRun(
  sql: Sql,
  run: Pick<RunRow, "id">,
  expected: DrillRunState,
  change: RunChange,
  now: Date,
): Promise<RunRow | undefined> {
  const names = Object.keys(change).filter((name): name is keyof typeof changeable => name in changeable);
  const values = names.map((name) => (asJson.has(name) ? JSON.stringify(change[name]) : change[name]));
  const sets = names.map((name, index) => `${changeable[name]} = $${index + 4}`);
  const { rows } = await sql.query<RunRow>(
    `update drill_runs set ${[...sets, "revision = revision + 1", "changed_at = $3"].join(", ")}
      where id = $1 and state = $2 returning ${runColumns}`,
    [run.id, expected, now, ...values],
  );
  return rows[0];
}

/** Planned ones whose moment has come, and those still unapproved then; oldest first. */
export async function listDue(sql: Sql, now: Date): Promise<RunRow[]> {
  const { rows } = await sql.query<RunRow>(
    `select ${runColumns} from drill_runs where state in ('awaiting_approval', 'planned') and planned_for <= $1
      order by planned_for, id limit 20`,
    [now],
  );
  return rows;
}

export async function listChanged(sql: Sql, since: Date, limit: number): Promise<RunRow[]> {
  const { rows } = await sql.query<RunRow>(
    `select ${runColumns} from drill_runs where changed_at > $1 order by changed_at, id limit $2`,
    [since, limit],
  );
  return rows;
}

/** Adds an entry to a run's journal; the caller holds the run's row. */
export async function note(
  sql: Sql,
  runId: string,
  at: Date,
  type: JournalType,
  facts: Facts = {},
): Promise<void> {
  await sql.query(
    `insert into drill_journal (run_id, seq, at, type, facts)
      select $1, coalesce(max(seq), 0) + 1, $2, $3, $4 from drill_journal where run_id = $1`,
    [runId, at, type, JSON.stringify(facts)],
  );
}

export interface FaultRow {
  lease: string;
  runId: string;
  target: string;
  fault: DrillFault;
  state: RunFault["state"];
  injectedAt: Date | null;
  revertedAt: Date | null;
  verifiedAt: Date | null;
  expiresAt: Date;
  report: LeaseReport | null;
}

const faultColumns = `lease, run_id as "runId", target, fault, state, injected_at as "injectedAt",
  reverted_at as "revertedAt", verified_at as "verifiedAt", expires_at as "expiresAt", report`;

export async function recordFault(
  sql: Sql,
  fault: Pick<FaultRow, "lease" | "runId" | "target" | "fault" | "expiresAt">,
): Promise<void> {
  await sql.query(
    `insert into drill_faults (lease, run_id, target, fault, state, expires_at) values ($1, $2, $3, $4, 'recorded', $5)`,
    [fault.lease, fault.runId, fault.target, JSON.stringify(fault.fault), fault.expiresAt],
  );
}

export async function faultsOf(sql: Sql, runId: string): Promise<FaultRow[]> {
  const { rows } = await sql.query<FaultRow>(
    `select ${faultColumns} from drill_faults where run_id = $1 order by lease`,
    [runId],
  );
  return rows;
}

/** Leases that may still be out although their run is over. */
export async function orphans(sql: Sql): Promise<FaultRow[]> {
  const { rows } = await sql.query<FaultRow>(
    `select ${faultColumns} from drill_faults f where f.state in ('recorded', 'injected', 'reverting')
        and exists (select from drill_runs r where r.id = f.run_id and r.state in ('scored', 'aborted', 'skipped'))`,
  );
  return rows;
}

/** False when it has got another state since it was read: what somebody else found out later stays. */
export async function changeFault(
  sql: Sql,
  { lease, state }: Pick<FaultRow, "lease" | "state">,
  change: Partial<
    Pick<FaultRow, "state" | "injectedAt" | "revertedAt" | "verifiedAt" | "expiresAt" | "report">
  >,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update drill_faults set state = coalesce($2, state), injected_at = coalesce($3, injected_at),
        reverted_at = coalesce($4, reverted_at), verified_at = coalesce($5, verified_at),
        expires_at = coalesce($6, expires_at), report = coalesce($7, report)
      where lease = $1 and state = $8`,
    [
      ...[lease, change.state ?? null, change.injectedAt ?? null, change.revertedAt ?? null],
      ...[change.verifiedAt ?? null, change.expiresAt ?? null],
      ...[change.report ? JSON.stringify(change.report) : null, state],
    ],
  );
  return rowCount === 1;
}

/** False when this person has approved it already. */
export async function approve(
  sql: Sql,
  runId: string,
  by: { id: string; name: string },
  now: Date,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    "insert into drill_approvals (run_id, staff_id, staff_name, at) values ($1, $2, $3, $4) on conflict do nothing",
    [runId, by.id, by.name, now],
  );
  return rowCount === 1;
}

export async function approvalsOf(sql: Sql, runId: string): Promise<{ by: string; at: Date }[]> {
  const { rows } = await sql.query<{ by: string; at: Date }>(
    "select staff_name as by, at from drill_approvals where run_id = $1 order by at",
    [runId],
  );
  return rows;
}

export interface StopRow {
  engaged: boolean;
  by: string | null;
  at: Date | null;
  reason: string | null;
}

export async function readStop(sql: Sql, lock: "" | "for share" | "for update" = ""): Promise<StopRow> {
  const { rows } = await sql.query<StopRow>(
    `select engaged, by, at, reason from drill_stop where id = 1 ${lock}`,
  );
  const [row] = rows;
  if (!row) throw new Error("the stop for all drills has no row");
  return row;
}

export async function writeStop(sql: Sql, stop: StopRow): Promise<void> {
  await sql.query("update drill_stop set engaged = $1, by = $2, at = $3, reason = $4 where id = 1", [
    ...[stop.engaged, stop.by, stop.at, stop.reason],
  ]);
}

export interface DrillRow {
  slug: string;
  scheduled: boolean;
  document: Drill | null;
  followedTo: Date;
}

export async function listDrillRows(sql: Sql): Promise<DrillRow[]> {
  const { rows } = await sql.query<DrillRow>(
    `select slug, scheduled, document, followed_to as "followedTo" from drills order by slug`,
  );
  return rows;
}

export async function setScheduled(sql: Sql, slug: string, scheduled: boolean, now: Date): Promise<void> {
  await sql.query(
    `insert into drills (slug, scheduled, followed_to) values ($1, $2, $3)
      on conflict (slug) do update set scheduled = $2,
        followed_to = case when drills.scheduled then drills.followed_to else $3 end`,
    [slug, scheduled, now],
  );
}

export async function isScheduled(sql: Sql, slug: string): Promise<boolean> {
  const { rowCount } = await sql.query("select from drills where slug = $1 and scheduled", [slug]);
  return rowCount === 1;
}

export async function followTo(sql: Sql, slug: string, until: Date): Promise<void> {
  await sql.query("update drills set followed_to = greatest(followed_to, $2) where slug = $1", [slug, until]);
}

/** Adds a drill made of an incident; one of that name is written anew. */
export async function saveReplay(sql: Sql, drill: Drill, now: Date): Promise<void> {
  await sql.query(
    `insert into drills (slug, scheduled, document, followed_to) values ($1, false, $2, $3)
      on conflict (slug) do update set document = $2`,
    [drill.slug, JSON.stringify(drill), now],
  );
}

/**
 * Held shared by whoever opens an incident and alone by whoever begins a drill, until either's transaction ends: the one
 * that comes first is seen by the other.
 */
export const beginLock = {
  shared: async (sql: Sql) =>
    void (await sql.query("select pg_advisory_xact_lock_shared(hashtextextended('drills:begin', 0))")),
  alone: async (sql: Sql) =>
    void (await sql.query("select pg_advisory_xact_lock(hashtextextended('drills:begin', 0))")),
};

export async function addIncident(sql: Sql, runId: string, incidentId: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    "insert into drill_incidents (incident_id, run_id) values ($1, $2) on conflict do nothing",
    [incidentId, runId],
  );
  return rowCount === 1;
}

export async function incidentsOf(sql: Sql, runId: string): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    "select incident_id as id from drill_incidents where run_id = $1 order by incident_id",
    [runId],
  );
  return rows.map(({ id }) => id);
}

/** Orders of real buyers that failed by our fault since a moment. */
export async function countBuyersFailed(sql: Sql, since: Date): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `select count(distinct order_id)::int as n from order_events
      where id >= first_id_at($1) and origin = 'buyer' and type = 'failed'
        and (code like 'delivery.%' or code = 'payment.channel_unavailable')`,
    [since],
  );
  return rows[0]?.n ?? 0;
}

export async function readJournal(
  sql: Sql,
  runId: string,
): Promise<{ seq: number; at: Date; type: JournalType; facts: Facts }[]> {
  const { rows } = await sql.query<{ seq: number; at: Date; type: JournalType; facts: Facts }>(
    "select seq, at, type, facts from drill_journal where run_id = $1 order by seq",
    [runId],
  );
  return rows;
}

/** Orders of buyers and shoppers that were paid longer than a minute ago and have no code yet. */
export async function countPaidWithoutCode(sql: Sql, now: Date): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `select count(*)::int as n from orders
      where status in ('paid', 'delivering') and origin <> 'drill' and paid_at < $1::timestamptz - interval '1 minute'`,
    [now],
  );
  return rows[0]?.n ?? 0;
}

export async function staffMember(sql: Sql, id: string): Promise<{ id: string; name: string } | undefined> {
  const { rows } = await sql.query<{ id: string; name: string }>("select id, name from staff where id = $1", [
    id,
  ]);
  return rows[0];
}

import type {
  DrillRun,
  DrillRunSummary,
  DrillStop,
  DrillSummary,
  JournalEntry,
} from "@orderwatch/shared/ops/drills.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import { listActions } from "./actions-store.ts";
import type { DrillContext } from "./context.ts";
import { approvalsNeeded } from "./domain.ts";
import * as known from "./known-store.ts";
import { ComingBook } from "./schedule.ts";
import * as store from "./store.ts";

const iso = (at: Date | null) => at?.toISOString() ?? null;

export function toSummary(row: store.RunRow): DrillRunSummary {
  const { id, number, mode, state, slug, document, revision } = row;
  return {
    ...{ id, number, mode, state, slug, revision },
    title: document.title,
    ending: row.ending && { kind: row.ending, detail: row.endingDetail ?? "" },
    plannedFor: row.plannedFor.toISOString(),
    startedAt: iso(row.startedAt),
    endedAt: iso(row.endedAt),
    score: row.scorecard?.score ?? null,
  };
}

/** Throws `drill_run.not_found`, also for a surprise that this person may not know of yet. */
export async function readRun(
  { db }: Pick<DrillContext, "db">,
  viewer: known.Viewer,
  id: string,
): Promise<DrillRun> {
  return await toRun(db.sql, await knownRun(db.sql, viewer, id));
}

/** Throws `drill_run.not_found`. */
async function knownRun(sql: Sql, viewer: known.Viewer, id: string): Promise<store.RunRow> {
  const row = await store.readRun(sql, id);
  if (!row || !(await known.listKnown(sql, viewer, [id])).has(id))
    throw new DomainError("drill_run.not_found", `No drill run ${id}`);
  return row;
}

/** The run under way, if this person may know of it. */
export async function readRunning(
  { db: { sql } }: Pick<DrillContext, "db">,
  viewer: known.Viewer,
): Promise<DrillRunSummary[]> {
  const run = await store.runUnderWay(sql);
  return run && (await known.listKnown(sql, viewer, [run.id])).has(run.id) ? [toSummary(run)] : [];
}

export async function toRun(sql: Sql, row: store.RunRow): Promise<DrillRun> {
  // One after the other: within a transaction they share a connection.
  const faults = await store.faultsOf(sql, row.id);
  const approvals = await store.approvalsOf(sql, row.id);
  const incidentIds = await store.incidentsOf(sql, row.id);
  const actions = await listActions(sql, row.id);
  const { slug: _, title: __, score: ___, ...summary } = toSummary(row);
  return {
    ...summary,
    ...{ drill: row.document, requestedBy: row.requestedBy, approvalsNeeded: row.approvalsNeeded },
    ...{ before: row.before, now: row.now, after: row.after, scorecard: row.scorecard, incidentIds, actions },
    approvals: approvals.map(({ by, at }) => ({ by, at: at.toISOString() })),
    injectedAt: iso(row.injectedAt),
    revertedAt: iso(row.revertedAt),
    faultUntil: iso(row.faultUntil),
    settleUntil: iso(row.settleUntil),
    faults: faults.map(({ lease, target, fault, state, report, ...at }) => ({
      ...{ lease, target, fault, state, report },
      injectedAt: iso(at.injectedAt),
      revertedAt: iso(at.revertedAt),
      verifiedAt: iso(at.verifiedAt),
    })),
  };
}

/** Newest first, those that this person may know of. Throws `request.invalid` for a cursor that is not ours. */
export async function listRuns(
  { db }: Pick<DrillContext, "db">,
  viewer: known.Viewer,
  query: { slug?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: DrillRunSummary[]; nextCursor: string | null }> {
  if (query.cursor !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(query.cursor))
    throw new DomainError("request.invalid", "cursor: not one of ours", {
      errors: [{ path: "cursor", message: "not one of ours" }],
    });
  const rows = await known.listRuns(db.sql, viewer, {
    slug: query.slug ?? null,
    before: query.cursor ?? null,
    limit: query.limit + 1,
  });
  const items = rows.slice(0, query.limit);
  return {
    items: items.map(toSummary),
    nextCursor: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null,
  };
}

const toStop = ({ engaged, by, at, reason }: store.StopRow): DrillStop => ({
  engaged,
  by,
  at: iso(at),
  reason,
});

export async function readStop({ db }: Pick<DrillContext, "db">): Promise<DrillStop> {
  return toStop(await store.readStop(db.sql));
}

const comings = new ComingBook();

/** Every drill with its schedule and its scores, what runs, and the stop, as far as this person may know. */
export async function listDrills(context: DrillContext, viewer: known.Viewer) {
  const { sql } = context.db;
  const [rows, { last, scores }, stop, running] = await Promise.all([
    store.listDrillRows(sql),
    known.listLast(sql, viewer),
    readStop(context),
    readRunning(context, viewer),
  ]);
  const settings = new Map(rows.map((row) => [row.slug, row]));
  const replays = rows.flatMap(({ document }) => (document ? [document] : []));
  const all = [
    ...[...context.library.values()].map((drill) => ({ drill, source: "file" as const })),
    ...replays
      .filter(({ slug }) => !context.library.has(slug))
      .map((drill) => ({ drill, source: "replay" as const })),
  ];
  const now = context.clock.now();
  const items = all.map(({ drill, source }): DrillSummary => {
    const scheduled = settings.get(drill.slug)?.scheduled ?? false;
    const coming = drill.schedule && comings.of(drill.schedule, now);
    const newest = last.find(({ slug }) => slug === drill.slug);
    return {
      ...{ drill, source, scheduled },
      nextAt: iso(coming?.next ?? null),
      upcoming: (coming?.upcoming ?? []).map((at) => at.toISOString()),
      approvalsNeeded: approvalsNeeded(drill, "rehearsal", context.isDemo),
      last: newest ? toSummary(newest) : null,
      trend: scores
        .filter(({ slug }) => slug === drill.slug)
        .map(({ run, at, score }) => ({ run, at: at.toISOString(), score })),
    };
  });
  return { items, nextCursor: null, stop, running };
}

/** A drill of a file, or one made of an incident. Throws `drill.not_found`. */
export async function findDrill(context: DrillContext, slug: string) {
  const shipped = context.library.get(slug);
  if (shipped) return shipped;
  const rows = await store.listDrillRows(context.db.sql);
  const replay = rows.find((row) => row.slug === slug)?.document;
  if (!replay) throw new DomainError("drill.not_found", `No drill ${slug}`);
  return replay;
}

/** Throws `drill_run.not_found`. */
export async function readJournal(
  { db }: Pick<DrillContext, "db">,
  viewer: known.Viewer,
  id: string,
): Promise<JournalEntry[]> {
  await knownRun(db.sql, viewer, id);
  return (await store.readJournal(db.sql, id)).map(({ at, ...entry }) => ({
    ...entry,
    at: at.toISOString(),
  }));
}

import type { AlertLevel, Facts } from "@orderwatch/shared/ops/detection.ts";
import type { TimelineLink } from "@orderwatch/shared/ops/incidents.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database, Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import * as clocks from "./deadlines-store.ts";
import { deadlinesOf, metAt } from "./domain.ts";
import { addAffected, setScannedTo } from "./orders-store.ts";
import * as store from "./store.ts";

export type IncidentRow = store.IncidentRow;

export interface StaffPerson {
  id: string;
  name: string;
}

/** Who is told what, in the transaction that makes it so. */
export interface IncidentHooks {
  /** `run`: the drill that caused it; null for a real one. */
  opened?(sql: Sql, incident: IncidentRow, run: string | null): Promise<void>;
  levelChanged?(sql: Sql, incident: IncidentRow): Promise<void>;
  /** Somebody has taken it on. */
  acknowledged?(sql: Sql, incident: IncidentRow, by: StaffPerson): Promise<void>;
  /** Resolved, merged or a false alarm. */
  ended?(sql: Sql, incident: IncidentRow): Promise<void>;
}

export interface IncidentContext {
  db: Database;
  clock: Clock;
  newId: NewId;
  log: Logger;
  on: IncidentHooks;
}

export interface Note {
  type: string;
  by?: StaffPerson | null | undefined;
  text?: Words | string | null | undefined;
  facts?: Facts;
  links?: TimelineLink[];
  corrects?: string;
}

/** Adds an entry to the timeline; the incident's view becomes newer with the change that the caller writes. */
export async function appendNote(
  { newId }: Pick<IncidentContext, "newId">,
  sql: Sql,
  incidentId: string,
  note: Note,
  at: Date,
): Promise<void> {
  await store.appendEvent(sql, incidentId, {
    ...{ id: newId(), at, type: note.type, text: note.text ?? null },
    ...{ byId: note.by?.id ?? null, byName: note.by?.name ?? null },
    ...{ facts: note.facts ?? {}, links: note.links ?? [], corrects: note.corrects ?? null },
  });
}

/** Throws `incident.not_found`. */
export async function lockIncident(sql: Sql, id: string): Promise<IncidentRow> {
  const row = await store.lock(sql, id);
  if (!row) throw new DomainError("incident.not_found", `No incident ${id}`);
  return row;
}

/** Writes a change of a locked incident with its entries, and what its deadlines make of it. */
export async function applyChange(
  context: IncidentContext,
  sql: Sql,
  id: string,
  change: store.IncidentChange,
  notes: readonly Note[],
  now: Date,
): Promise<IncidentRow> {
  // First, or what is done a moment too late would look as if it had been in time.
  await sayMissed(context, sql, id, now);
  const row = await store.change(sql, id, change, now);
  for (const note of notes) await appendNote(context, sql, id, note, now);
  for (const deadline of deadlinesOf(await clocks.listLevels(sql, id)))
    await clocks.setDeadline(sql, id, { ...deadline, metAt: metAt(deadline.kind, row) });
  return row;
}

/** Says of deadlines that have passed unmet that they have; each once. */
export async function sayMissed(
  context: Pick<IncidentContext, "newId">,
  sql: Sql,
  id: string,
  now: Date,
): Promise<number> {
  const missed = await clocks.markMissed(sql, id, now);
  for (const { kind, dueAt } of missed) await appendNote(context, sql, id, missedNote(kind, dueAt), now);
  return missed.length;
}

const deadlineWords = {
  plan_started: {
    "zh-CN": "超过 10 分钟仍未执行预案第一步",
    en: "No step of the plan was executed in 10 minutes",
  },
  third_party_engaged: {
    "zh-CN": "超过 30 分钟仍未联系第三方",
    en: "The third party was not engaged in 30 minutes",
  },
  repaired: { "zh-CN": "超过 30 分钟仍未修复", en: "Not repaired in 30 minutes" },
  hotfix_live: { "zh-CN": "超过 2 小时热修复仍未上线", en: "The hotfix was not live in 2 hours" },
} as const satisfies Record<string, Words>;

function missedNote(kind: keyof typeof deadlineWords, dueAt: Date): Note {
  return {
    type: "deadline.missed",
    text: deadlineWords[kind],
    facts: { deadline: kind, dueAt: dueAt.toISOString() },
  };
}

/** Gives a locked incident another level; its clocks follow from all levels that it has had. */
export async function setLevel(
  context: IncidentContext,
  sql: Sql,
  incident: IncidentRow,
  level: AlertLevel,
  note: Pick<Note, "by" | "text">,
  now: Date,
): Promise<IncidentRow> {
  await sayMissed(context, sql, incident.id, now);
  await clocks.addLevel(sql, incident.id, { at: now, level });
  const facts = { from: incident.level, to: level };
  const changed = await applyChange(
    context,
    sql,
    incident.id,
    { level },
    [{ ...note, type: "level.changed", facts }],
    now,
  );
  await context.on.levelChanged?.(sql, changed);
  return changed;
}

/** What is written late by others is still seen: each look goes back by so much. */
const overlapMs = 30_000;

/** Looks for orders that it affected since the last look; returns how many are new. */
export async function scanAffected(sql: Sql, incident: IncidentRow, now: Date): Promise<number> {
  if (incident.frozenAt !== null) return 0;
  const { id: incidentId, scope, drill, startedAt, scannedTo, healedAt } = incident;
  const from = new Date(Math.max(startedAt.getTime(), scannedTo.getTime() - overlapMs));
  const endMs = healedAt === null ? now.getTime() : Math.min(now.getTime(), healedAt.getTime() + overlapMs);
  const to = new Date(Math.max(endMs, from.getTime()));
  const added = await addAffected(sql, { incidentId, scope, from, to, drill });
  await setScannedTo(sql, incidentId, to);
  return added;
}

import type { Alert } from "@orderwatch/shared/ops/detection.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import {
  applyChange,
  type IncidentContext,
  type IncidentRow,
  lockIncident,
  type Note,
  scanAffected,
  setLevel,
} from "./change-actions.ts";
import * as clocks from "./deadlines-store.ts";
import { afterHealing, groupKey, isOpen, scopeOf } from "./domain.ts";
import * as store from "./store.ts";
import { readAffected } from "./views-actions.ts";

/** An open incident may end between looking for it and locking it; then the next try opens a new one. */
const tries = 5;

/**
 * An alert fires: it joins the open incident of its condition, or opens one. Returns the incident's id. Told twice of the
 * same alert, nothing changes. `run`: the drill that caused it on purpose, and so the incident that it opens; what it
 * caused and what is real never share one.
 */
export async function alertFired(
  context: IncidentContext,
  sql: Sql,
  alert: Alert,
  { run }: { run: string | null },
): Promise<string> {
  const known = await store.incidentOfAlert(sql, alert.id);
  if (known !== null) return known;
  const group = groupKey(alert.rule, alert.labels, run);
  for (let attempt = 0; attempt < tries; attempt++) {
    // Looked for first, since an insert that gives way would still use up an incident's number.
    const joined = await store.lockOpenOf(sql, group);
    if (joined) return await join(context, sql, joined, alert);
    const opened = await open(context, sql, alert, { group, run });
    if (opened) return opened;
  }
  throw new Error(`an alert of ${alert.rule} found its incident open and ended in turns`);
}

async function open(
  context: IncidentContext,
  sql: Sql,
  alert: Alert,
  { group, run }: { group: string; run: string | null },
): Promise<string | null> {
  const now = context.clock.now();
  const began = new Date(alert.conditionSince);
  const row = await store.insert(sql, {
    ...{
      id: context.newId(),
      level: alert.level,
      title: alert.title,
      rule: alert.rule,
      labels: alert.labels,
    },
    ...{ groupKey: group, runbook: alert.runbook, drill: run !== null, now },
    scope: scopeOf(alert.rule, alert.labels),
    startedAt: began < now ? began : now,
  });
  if (!row) return null;
  await clocks.addLevel(sql, row.id, { at: now, level: row.level });
  await store.joinAlert(sql, { alertId: alert.id, incidentId: row.id, now });
  const note = { ...alertNote("incident.opened", alert), text: alert.title };
  const incident = await applyChange(context, sql, row.id, {}, [note], now);
  await context.on.opened?.(sql, incident, run);
  return row.id;
}

async function join(
  context: IncidentContext,
  sql: Sql,
  incident: IncidentRow,
  alert: Alert,
): Promise<string> {
  const now = context.clock.now();
  await store.joinAlert(sql, { alertId: alert.id, incidentId: incident.id, now });
  const isBack = incident.state === "monitoring" && incident.healedAt !== null;
  await applyChange(
    context,
    sql,
    incident.id,
    { healedAt: null, ...(isBack ? { state: "mitigating" } : {}) },
    [{ ...alertNote("alert.joined", alert), text: alert.title }],
    now,
  );
  if (alert.level < incident.level) await setLevel(context, sql, incident, alert.level, {}, now);
  return incident.id;
}

function alertNote(type: string, alert: Alert): Note {
  const labels = Object.entries(alert.labels).map(([name, value]) => [`label.${name}`, value]);
  return {
    type,
    facts: { rule: alert.rule, ...alert.facts, ...Object.fromEntries(labels) },
    links: [{ kind: "alert", id: alert.id }],
  };
}

/** An alert is over. The last one of an incident that people work on moves it to monitoring; who resolves it is a person. */
export async function alertResolved(context: IncidentContext, sql: Sql, alert: Alert): Promise<void> {
  const id = await store.incidentOfAlert(sql, alert.id);
  if (id === null) return;
  const now = context.clock.now();
  const incident = await lockIncident(sql, id);
  const at = alert.resolvedAt === null ? now : new Date(alert.resolvedAt);
  const firing = await store.endAlert(sql, { alertId: alert.id, incidentId: id, at });
  if (firing === null || !isOpen(incident.state)) return;
  const note: Note = { type: "alert.resolved", text: alert.title, links: [{ kind: "alert", id: alert.id }] };
  const healedAt = firing === 0 ? at : null;
  const healed = await applyChange(context, sql, id, { healedAt }, [note], now);
  await settleHealed(context, sql, healed, now);
}

const healedWords: Words = {
  "zh-CN": "所有告警均已恢复，继续观察；确认后可解决",
  en: "All its alerts are over; it is watched, and can be resolved",
};
const resolvedWords: Words = {
  "zh-CN": "无人处理时已自行恢复，自动解决",
  en: "It healed before anybody touched it, and is resolved",
};

/** Moves a locked incident whose alerts are over, if it is time; true when it moved. */
export async function settleHealed(
  context: IncidentContext,
  sql: Sql,
  incident: IncidentRow,
  now: Date,
): Promise<boolean> {
  const { id, mitigatedAt, healedAt } = incident;
  const decide = (unsettled: number) => afterHealing({ ...incident, unsettled }, now);
  if (decide(0) === "wait") return false;
  if (decide(0) === "monitor") {
    const note = { type: "state.changed", text: healedWords, facts: { to: "monitoring" } };
    const change = { state: "monitoring", mitigatedAt: mitigatedAt ?? healedAt } as const;
    await applyChange(context, sql, id, change, [note], now);
    return true;
  }
  await scanAffected(sql, incident, now);
  if (decide((await readAffected(sql, incident)).unreconciled) === "wait") return false;
  const resolved = await applyChange(
    context,
    sql,
    id,
    { state: "resolved", mitigatedAt: mitigatedAt ?? healedAt, resolvedAt: now, frozenAt: now },
    [{ type: "state.changed", text: resolvedWords, facts: { to: "resolved" } }],
    now,
  );
  await context.on.ended?.(sql, resolved);
  return true;
}

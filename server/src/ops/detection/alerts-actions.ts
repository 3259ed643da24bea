import type { Alert, AlertsQuery } from "@orderwatch/shared/ops/detection.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { paymentNames } from "@orderwatch/shared/shop/payment-names.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";
import type { z } from "zod";
import type { Database, Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import * as store from "./alerts-store.ts";
import type { Change } from "./domain.ts";

/**
 * Who is told of alerts, in the transaction that writes them. `alertFired` answers the incident that the alert belongs
 * to, if any; it is called once for an alert that somebody has to know of, when nothing holds it back.
 */
export interface IncidentHooks {
  alertFired(sql: Sql, alert: Alert): Promise<string | null>;
  alertResolved(sql: Sql, alert: Alert): Promise<void>;
}

export interface AlertsContext {
  db: Database;
  newId: NewId;
  incidents: IncidentHooks | null;
}

export const toAlert = ({ endsAt: _, ...row }: store.AlertRow): Alert => ({
  ...row,
  conditionSince: row.conditionSince.toISOString(),
  firedAt: row.firedAt.toISOString(),
  lastTrueAt: row.lastTrueAt.toISOString(),
  resolvedAt: row.resolvedAt?.toISOString() ?? null,
});

const spoken: Record<string, Words> = paymentNames;

const fill = (text: string, labels: Alert["labels"], language: Language) =>
  text.replace(/\{(\w+)\}/g, (braced, name: string) => {
    const value = labels[name];
    return value === undefined ? braced : (spoken[value]?.[language] ?? value);
  });

/** A rule's title with its labels' values in place of `{label}`; a payment method goes by what people call it. */
export const titled = (title: Words, labels: Alert["labels"]): Words => ({
  "zh-CN": fill(title["zh-CN"], labels, "zh-CN"),
  en: fill(title.en, labels, "en"),
});

/** Writes what the evaluator decided, and tells incidents of it. May be repeated: what is written already stays. */
export async function saveChange(context: AlertsContext, change: Change, at: Date): Promise<void> {
  const { alert, rule } = change;
  if (change.type === "resolved") return await resolve(context, alert.key, at);
  if (change.type === "held") {
    await store.holdAlert(context.db.sql, alert.key, alert.heldBy);
    return;
  }
  if (change.type === "raised" || rule === null || alert.firedAt === null)
    return await raise(context, alert.key);
  const row: store.AlertRow = {
    id: context.newId(),
    ...{ key: alert.key, rule: rule.slug, ruleVersion: rule.version, level: rule.level },
    ...{ labels: alert.labels, title: titled(rule.title, alert.labels), facts: alert.facts },
    ...{ runbook: rule.runbook, state: "firing" as const, source: "rule" as const },
    conditionSince: new Date(alert.since),
    firedAt: new Date(alert.firedAt),
    lastTrueAt: new Date(alert.lastTrue),
    resolvedAt: null,
    incidentId: null,
    suppressedBy: alert.heldBy,
    endsAt: null,
  };
  await open(context, row);
}

/** Opens an alert and tells of it, unless it is held back. One that is held back already, and now is not, is raised. */
export async function open(context: AlertsContext, row: store.AlertRow): Promise<void> {
  await context.db.transaction(async (sql) => {
    if (await store.openAlert(sql, row)) {
      if (row.suppressedBy === null) await tell(context, sql, row);
      return;
    }
    if (row.suppressedBy !== null) return;
    const held = await store.holdAlert(sql, row.key, null);
    if (held) await tell(context, sql, held);
  });
}

export async function raise(context: AlertsContext, key: string): Promise<void> {
  await context.db.transaction(async (sql) => {
    const row = await store.holdAlert(sql, key, null);
    if (row) await tell(context, sql, row);
  });
}

export async function resolve(context: AlertsContext, key: string, at: Date): Promise<void> {
  await context.db.transaction(async (sql) => {
    const row = await store.closeAlert(sql, key, at);
    if (row && row.suppressedBy === null) await context.incidents?.alertResolved(sql, toAlert(row));
  });
}

async function tell({ incidents }: AlertsContext, sql: Sql, row: store.AlertRow): Promise<void> {
  const incidentId = await incidents?.alertFired(sql, toAlert(row));
  if (incidentId) await store.setIncident(sql, row.id, incidentId);
}

/** Newest first. Throws `request.invalid` for a cursor that is not ours. */
export async function listAlerts(
  { db }: Pick<AlertsContext, "db">,
  query: z.output<typeof AlertsQuery>,
): Promise<{ items: Alert[]; nextCursor: string | null }> {
  const { cursor, limit, ...filter } = query;
  const rows = await store.listAlerts(db.sql, { ...filter, before: idCursor(cursor), limit: limit + 1 });
  return { items: rows.slice(0, limit).map(toAlert), nextCursor: nextAfter(rows, limit) };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A list's cursor is the last id of the page before. */
export function idCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  if (uuid.test(cursor)) return cursor;
  throw new DomainError("request.invalid", "cursor: not one of ours", {
    errors: [{ path: "cursor", message: "not one of ours" }],
  });
}

export const nextAfter = (rows: readonly { id: string }[], limit: number): string | null =>
  rows.length > limit ? (rows[limit - 1]?.id ?? null) : null;

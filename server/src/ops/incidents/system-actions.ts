import type { AlertLevel } from "@orderwatch/shared/ops/detection.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import { applyChange, type IncidentContext } from "./change-actions.ts";
import * as clocks from "./deadlines-store.ts";
import { scopeOf } from "./domain.ts";
import * as store from "./store.ts";

/**
 * Opens an incident that no rule of detection speaks of, in the caller's transaction. While one of this key is open,
 * nothing changes: whoever is cut short may declare it again.
 */
export async function declareBySystem(
  context: IncidentContext,
  sql: Sql,
  given: { key: string; level: AlertLevel; title: Words; runbook: string | null },
): Promise<void> {
  const now = context.clock.now();
  if (await store.lockOpenOf(sql, given.key)) return;
  const row = await store.insert(sql, {
    ...{ id: context.newId(), level: given.level, title: given.title, rule: null, labels: {} },
    ...{ groupKey: given.key, runbook: given.runbook, drill: false, now, startedAt: now },
    scope: scopeOf(null, {}),
  });
  if (!row) return;
  await clocks.addLevel(sql, row.id, { at: now, level: row.level });
  const note = { type: "incident.opened", text: given.title };
  const incident = await applyChange(context, sql, row.id, {}, [note], now);
  await context.on.opened?.(sql, incident, null);
}

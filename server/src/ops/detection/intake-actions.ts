import { createHash } from "node:crypto";
import { type AlertLevel, type AlertmanagerAlert, runbookSlugs } from "@orderwatch/shared/ops/detection.ts";
import type { z } from "zod";
import type { Clock } from "../../platform/clock.ts";
import { type AlertsContext, open, resolve } from "./alerts-actions.ts";
import { heardAgain } from "./alerts-store.ts";
import { keyOf } from "./domain.ts";
import { listHolds } from "./rules-store.ts";
import { heldBy } from "./suppression-domain.ts";

export interface IntakeContext extends AlertsContext {
  clock: Clock;
}

type Sent = z.output<typeof AlertmanagerAlert>;

/** Alertmanager's own default: an alert without an end is over when it is not heard of for so long. */
const resolveAfterMs = 5 * 60_000;
const mostFacts = 20;

const severities: Readonly<Record<string, AlertLevel>> = {
  page: 1,
  critical: 1,
  emergency: 1,
  error: 2,
  high: 2,
  warning: 2,
  info: 3,
  low: 3,
  none: 3,
};

export function levelOf(labels: Sent["labels"]): AlertLevel {
  const { level, severity } = labels;
  if (level === "1" || level === "2" || level === "3") return level === "1" ? 1 : level === "2" ? 2 : 3;
  return severities[severity?.toLowerCase() ?? ""] ?? 2;
}

/** Keys stay short enough for an index, however many labels there are. */
function sentKey(labels: Sent["labels"]): string {
  const key = keyOf("alertmanager", labels);
  return key.length <= 500 ? key : `alertmanager,sha256=${createHash("sha256").update(key).digest("hex")}`;
}

/** Takes in what a Prometheus sent: each alert is opened, heard of again, or ended, by its labels. */
export async function receiveAlerts(context: IntakeContext, sent: readonly Sent[]): Promise<void> {
  const now = context.clock.now();
  const holds = await listHolds(context.db.sql, now);
  for (const alert of sent) {
    const key = sentKey(alert.labels);
    const endsAt =
      alert.endsAt === undefined || alert.endsAt.startsWith("0001-")
        ? new Date(now.getTime() + resolveAfterMs)
        : new Date(alert.endsAt);
    if (endsAt <= now) {
      await resolve(context, key, endsAt);
      continue;
    }
    const facts = factsOf(alert);
    if (await heardAgain(context.db.sql, { key, facts, lastTrueAt: now, endsAt })) continue;
    const { labels, annotations } = alert;
    const name = labels.alertname ?? "alert";
    const said = (annotations.summary ?? annotations.description ?? name).slice(0, 200);
    const since = alert.startsAt === undefined ? now : new Date(alert.startsAt);
    await open(context, {
      id: context.newId(),
      ...{ key, rule: "alertmanager", ruleVersion: null, level: levelOf(labels), labels },
      title: { "zh-CN": said, en: said },
      facts,
      runbook: runbookSlugs.find((slug) => slug === annotations.runbook || slug === labels.runbook) ?? null,
      ...{ state: "firing" as const, source: "alertmanager" as const },
      conditionSince: new Date(Math.min(since.getTime(), now.getTime())),
      ...{ firedAt: now, lastTrueAt: now, resolvedAt: null, incidentId: null },
      suppressedBy: heldBy({ rule: "alertmanager", labels }, holds, now),
      endsAt,
    });
  }
}

const factsOf = ({ annotations, generatorURL }: Sent) =>
  Object.fromEntries([
    ...Object.entries(annotations)
      .slice(0, mostFacts)
      .map(([name, value]) => [name, value.slice(0, 500)] as const),
    ...(generatorURL === undefined ? [] : [["generatorURL", generatorURL] as const]),
  ]);

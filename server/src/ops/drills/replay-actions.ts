import type { DrillSummary } from "@orderwatch/shared/ops/drills.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { audited } from "../audit/actions.ts";
import { readRules } from "../detection/rules-actions.ts";
import { readRunbooks } from "../runbooks/actions.ts";
import type { DrillContext } from "./context.ts";
import { problemsOf } from "./document.ts";
import { replayOf } from "./replay-domain.ts";
import { measureIncident } from "./replay-store.ts";
import type { ByStaff } from "./run-actions.ts";
import * as store from "./store.ts";
import { listDrills } from "./views-actions.ts";

/**
 * Makes a drill of a past incident: the shipped one that brings such an incident about, as strong and as long as it was
 * measured, with its crowd minute by minute. Throws `incident.not_found`, and `drill.conflict` for one that goes on, that no
 * fault of ours brings about, or of which no drill can be made with the rules as they are now.
 */
export async function replayIncident(
  context: DrillContext,
  by: ByStaff,
  incidentId: string,
): Promise<DrillSummary> {
  const { db, clock } = context;
  const past = await measureIncident(db.sql, incidentId);
  if (!past) throw new DomainError("incident.not_found", `No incident ${incidentId}`);
  const { startedAt, endedAt, failed, placed, placedHourBefore, ...incident } = past;
  if (!endedAt) throw new DomainError("drill.conflict", "This incident goes on still");
  const drill = replayOf(
    {
      ...incident,
      lastedS: (endedAt.getTime() - startedAt.getTime()) / 1_000,
      failedShare: placed === 0 ? 0 : Math.min(1, failed / placed),
      usualPerMinute: placedHourBefore / 60,
    },
    context.library,
  );
  if (!drill)
    throw new DomainError("drill.conflict", "No fault that can be injected brings about such an incident");
  const runbooks = await readRunbooks();
  const rules = new Map((await readRules(db.sql)).map((rule) => [rule.slug, rule]));
  const problems = problemsOf(drill, { rules, runbooks: new Set(runbooks.keys()) });
  if (problems.length > 0) throw new DomainError("drill.conflict", problems.join("; "));
  await audited(context, by, async ({ sql }) => {
    await store.saveReplay(sql, drill, clock.now());
    const facts = { incident: incidentId };
    return {
      result: undefined,
      note: { action: "drill.made", target: { kind: "drill", id: drill.slug }, facts },
    };
  });
  const made = (await listDrills(context, { id: by.staff.id, mayApprove: true })).items.find(
    (item) => item.drill.slug === drill.slug,
  );
  if (!made) throw new Error("a drill that was just saved is not listed");
  return made;
}

import type { ChangeDrillAction, DrillAction, NewDrillAction } from "@orderwatch/shared/ops/drills.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { z } from "zod";
import { type AuditContext, audited, type By } from "../audit/actions.ts";
import { addAction, setDone } from "./actions-store.ts";
import { readRun, staffMember } from "./store.ts";

/** Notes what is to follow from a run; audited. Throws `drill_run.not_found`, and `request.invalid` for an owner who is nobody. */
export async function addFollowUp(
  context: AuditContext,
  by: By,
  runId: string,
  { text, ownerId, dueOn }: z.output<typeof NewDrillAction>,
): Promise<DrillAction> {
  return await audited(context, by, async ({ sql }) => {
    if (!(await readRun(sql, runId))) throw new DomainError("drill_run.not_found", `No drill run ${runId}`);
    const owner = ownerId === undefined ? null : await staffMember(sql, ownerId);
    if (owner === undefined)
      throw new DomainError("request.invalid", "ownerId: nobody here has this id", {
        errors: [{ path: "ownerId", message: "nobody here has this id" }],
      });
    const action = { id: context.newId(), runId, text, owner, dueOn: dueOn ?? null };
    const result = await addAction(sql, action, context.clock.now());
    return { result, note: noteOf("drill.followUpAdded", runId, result) };
  });
}

const noteOf = (action: string, runId: string, { id, owner }: Pick<DrillAction, "id" | "owner">) => ({
  ...{ action, target: { kind: "drill_run", id: runId } },
  facts: { followUp: id, owner: owner?.id ?? null },
});

/** Marks it as done, or as open again; audited. Throws `drill_run.not_found` when that run has none of that id. */
export async function markFollowUp(
  context: AuditContext,
  by: By,
  { id: runId, actionId: id }: { id: string; actionId: string },
  { done }: z.output<typeof ChangeDrillAction>,
): Promise<DrillAction> {
  return await audited(context, by, async ({ sql }) => {
    const doneAt = done ? context.clock.now() : null;
    const result = await setDone(sql, { id, runId, doneAt });
    if (!result) throw new DomainError("drill_run.not_found", "This run has no such action");
    return { result, note: noteOf(done ? "drill.followUpDone" : "drill.followUpReopened", runId, result) };
  });
}

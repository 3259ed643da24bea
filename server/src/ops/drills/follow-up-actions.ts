import type { ChangeDrillAction, DrillAction, NewDrillAction } from "@orderwatch/shared/ops/drills.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { z } from "zod";
import { addAction, setDone } from "./actions-store.ts";
import type { DrillContext } from "./context.ts";
import { readRun, staffMember } from "./store.ts";

type Context = Pick<DrillContext, "db" | "clock" | "newId">;

/** Notes what is to follow from a run. Throws `drill_run.not_found`, and `request.invalid` for an owner who is nobody. */
export async function addFollowUp(
  { db, clock, newId }: Context,
  runId: string,
  { text, ownerId, dueOn }: z.output<typeof NewDrillAction>,
): Promise<DrillAction> {
  if (!(await readRun(db.sql, runId))) throw new DomainError("drill_run.not_found", `No drill run ${runId}`);
  const owner = ownerId === undefined ? null : await staffMember(db.sql, ownerId);
  if (owner === undefined)
    throw new DomainError("request.invalid", "ownerId: nobody here has this id", {
      errors: [{ path: "ownerId", message: "nobody here has this id" }],
    });
  return await addAction(db.sql, { id: newId(), runId, text, owner, dueOn: dueOn ?? null }, clock.now());
}

/** Marks it as done, or as open again. Throws `drill_run.not_found` when that run has none of that id. */
export async function markFollowUp(
  { db, clock }: Context,
  { id: runId, actionId: id }: { id: string; actionId: string },
  { done }: z.output<typeof ChangeDrillAction>,
): Promise<DrillAction> {
  const changed = await setDone(db.sql, { id, runId, doneAt: done ? clock.now() : null });
  if (!changed) throw new DomainError("drill_run.not_found", "This run has no such action");
  return changed;
}

import { may, type Role } from "@orderwatch/shared/ops/roles.ts";
import {
  type ActStep,
  type RunbookRun,
  type RunbookStep,
  type RunStep,
  runbookActions,
  StepInput,
} from "@orderwatch/shared/ops/runbooks.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { recordAudit } from "../audit/actions.ts";
import type { Person, RunbookContext } from "./context.ts";
import { planStep } from "./plan-actions.ts";
import { carryOut, note, revert } from "./progress-actions.ts";
import * as store from "./store.ts";
import { findRunbook, viewRun } from "./view-actions.ts";

export type { BuyersDoor, IncidentDoor, RunbookContext } from "./context.ts";
export { FigureBook } from "./figures.ts";
export { readRunbooks } from "./library.ts";
export { advanceDue } from "./progress-actions.ts";
export { viewRun } from "./view-actions.ts";

export interface ByRole {
  staff: Person & { role: Role };
  requestId?: string | undefined;
}

/** A deed that takes longer than this has lost its process; another one goes on with it. */
const claimMs = 30_000;
/** Figures of before and after are of this long at most. */
const windowS = 15;

const conflict = (detail: string) => new DomainError("runbook.conflict", detail);

/**
 * Executes a step of an incident's runbook, or takes back what it did. Throws `incident.not_found`, `runbook.not_found`,
 * `runbook.conflict` for one that was executed or an incident that has ended, `session.forbidden` where its action needs
 * more than running runbooks, and what `planStep` and the deed itself throw.
 */
export async function runStep(
  context: RunbookContext,
  by: ByRole,
  at: { incidentId: string; stepId: string; slug?: string | undefined },
  given: RunStep,
): Promise<RunbookRun> {
  const incident = await context.incidents.find(at.incidentId);
  const { runbook } = await findRunbook(context, incident, at.slug);
  const step = runbook.steps.find(({ id }) => id === at.stepId);
  if (!step) throw new DomainError("runbook.not_found", `${runbook.slug} has no step ${at.stepId}`);
  allow(by, step);
  const view = () => viewRun(context, incident.id, runbook.slug);
  if (given.revert) {
    await takeBack(context, by, incident.id, runbook.slug, step);
    return await view();
  }
  if (!incident.isOpen) throw conflict("This incident has ended");
  const answer = answerOf(step, given);
  const input = step.does === "act" ? inputOf(step, given) : given.input;
  const plan = step.does === "act" ? await planStep(context, step, input, incident) : null;
  const now = context.clock.now();
  const audience = context.figures.audienceOf(incident);
  const verify = step.does === "act" ? step.verify : undefined;
  const row: store.NewStep = {
    ...{ id: context.newId(), incidentId: incident.id, slug: runbook.slug, stepId: step.id },
    action: step.does === "act" ? step.action : null,
    state: plan ? "acting" : "done",
    ...{ byId: by.staff.id, byName: by.staff.name, at: now, answer, input },
    ...(plan
      ? {
          ...{ deed: plan.deed, undo: plan.undo, consequence: plan.consequence },
          claimedUntil: new Date(now.getTime() + claimMs),
        }
      : { endedAt: now }),
    ...(verify
      ? {
          figures: verify.figures,
          before: context.figures.latest(Math.min(windowS, verify.afterS), now, audience),
        }
      : {}),
  };
  await context.db.transaction(async (sql, within) => {
    const inner = { ...context, db: within };
    await store.openRun(within, { incidentId: incident.id, runbook, at: now });
    if (!(await store.addStep(within, row))) throw conflict("This step has been executed");
    await context.incidents.planStarted(sql, incident.id, now);
    await note(inner, incident.id, by.staff, plan ? "runbook.acting" : "runbook.step", {
      step,
      more: plan?.consequence ?? sayAnswer(step, answer),
    });
    await recordAudit(inner, by, {
      ...{ action: "runbook.stepExecuted", target: { kind: "incident", id: incident.id } },
      facts: { runbook: runbook.slug, step: step.id, ...(plan ? { deed: JSON.stringify(plan.deed) } : {}) },
    });
  });
  if (plan) await carryOut(context, row.id, verify?.afterS ?? null);
  return await view();
}

function allow(by: ByRole, step: RunbookStep): void {
  if (step.does !== "act" || may(by.staff.role, runbookActions[step.action])) return;
  throw new DomainError(
    "session.forbidden",
    `This needs ${runbookActions[step.action]}, which ${by.staff.role} has not`,
  );
}

function answerOf(
  step: RunbookStep,
  { answer = null }: { answer?: string | undefined | null },
): string | null {
  if (step.does !== "ask") return answer;
  if (answer === null) throw new DomainError("request.invalid", "answer: this step asks for one");
  if (step.answers && !step.answers.some(({ value }) => value === answer))
    throw new DomainError("request.invalid", "answer: not one of those that may be chosen");
  return answer;
}

/** As it is read in the timeline: one that was chosen by its label. */
function sayAnswer(step: RunbookStep, answer: string | null): Words | null {
  if (answer === null) return null;
  const chosen = step.does === "ask" ? step.answers?.find(({ value }) => value === answer) : undefined;
  return chosen?.label ?? { "zh-CN": answer, en: answer };
}

/** What the file fills in, unless the person chose otherwise. */
export function inputOf(step: ActStep, given: { input: StepInput }): StepInput {
  const { kind: _kind, ...filled } = step.with;
  return StepInput.parse({ ...filled, ...given.input });
}

async function takeBack(
  context: RunbookContext,
  by: ByRole,
  incidentId: string,
  slug: string,
  step: RunbookStep,
): Promise<void> {
  const rows = await store.listSteps(context.db, incidentId, slug);
  const row = rows.findLast(({ stepId }) => stepId === step.id);
  if (!row?.undo || (row.state !== "watching" && row.state !== "confirmed" && row.state !== "done"))
    throw conflict("There is nothing that could be taken back");
  const from = row.state;
  const outcome: Words = { "zh-CN": `由 ${by.staff.name} 撤回`, en: `taken back by ${by.staff.name}` };
  await context.db.transaction(async (_, within) => {
    const claimedUntil = new Date(context.clock.now().getTime() + claimMs);
    if (!(await store.moveStep(within, row.id, from, { state: "reverting", outcome, claimedUntil })))
      throw conflict("This step has just moved on");
    const inner = { ...context, db: within };
    await note(inner, incidentId, by.staff, "runbook.reverting", { step, more: outcome });
    await recordAudit(inner, by, {
      ...{ action: "runbook.stepTakenBack", target: { kind: "incident", id: incidentId } },
      facts: { runbook: slug, step: step.id },
    });
  });
  await revert(context, { ...row, state: "reverting", outcome });
}

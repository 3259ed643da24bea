import { type Runbook, type RunbookRun, StepInput, type StepRun } from "@orderwatch/shared/ops/runbooks.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { listThirdParties } from "../third-parties/actions.ts";
import type { RunbookContext, RunbookIncident } from "./context.ts";
import { standing, takenBackOf } from "./domain.ts";
import { listChoices } from "./plan-actions.ts";
import * as store from "./store.ts";

const figuresS = 15;

/** As it was when its first step was executed, else as its file says. Throws `runbook.not_found`. */
export async function findRunbook(
  context: RunbookContext,
  incident: RunbookIncident,
  wanted: string | undefined,
): Promise<{ runbook: Runbook; startedAt: Date | null }> {
  const slug = wanted ?? incident.runbook;
  if (slug === null) throw new DomainError("runbook.not_found", "This incident has no runbook; name one");
  const run = await store.findRun(context.db, incident.id, slug);
  if (run) return { runbook: run.snapshot, startedAt: run.startedAt };
  const runbook = context.library.get(slug);
  if (!runbook) throw new DomainError("runbook.not_found", `There is no runbook ${slug}`);
  return { runbook, startedAt: null };
}

/** An incident's runbook with what became of each step, and what those that are open would do now. */
export async function viewRun(
  context: RunbookContext,
  incidentId: string,
  slug?: string,
): Promise<RunbookRun> {
  const incident = await context.incidents.find(incidentId);
  const { runbook, startedAt } = await findRunbook(context, incident, slug);
  const rows = await store.listSteps(context.db, incidentId, runbook.slug);
  const parties = await listThirdParties(context);
  const { steps, ...head } = runbook;
  const views = steps.map(async (step) => {
    const row = rows.findLast(({ stepId }) => stepId === step.id) ?? null;
    const run = row && viewStep(row);
    if (step.does !== "act") return { step, run, choices: [], thirdParties: [] };
    const { kind, ...input } = step.with;
    const thirdParties =
      step.action === "call_third_party" ? parties.filter((party) => party.kind === kind) : [];
    const isOpen = incident.isOpen && (row === null || !standing(row.state));
    const about = { incident, parties: thirdParties };
    const choices = isOpen ? await listChoices(context, step, StepInput.parse(input), about) : [];
    return { step, run, choices, thirdParties };
  });
  const begun = await store.listRuns(context.db, incidentId);
  return {
    ...{ incidentId, startedAt: startedAt?.toISOString() ?? null, runbook: head },
    begun: begun.map(({ slug: name, title }) => ({ slug: name, title })),
    steps: await Promise.all(views),
    figures: context.figures.latest(figuresS, context.clock.now(), context.figures.audienceOf(incident)),
  };
}

function viewStep(row: store.StepRow): StepRun {
  return {
    ...{ state: row.state, by: row.byName, at: row.at.toISOString(), answer: row.answer, input: row.input },
    ...{ consequence: row.consequence, verdict: row.verdict, outcome: row.outcome },
    ...{ before: row.before, after: row.after },
    verifyAt: row.verifyAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    takenBack: row.deed === null ? null : takenBackOf(row.undo, row.figures !== null),
    revertible: row.undo !== null && ["watching", "confirmed", "done"].includes(row.state),
  };
}

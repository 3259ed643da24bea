import type { RunbookStep } from "@orderwatch/shared/ops/runbooks.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { recordAudit } from "../audit/actions.ts";
import type { Person, RunbookContext } from "./context.ts";
import { announceDeed, doDeed } from "./deed-actions.ts";
import { judge, sayOutcome, takenBackOf } from "./domain.ts";
import { sayRefusal } from "./refusal.ts";
import * as store from "./store.ts";

const claimMs = 30_000;
const secondMs = 1_000;

/** Adds to the incident's timeline what became of a step. */
export async function note(
  context: RunbookContext,
  incidentId: string,
  by: Person | null,
  type: string,
  { step, more }: { step: RunbookStep; more: Words | null },
): Promise<void> {
  const say = (language: keyof Words) =>
    more ? `${step.title[language]}：${more[language]}` : step.title[language];
  await context.incidents.note(context.db.sql, incidentId, {
    ...{ type, by, facts: { step: step.id } },
    text: { "zh-CN": say("zh-CN"), en: say("en").replace("：", ": ") },
  });
}

async function stepOf(context: RunbookContext, row: store.StepRow): Promise<RunbookStep> {
  const run = await store.findRun(context.db, row.incidentId, row.slug);
  const step = run?.snapshot.steps.find(({ id }) => id === row.stepId);
  if (!step) throw new Error(`step ${row.stepId} is not in the snapshot of its run`);
  return step;
}

const personOf = (row: store.StepRow): Person => ({ id: row.byId, name: row.byName });

/** Does what a row says, and moves it on in the same transaction. A deed that cannot be done ends as failed, and throws. */
export async function carryOut(context: RunbookContext, id: string, afterS: number | null): Promise<void> {
  const row = await store.findStep(context.db, id);
  if (!row?.deed || row.state !== "acting") return;
  const { deed } = row;
  const step = await stepOf(context, row);
  const by = personOf(row);
  const about = { incidentId: row.incidentId, answer: row.answer };
  try {
    // Commanding a node is a call outward, which no transaction may wait for; it is done again if its row does not move.
    if (deed.kind === "node") await doDeed(context, by, deed, about);
    await context.db.transaction(async (_, within) => {
      const inner = { ...context, db: within };
      const now = context.clock.now();
      const change =
        afterS === null
          ? { state: "done" as const, endedAt: now }
          : { state: "watching" as const, verifyAt: new Date(now.getTime() + afterS * secondMs) };
      if (!(await store.moveStep(within, id, "acting", change))) return;
      if (deed.kind !== "node") await doDeed(inner, by, deed, about);
      await note(inner, row.incidentId, by, "runbook.acted", { step, more: null });
    });
    announceDeed(context, deed);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const why = sayRefusal(error);
    const outcome = { "zh-CN": `未能执行：${why["zh-CN"]}`, en: `could not be done: ${why.en}` };
    await context.db.transaction(async (_, within) => {
      const change = { state: "failed" as const, endedAt: context.clock.now(), outcome };
      if (!(await store.moveStep(within, id, "acting", change))) return;
      await note({ ...context, db: within }, row.incidentId, by, "runbook.failed", { step, more: outcome });
    });
    throw error;
  }
}

/** Takes back what a row did; a row that somebody moved on meanwhile is left alone. */
export async function revert(context: RunbookContext, row: store.StepRow): Promise<void> {
  const { undo } = row;
  if (!undo) return;
  const step = await stepOf(context, row);
  const by = personOf(row);
  const about = { incidentId: row.incidentId, answer: null };
  if (undo.kind === "node") await doDeed(context, by, undo, about);
  await context.db.transaction(async (_, within) => {
    const inner = { ...context, db: within };
    const change = { state: "reverted" as const, endedAt: context.clock.now() };
    if (!(await store.moveStep(within, row.id, "reverting", change))) return;
    if (undo.kind !== "node") await doDeed(inner, by, undo, about);
    await note(inner, row.incidentId, null, "runbook.reverted", { step, more: row.outcome });
    await recordAudit(
      inner,
      { staff: null },
      {
        ...{ action: "runbook.stepReverted", target: { kind: "incident", id: row.incidentId } },
        facts: { runbook: row.slug, step: row.stepId, undo: JSON.stringify(undo) },
      },
    );
  });
  announceDeed(context, undo);
}

/** Whether what a row did stays, by the figures of now. */
async function verify(context: RunbookContext, row: store.StepRow, now: Date): Promise<void> {
  const { before, figures } = row;
  if (!before || !figures) return;
  const after = context.figures.window(before.windowS, now, before.audience);
  if (!after) {
    await store.postpone(context.db, row.id, new Date(now.getTime() + before.windowS * secondMs));
    return;
  }
  const judgement = judge(figures, before, after);
  const outcome = sayOutcome(judgement, before, after, takenBackOf(row.undo, true));
  const step = await stepOf(context, row);
  const goesBack = judgement.verdict === "worse" && row.undo !== null;
  const known = { after, outcome, verdict: judgement.verdict };
  const moved = await context.db.transaction(async (_, within) => {
    const change = goesBack
      ? { ...known, state: "reverting" as const, claimedUntil: new Date(now.getTime() + claimMs) }
      : { ...known, state: "confirmed" as const, endedAt: now };
    const movedRow = await store.moveStep(within, row.id, "watching", change);
    const type = goesBack ? "runbook.reverting" : "runbook.confirmed";
    if (movedRow) await note({ ...context, db: within }, row.incidentId, null, type, { step, more: outcome });
    return movedRow;
  });
  if (moved && goesBack) await revert(context, moved);
}

/** One pass over what moves: judges what is due, and goes on with what a process left behind. */
export async function advanceDue(context: RunbookContext, now: Date): Promise<void> {
  const attempt = async (row: store.StepRow, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      context.log.warn({ err: error, step: row.stepId, incident: row.incidentId }, "a runbook's step waits");
    }
  };
  for (const row of await store.listToJudge(context.db, now))
    await attempt(row, () => verify(context, row, now));
  for (const row of await store.claimDue(context.db, now, new Date(now.getTime() + claimMs)))
    await attempt(row, async () => {
      if (row.state === "reverting") return await revert(context, row);
      const step = await stepOf(context, row);
      await carryOut(context, row.id, step.does === "act" ? (step.verify?.afterS ?? null) : null);
    });
}

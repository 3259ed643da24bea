import type { Escalation, Target } from "@orderwatch/shared/ops/oncall.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import { loadPlans, namesOf, type OnCallContext } from "./actions.ts";
import { onDuty } from "./domain.ts";
import { type Cause, following, lapsesAt, type Position, takeTurn } from "./escalation-domain.ts";
import type { EscalationRow } from "./escalation-store.ts";
import * as escalations from "./escalation-store.ts";
import { readPolicyOf } from "./policy-store.ts";
import * as store from "./store.ts";
import { emptyNote, exhaustedNote, lapsedNote, lastResortText, pagedNote, pageText } from "./wording.ts";

const dueAtOnce = 200;
/** So many escalations are moved at a time; each has a connection of its own. */
const workers = 3;
const openAtOnce = 2_000;
/** What is this late is not merely waiting for its turn. */
const stalledMs = 10_000;
const firstPosition: Position = { step: 0, round: 0 };
/** Without a policy there is nothing to wait for: the last resort is all that there is. */
const noPolicy = { name: "-", steps: [], repeats: 0, autoUnackSeconds: null };

/**
 * Pages the first people of the level's policy, within the caller's transaction. An incident that is being escalated goes
 * on as it is; one that had stopped begins again.
 */
export async function startEscalation(
  context: OnCallContext,
  sql: Sql,
  incident: { incidentId: string; level: number; title: Words; at: Date },
): Promise<void> {
  const policy = (await readPolicyOf(sql, incident.level)) ?? noPolicy;
  const row = await escalations.insertEscalation(sql, {
    ...{ id: context.newId(), incidentId: incident.incidentId, level: incident.level },
    ...{ title: incident.title, policy: snapshotOf(policy), startedAt: incident.at },
  });
  if (row) await page(context, sql, row, { position: firstPosition, cause: "started" }, incident.at);
}

/** Somebody has the incident: nobody else is paged until that lapses. */
export async function acknowledged(
  context: Pick<OnCallContext, "clock" | "pager">,
  sql: Sql,
  incidentId: string,
  by: { id: string; name: string },
): Promise<void> {
  const row = await escalations.lockEscalation(sql, incidentId);
  if (!row || row.state === "stopped") return;
  const nextAt = lapsesAt(row.policy, context.clock.now());
  await escalations.acknowledge(sql, row.id, { by: by.name, nextAt });
  await context.pager.acknowledged(sql, incidentId);
}

/** The incident has ended, one way or the other. */
export async function stopEscalation(sql: Sql, incidentId: string): Promise<void> {
  await escalations.stop(sql, incidentId);
}

/** Another level goes by its own policy, from that one's first step; who has acknowledged keeps it. */
export async function changeLevel(
  context: OnCallContext,
  sql: Sql,
  incident: { incidentId: string; level: number; at: Date },
): Promise<void> {
  const row = await escalations.lockEscalation(sql, incident.incidentId);
  if (!row || row.state === "stopped" || row.level === incident.level) return;
  const policy = snapshotOf((await readPolicyOf(sql, incident.level)) ?? noPolicy);
  await escalations.changePolicy(sql, row.id, { level: incident.level, policy });
  if (row.state === "acknowledged") return;
  const changed = { ...row, level: incident.level, policy };
  await page(context, sql, changed, { position: firstPosition, cause: "level_changed" }, incident.at);
}

/**
 * Does all that is due: first notes which pages reached nobody, then takes the next steps. Each step is one transaction that
 * holds its row, so that it happens once however many do this. The number of steps taken.
 */
export async function advanceDue(context: OnCallContext, now: Date): Promise<number> {
  await closeOpenPages(context, now);
  let done = 0;
  for (;;) {
    const due = await escalations.listDue(context.db.sql, now, dueAtOnce);
    const waiting = [...due];
    const taken = await Promise.all(
      Array.from({ length: workers }, async () => {
        let mine = 0;
        for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
          if (await advance(context, id, now)) mine++;
        return mine;
      }),
    );
    const sum = taken.reduce((a, b) => a + b, 0);
    done += sum;
    // What another process holds stays due, and is its own to do.
    if (due.length < dueAtOnce || sum === 0) return done;
  }
}

async function advance(context: OnCallContext, id: string, now: Date): Promise<boolean> {
  return await context.db.transaction(async (sql) => {
    const row = await escalations.claimDue(sql, id, now);
    if (!row) return false;
    await faultPoint("escalation.claimed");
    if (row.state === "acknowledged") return await lapse(context, sql, row, now);
    const failure = await escalations.readFailure(sql, row.id, row.turn);
    const cause = failure === null ? "not_acknowledged" : "unreachable";
    await page(context, sql, row, { position: following(row.policy, row), cause, reason: failure }, now);
    return true;
  });
}

async function lapse(context: OnCallContext, sql: Sql, row: EscalationRow, now: Date): Promise<boolean> {
  if (await context.isWorkedOn(sql, row.incidentId)) {
    await escalations.postpone(sql, row.id, lapsesAt(row.policy, now));
    return true;
  }
  await context.timeline(sql, row.incidentId, {
    ...{ type: "escalation.lapsed", by: null, text: lapsedNote(row.acknowledgedBy ?? "-"), facts: {} },
  });
  await page(context, sql, row, { position: firstPosition, cause: "acknowledgement_lapsed" }, now);
  return true;
}

/** Takes one turn: finds who is next, moves the row, pages them and says so in the timeline. */
async function page(
  context: OnCallContext,
  sql: Sql,
  row: EscalationRow,
  why: { position: Position | null; cause: Cause; reason?: string | null },
  now: Date,
): Promise<void> {
  const plans = await loadPlans(sql, now, new Date(now.getTime() + 1));
  const whoIs = (target: Target) => {
    if (target.kind === "person") return target.userId;
    const plan = plans.get(target.rotaId)?.plan;
    return plan ? onDuty(plan, now) : null;
  };
  const turn = takeTurn(row.policy, why.position, whoIs, now);
  const admins = turn.kind === "page" ? [] : (await store.readAdmins(sql)).map(({ id }) => id);
  const known = new Set(
    (await store.readPeople(sql, turn.kind === "page" ? turn.people : admins)).map(({ id }) => id),
  );
  const people = (turn.kind === "page" ? turn.people : admins).filter((id) => known.has(id));
  const to =
    turn.kind === "page"
      ? // Somebody whose account is gone cannot acknowledge either, so nobody waits for them.
        { ...turn.position, state: "paging" as const, nextAt: people.length > 0 ? turn.nextAt : now }
      : { ...row, state: "exhausted" as const, nextAt: null };
  if (!(await escalations.moveOn(sql, row, { ...to, step: to.step, round: to.round })))
    throw new Error("an escalation moved although its row was held");
  await faultPoint("escalation.moved");

  const text = turn.kind === "page" ? pageText(row.level, why.cause) : lastResortText(row.level);
  for (const userId of people) {
    const notificationId = await context.pager.page(sql, {
      ...{ to: userId, incidentId: row.incidentId, kind: "page", title: row.title, text },
      ...{ link: `/incidents/${row.incidentId}`, urgent: row.level === 1 },
      key: `escalation:${row.id}:${row.turn + 1}:${userId}`,
    });
    await escalations.insertPage(sql, row.id, {
      ...{ notificationId, turn: row.turn + 1, step: to.step, round: to.round, userId, at: now },
    });
  }
  await faultPoint("escalation.paged");
  await tell(context, sql, row, { ...why, empty: turn.empty, people, isLast: turn.kind === "exhausted" });
}

async function tell(
  context: OnCallContext,
  sql: Sql,
  row: EscalationRow,
  done: {
    cause: Cause;
    reason?: string | null;
    empty: readonly Position[];
    people: string[];
    isLast: boolean;
  },
): Promise<void> {
  const name = await namesOf(sql, done.people);
  const names = done.people.map(name);
  const reason = done.reason ?? null;
  const facts = { cause: done.cause, people: done.people.join(" "), ...(reason === null ? {} : { reason }) };
  const add = (type: string, text: Words) =>
    context.timeline(sql, row.incidentId, { type, by: null, text, facts });
  if (done.empty.length > 0)
    await add("escalation.step_empty", emptyNote(done.empty.map(({ step }) => step + 1)));
  if (done.isLast) await add("escalation.exhausted", exhaustedNote(names));
  else await add("escalation.paged", pagedNote(names, done.cause, reason));
}

/** Where nobody of a turn could be reached, the next one is due now. */
async function closeOpenPages({ db, pager }: OnCallContext, now: Date): Promise<void> {
  for (let after = "00000000-0000-0000-0000-000000000000"; ; ) {
    const open = await escalations.listOpenPages(db.sql, after, openAtOnce);
    const outcomes = await pager.outcomeOf(db.sql, open);
    const ends = [...outcomes].flatMap(([id, { state, reason }]) =>
      state === "pending" ? [] : [{ id, state, reason }],
    );
    if (ends.length > 0) {
      await faultPoint("escalation.asked");
      await db.transaction(async (sql) => {
        const failed = await escalations.closePages(sql, ends);
        await faultPoint("escalation.noted");
        if (failed.length > 0) await escalations.hasten(sql, failed, now);
      });
    }
    const last = open.at(-1);
    if (open.length < openAtOnce || last === undefined) return;
    after = last;
  }
}

/** Escalations whose next step should have been taken long ago, in words for the auditor. */
export async function findStalled({ db }: Pick<OnCallContext, "db">, now: Date): Promise<string[]> {
  const since = new Date(now.getTime() - stalledMs);
  const ids = await escalations.listDue(db.sql, since, dueAtOnce);
  return ids.map((id) => `escalation ${id} does not move`);
}

/** Who was paged for an incident, and what is next. Throws `escalation.not_found`. */
export async function readEscalation({ db }: OnCallContext, incidentId: string): Promise<Escalation> {
  const row = await escalations.readEscalation(db.sql, incidentId);
  if (!row) throw new DomainError("escalation.not_found", "Nobody was paged for this incident");
  const pages = await escalations.readPages(db.sql, row.id);
  const name = await namesOf(
    db.sql,
    pages.map(({ userId }) => userId),
  );
  return {
    ...{ incidentId, state: row.state, policy: row.policy.name, acknowledgedBy: row.acknowledgedBy },
    ...{ step: row.step, steps: row.policy.steps.length },
    ...{ round: row.round, rounds: row.policy.repeats + 1 },
    nextAt: row.nextAt?.toISOString() ?? null,
    startedAt: row.startedAt.toISOString(),
    pages: pages.map(({ userId, at, turn: _, ...page }) => ({
      ...page,
      person: { id: userId, name: name(userId) },
      at: at.toISOString(),
    })),
  };
}

const snapshotOf = ({ name, steps, repeats, autoUnackSeconds }: EscalationRow["policy"]) => ({
  ...{ name, steps, repeats, autoUnackSeconds },
});

import type { Readiness, TestPage } from "@orderwatch/shared/ops/oncall.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import { audited } from "../audit/actions.ts";
import { type ByStaff, loadPlans, namesOf, type OnCallContext, requireStaff } from "./actions.ts";
import { onDuty, schedule } from "./domain.ts";
import { readPolicies } from "./policy-store.ts";
import * as store from "./store.ts";
import { handsOver, takesOver, testPage } from "./wording.ts";

const weekMs = 7 * 86_400_000;
const levels = [1, 2, 3];

/**
 * Tells who comes and who goes, where a rota has another person on duty than the one who was told last. The row that says who
 * that is changes in the same transaction, so that each is told once, also after a time in which nobody looked.
 */
export async function handOver(context: OnCallContext, now: Date): Promise<void> {
  const plans = await loadPlans(context.db.sql, now, new Date(now.getTime() + 1));
  for (const { row, plan } of plans.values()) {
    const to = onDuty(plan, now);
    if (to === row.handedTo) continue;
    await context.db.transaction(async (sql) => {
      const change = { id: row.id, from: row.handedTo, to, version: row.version };
      if (!(await store.handRota(sql, change)) || !row.handoffNotices) return;
      const people = [to, row.handedTo].filter((id) => id !== null);
      const known = new Map((await store.readPeople(sql, people)).map(({ id, name }) => [id, name]));
      const tell = async (id: string | null, words: ReturnType<typeof takesOver>) => {
        if (id === null || !known.has(id)) return;
        const key = `handoff:${row.id}:${now.toISOString()}:${id}`;
        await context.pager.page(sql, {
          to: id,
          kind: "notice",
          ...words,
          link: "/on-call",
          key,
          urgent: false,
        });
      };
      await tell(to, takesOver(row.name));
      await tell(row.handedTo, handsOver(row.name, to === null ? null : (known.get(to) ?? to)));
    });
  }
}

/**
 * Pages everybody who is on duty in any rota, and where nobody is, the admins: for what is no incident and must not be
 * overlooked, or with `notice` for what they should know of. Within the caller's transaction; the same key pages nobody
 * twice. Whom it pages.
 */
export async function pageDuty(
  { clock, pager }: Pick<OnCallContext, "clock" | "pager">,
  sql: Sql,
  {
    kind = "page",
    ...page
  }: { kind?: "page" | "notice"; title: Words; text: Words; link: string; key: string },
): Promise<string[]> {
  const now = clock.now();
  const plans = await loadPlans(sql, now, new Date(now.getTime() + 1));
  const onDutyNow = [...plans.values()].map(({ plan }) => onDuty(plan, now)).filter((id) => id !== null);
  const people = onDutyNow.length > 0 ? onDutyNow : (await store.readAdmins(sql)).map(({ id }) => id);
  const paged = [...new Set(people)];
  for (const to of paged)
    await pager.page(sql, { ...page, to, kind, key: `${page.key}:${to}`, urgent: false });
  return paged;
}

/** Tells everybody who has one of these roles, on duty or not. Within the caller's transaction; the same key tells once. */
export async function tellRoles(
  { pager }: Pick<OnCallContext, "pager">,
  sql: Sql,
  roles: readonly string[],
  page: { title: Words; text: Words; link: string; key: string },
): Promise<void> {
  for (const { id: to } of await store.readWithRoles(sql, roles))
    await pager.page(sql, { ...page, to, kind: "notice", key: `${page.key}:${to}`, urgent: false });
}

/** The names of those who are on duty now, each once. */
export async function namesOnDuty({ db, clock }: Pick<OnCallContext, "db" | "clock">): Promise<string[]> {
  const now = clock.now();
  const plans = await loadPlans(db.sql, now, new Date(now.getTime() + 1));
  const ids = [...plans.values()].map(({ plan }) => onDuty(plan, now)).filter((id) => id !== null);
  const name = await namesOf(db.sql, ids);
  return [...new Set(ids.map(name))];
}

/** Who could not be reached besides in the console, and when nobody would be on duty, within the next week. */
export async function readReadiness({ db, clock }: OnCallContext): Promise<Readiness> {
  const now = clock.now();
  const until = new Date(now.getTime() + weekMs);
  const plans = [...(await loadPlans(db.sql, now, until)).values()];
  const policies = await readPolicies(db.sql);
  const problems: Readiness["problems"] = [];

  const duties = plans.map(({ row, plan }) => ({ row, shifts: schedule(plan, now, until) }));
  for (const { row, shifts } of duties) {
    const where = { rotaId: row.id, rota: row.name };
    if (shifts.every(({ userId }) => userId === null)) problems.push({ kind: "nobody_on_duty", ...where });
    else
      for (const { userId, fromMs, untilMs } of shifts)
        if (userId === null)
          problems.push({
            ...{ kind: "gap" as const, ...where },
            ...{ from: new Date(fromMs).toISOString(), until: new Date(untilMs).toISOString() },
          });
  }
  const served = new Set(policies.flatMap((policy) => policy.levels));
  for (const level of levels) if (!served.has(level)) problems.push({ kind: "level_without_policy", level });

  const people = new Set([
    ...plans.flatMap(({ row }) => row.layers.flatMap((layer) => layer.people)),
    ...duties.flatMap(({ shifts }) => shifts.map(({ userId }) => userId)).filter((id) => id !== null),
    ...policies.flatMap(({ steps }) =>
      steps.flatMap(({ targets }) =>
        targets.flatMap((target) => (target.kind === "person" ? [target.userId] : [])),
      ),
    ),
  ]);
  const known = new Map((await store.readPeople(db.sql, [...people])).map((person) => [person.id, person]));
  const points = await store.countContactPoints(db.sql, [...people]);
  for (const id of people) {
    const person = { id, name: known.get(id)?.name ?? id };
    const counts = points.get(id) ?? { all: 0, verified: 0 };
    if (!known.has(id)) problems.push({ kind: "person_gone", person });
    else if (counts.all === 0) problems.push({ kind: "no_contact_point", person });
    else if (counts.verified === 0) problems.push({ kind: "unverified", person });
  }
  return { checkedAt: now.toISOString(), ready: problems.length === 0, problems };
}

/** Pages somebody as an incident would. Throws `request.invalid` for somebody who is no staff. */
export async function sendTestPage(context: OnCallContext, by: ByStaff, userId: string): Promise<TestPage> {
  return await audited(context, by, async (within) => {
    await requireStaff(within.sql, [{ path: "userId", id: userId }]);
    const name = await namesOf(within.sql, [userId]);
    const key = `test:${context.newId()}`;
    const page = { to: userId, kind: "test" as const, ...testPage, link: "/on-call", key, urgent: true };
    const id = await context.pager.page(within.sql, page);
    return {
      result: { id, state: "pending" as const, reason: null },
      note: {
        ...{ action: "page.tested", target: { kind: "staff", id: userId } },
        facts: { name: name(userId), notification: id },
      },
    };
  });
}

/** What became of a test page. Throws `page.not_found`. */
export async function readTestPage({ db, pager }: OnCallContext, id: string): Promise<TestPage> {
  const outcome = (await pager.outcomeOf(db.sql, [id])).get(id);
  if (!outcome) throw new DomainError("page.not_found", "There is no such page");
  return { id, ...outcome };
}

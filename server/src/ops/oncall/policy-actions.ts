import type { NewPolicy, Policy, PolicyChange } from "@orderwatch/shared/ops/oncall.ts";
import { firstNames } from "@orderwatch/shared/ops/oncall-names.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { z } from "zod";
import type { Sql } from "../../platform/db.ts";
import { audited, type By, recordAudit } from "../audit/actions.ts";
import { type OnCallContext, requireStaff } from "./actions.ts";
import type { PolicyRow } from "./policy-store.ts";
import * as policies from "./policy-store.ts";
import * as store from "./store.ts";
import { addDays, dayAt, mondayOf } from "./wall-clock.ts";

const notFound = () => new DomainError("policy.not_found", "There is no such escalation policy");

export async function listPolicies({ db }: OnCallContext): Promise<{ items: Policy[]; nextCursor: null }> {
  return { items: (await policies.readPolicies(db.sql)).map(toPolicy), nextCursor: null };
}

/** Throws `request.invalid` for a rota or a person that is not there. */
export async function createPolicy(context: OnCallContext, by: By, policy: NewPolicy): Promise<Policy> {
  return await audited(context, by, async (within) => {
    await requireTargets(within.sql, policy);
    const id = context.newId();
    await policies.insertPolicy(within.sql, id, policy, context.clock.now());
    return { result: await read(within.sql, id), note: noteOf("policy.created", id, policy) };
  });
}

/** Throws `policy.not_found`, `policy.changed`, and `request.invalid` for a rota or a person that is not there. */
export async function changePolicy(
  context: OnCallContext,
  by: By,
  id: string,
  change: z.output<typeof PolicyChange>,
): Promise<Policy> {
  return await audited(context, by, async (within) => {
    await requireTargets(within.sql, change);
    const isChanged = await policies.updatePolicy(within.sql, id, change, context.clock.now());
    const current = await read(within.sql, id);
    if (!isChanged) throw new DomainError("policy.changed", `It has version ${current.version} by now`);
    if (change.levels) await policies.giveLevels(within.sql, id, change.levels);
    return { result: await read(within.sql, id), note: noteOf("policy.changed", id, change) };
  });
}

/** Throws `policy.not_found` and `policy.in_use`. */
export async function deletePolicy(context: OnCallContext, by: By, id: string): Promise<void> {
  await audited(context, by, async (within) => {
    const current = await read(within.sql, id);
    if (!(await policies.removePolicy(within.sql, id)))
      throw new DomainError("policy.in_use", "It serves a level; give that to another policy first");
    return { result: undefined, note: noteOf("policy.deleted", id, current) };
  });
}

/** The console's first rota and policies: whoever was the first admin is on duty, and each level has its pace. */
export async function createFirst(context: OnCallContext): Promise<void> {
  await context.db.transaction(async (sql, within) => {
    await policies.lockFirst(sql);
    if ((await policies.readPolicies(sql)).length > 0) return;
    const [admin] = await store.readAdmins(sql);
    if (!admin) return;
    const now = context.clock.now();
    const [timeZone, rotaId] = ["Asia/Shanghai", context.newId()];
    await store.insertRota(
      sql,
      rotaId,
      {
        ...{ name: firstNames.rota, timeZone, holidays: [], handoffNotices: true },
        layers: [
          {
            ...{
              name: firstNames.layer,
              people: [admin.id],
              endsOn: null,
              restrictions: [],
              onHolidays: "as_usual",
            },
            rotation: { unit: "week", count: 1, handoffAt: "09:00" },
            // A week early, so that it covers this Monday before the handoff as well.
            startsOn: addDays(mondayOf(dayAt(timeZone, now.getTime())), -7),
          },
        ],
      },
      { handedTo: admin.id, at: now },
    );
    for (const { level, ...policy } of firstPolicies(rotaId)) {
      const id = context.newId();
      await policies.insertPolicy(sql, id, policy, now);
      await policies.giveLevels(sql, id, [level]);
    }
    await recordAudit(
      { ...context, db: within },
      { staff: null },
      { action: "rota.created", target: { kind: "rota", id: rotaId }, facts: { first: true } },
    );
  });
}

function firstPolicies(rotaId: string): (NewPolicy & { level: number })[] {
  const pace = (
    level: number,
    ackTimeoutSeconds: number,
    repeats: number,
    autoUnackSeconds: number | null,
  ) => ({
    ...{ level, name: firstNames.policy(level), repeats, autoUnackSeconds },
    steps: [{ targets: [{ kind: "rota" as const, rotaId }], ackTimeoutSeconds }],
  });
  return [pace(1, 60, 9, 900), pace(2, 300, 5, 1_800), pace(3, 900, 2, null)];
}

async function read(sql: Sql, id: string): Promise<Policy> {
  const row = await policies.readPolicy(sql, id);
  if (!row) throw notFound();
  return toPolicy(row);
}

async function requireTargets(sql: Sql, { steps }: Pick<NewPolicy, "steps">): Promise<void> {
  const targets = steps.flatMap((step, index) =>
    step.targets.map((target, at) => ({ target, path: `steps.${index}.targets.${at}` })),
  );
  await requireStaff(
    sql,
    targets.flatMap(({ target, path }) =>
      target.kind === "person" ? [{ path: `${path}.userId`, id: target.userId }] : [],
    ),
  );
  const wanted = targets.flatMap(({ target, path }) =>
    target.kind === "rota" ? [{ path: `${path}.rotaId`, id: target.rotaId }] : [],
  );
  const there = new Set(
    await store.holdRotas(
      sql,
      wanted.map(({ id }) => id),
    ),
  );
  const errors = wanted
    .filter(({ id }) => !there.has(id))
    .map(({ path }) => ({ path, message: "is no rota" }));
  if (errors[0]) throw new DomainError("request.invalid", `${errors[0].path}: is no rota`, { errors });
}

const noteOf = (action: string, id: string, policy: NewPolicy) => ({
  action,
  target: { kind: "escalation_policy", id },
  facts: { name: policy.name, steps: policy.steps.length, repeats: policy.repeats },
});

function toPolicy({ updatedAt, ...row }: PolicyRow): Policy {
  return { ...row, updatedAt: updatedAt.toISOString() };
}

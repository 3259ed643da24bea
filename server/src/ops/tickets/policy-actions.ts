import type {
  ChangeSupportPolicy,
  NewSupportPolicy,
  SupportPolicy,
} from "@orderwatch/shared/ops/ticket-team.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import { type AuditContext, recordAudit } from "../audit/actions.ts";
import type { ByPerson } from "./assign-actions.ts";
import { problemOfCalendar } from "./calendar-domain.ts";
import * as store from "./policy-store.ts";

const invalid = (path: string, message: string) =>
  new DomainError("request.invalid", `${path}: ${message}`, { errors: [{ path, message }] });
const needed = () => new DomainError("support_policy.needed", "One policy serves all other causes");

export async function listSupportPolicies({
  db,
}: Pick<AuditContext, "db">): Promise<{ items: SupportPolicy[]; nextCursor: null }> {
  return { items: await store.listPolicies(db.sql), nextCursor: null };
}

/** Adds a policy for some causes; audited. Throws `request.invalid`. */
export async function createSupportPolicy(
  context: AuditContext,
  by: ByPerson,
  given: NewSupportPolicy,
): Promise<SupportPolicy> {
  return await context.db.transaction(async (sql, within) => {
    const id = context.newId();
    await requireSound(sql, id, given);
    if (given.causes === null) throw invalid("causes", "one policy serves all other causes already");
    const policy = await store.insertPolicy(sql, { id, ...given }, context.clock.now());
    await audit({ ...context, db: within }, by, "supportPolicy.created", policy);
    return policy;
  });
}

/**
 * Writes a policy anew; audited. Throws `support_policy.not_found`, `support_policy.changed` where somebody was faster,
 * `support_policy.needed` for causes of the one that serves all others, and `request.invalid`.
 */
export async function changeSupportPolicy(
  context: AuditContext,
  by: ByPerson,
  id: string,
  { revision, ...given }: ChangeSupportPolicy,
): Promise<SupportPolicy> {
  return await context.db.transaction(async (sql, within) => {
    const known = await requirePolicy(sql, id);
    if ((known.causes === null) !== (given.causes === null)) throw needed();
    await requireSound(sql, id, given);
    const policy = await store.changePolicy(sql, { id, ...given }, revision, context.clock.now());
    if (!policy) throw new DomainError("support_policy.changed", "Somebody changed it meanwhile");
    await audit({ ...context, db: within }, by, "supportPolicy.changed", policy);
    return policy;
  });
}

/** Removes a policy; audited. Throws `support_policy.not_found`, and `support_policy.needed` for the one that serves all others. */
export async function deleteSupportPolicy(context: AuditContext, by: ByPerson, id: string): Promise<void> {
  await context.db.transaction(async (sql, within) => {
    const known = await requirePolicy(sql, id);
    if (known.causes === null) throw needed();
    await store.deletePolicy(sql, id);
    await audit({ ...context, db: within }, by, "supportPolicy.deleted", known);
  });
}

async function requirePolicy(sql: Sql, id: string): Promise<SupportPolicy> {
  const known = (await store.listPolicies(sql)).find((policy) => policy.id === id);
  if (!known) throw new DomainError("support_policy.not_found", "No such policy");
  return known;
}

/** A calendar that can be computed with, and causes that no other policy has. */
async function requireSound(sql: Sql, id: string, given: NewSupportPolicy): Promise<void> {
  const problem = problemOfCalendar(given.calendar);
  if (problem) throw invalid(`calendar.${problem.path}`, problem.message);
  const others = (await store.listPolicies(sql)).filter((policy) => policy.id !== id);
  const taken = given.causes?.find((cause) => others.some(({ causes }) => causes?.includes(cause)));
  if (taken) throw invalid("causes", `${taken} is under another policy`);
}

async function audit(
  context: AuditContext,
  by: ByPerson,
  action: string,
  policy: SupportPolicy,
): Promise<void> {
  await recordAudit(context, by, {
    ...{ action, target: { kind: "support_policy", id: policy.id } },
    facts: {
      ...{ name: policy.name, causes: policy.causes?.join(" ") ?? null, timeZone: policy.calendar.timeZone },
      targets: policy.targets
        .map((one) => `${one.firstResponseMin}/${one.nextResponseMin}/${one.resolutionMin}`)
        .join(" "),
    },
  });
}

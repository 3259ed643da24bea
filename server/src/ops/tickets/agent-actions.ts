import { may } from "@orderwatch/shared/ops/roles.ts";
import type { Agent, ChangeAgent } from "@orderwatch/shared/ops/ticket-team.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { type AuditContext, recordAudit } from "../audit/actions.ts";
import * as store from "./agent-settings-store.ts";
import { lockAgent } from "./agents-store.ts";
import type { ByRole } from "./staff-actions.ts";

const toAgent = ({ outFrom, outUntil, ...agent }: store.AgentSettings): Agent => ({
  ...agent,
  outFrom: outFrom?.toISOString() ?? null,
  outUntil: outUntil?.toISOString() ?? null,
});

/** Everybody who works on tickets, by name. */
export async function listAgents({
  db,
}: Pick<AuditContext, "db">): Promise<{ items: Agent[]; nextCursor: null }> {
  return { items: (await store.listAgents(db.sql, null)).map(toAgent), nextCursor: null };
}

/** What people decide for themselves. */
const ownFields = ["outFrom", "outUntil", "autoAssign"];

/**
 * Changes how somebody works on tickets; audited. When they are away, what waits for them goes back to the queue by itself.
 * Throws `ticket.person_unknown`, `request.invalid` for an absence that ends before it begins, and `session.forbidden` for
 * others' settings, or one's own capacity and skills, without `tickets.settings`.
 */
export async function changeAgent(
  context: AuditContext,
  by: ByRole,
  id: string,
  change: ChangeAgent,
): Promise<Agent> {
  const isOwn = id === by.staff.id && Object.keys(change).every((name) => ownFields.includes(name));
  return await context.db.transaction(async (sql, within) => {
    const [known] = await store.listAgents(sql, id);
    if (!known) throw new DomainError("ticket.person_unknown", "Nobody of this id works on tickets");
    if (!isOwn && !may(by.role, "tickets.settings"))
      throw new DomainError("session.forbidden", "This needs tickets.settings");
    const now = context.clock.now();
    await lockAgent(sql, id, now);
    const toDate = (time: string | null | undefined, before: Date | null) =>
      time === undefined ? before : time === null ? null : new Date(time);
    const outFrom = toDate(change.outFrom, known.outFrom);
    const outUntil = toDate(change.outUntil, known.outUntil);
    if (outFrom !== null && outUntil !== null && outUntil <= outFrom)
      throw new DomainError("request.invalid", "outUntil: must be after outFrom", {
        errors: [{ path: "outUntil", message: "must be after outFrom" }],
      });
    const next = {
      capacity: change.capacity ?? known.capacity,
      skills: [...new Set(change.skills ?? known.skills)],
      autoAssign: change.autoAssign ?? known.autoAssign,
      ...{ outFrom, outUntil },
    };
    await store.changeAgent(sql, id, next, now);
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "ticketAgent.changed", target: { kind: "staff", id } },
      facts: {
        ...{ capacity: next.capacity, skills: next.skills.join(" "), autoAssign: next.autoAssign },
        outFrom: outFrom?.toISOString() ?? null,
        outUntil: outUntil?.toISOString() ?? null,
      },
    });
    return toAgent({ ...known, ...next });
  });
}

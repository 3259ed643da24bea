import type { Incident, TimelineLink } from "@orderwatch/shared/ops/incidents.ts";
import type { ProposeUpdate, PublicUpdate, UpdateTemplate } from "@orderwatch/shared/ops/public-updates.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { PublicPhase } from "@orderwatch/shared/shop/status.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Sql } from "../../platform/db.ts";
import { statusChanged } from "../../shop/status/actions.ts";
import { decideUpdate, listUpdates, type UpdateRow, writeUpdate } from "../../shop/status/update-actions.ts";
import { type AuditContext, audited, type By } from "../audit/actions.ts";
import { needsApproval, templateFor } from "./domain.ts";

export { isChannel, struckPart } from "./domain.ts";

type ByStaff = By & { staff: { id: string; name: string } };

/** What is asked of incidents; whoever composes the console hands it in. */
export interface ToldIncidents {
  /** Throws `incident.not_found`. */
  read(id: string): Promise<Pick<Incident, "id" | "level" | "rule" | "labels" | "startedAt" | "drill">>;
  /** Whether it is a surprise drill's that is not over: people take it for a real one, and the public may not. */
  passesForReal(sql: Sql, id: string): Promise<boolean>;
  /** Adds to the timeline, within the caller's transaction. */
  note(
    sql: Sql,
    incidentId: string,
    entry: {
      type: string;
      by: { id: string; name: string };
      text: Words;
      facts: Record<string, string>;
      links: TimelineLink[];
    },
  ): Promise<unknown>;
}

export interface PublicStatusContext extends AuditContext {
  cache: Pick<Cache, "changed">;
  incidents: ToldIncidents;
}

export async function listPublicUpdates(
  context: Pick<PublicStatusContext, "db" | "incidents">,
  incidentId: string,
): Promise<{ items: PublicUpdate[]; nextCursor: null }> {
  await context.incidents.read(incidentId);
  return { items: (await listUpdates(context, incidentId)).map(toView), nextCursor: null };
}

/** Words to begin with. Throws `incident.not_found`. */
export async function readTemplate(
  { incidents }: Pick<PublicStatusContext, "incidents">,
  incidentId: string,
  phase: PublicPhase,
): Promise<UpdateTemplate> {
  return templateFor(await incidents.read(incidentId), phase);
}

/**
 * Tells the public, or at level 1 asks a colleague to approve it; in the timeline and the audit log either way. Throws
 * `update.conflict` for a drill; of a surprise it goes nowhere, and they hear of that when it is over.
 */
export async function proposeUpdate(
  context: PublicStatusContext,
  by: ByStaff,
  incidentId: string,
  wanted: ProposeUpdate,
): Promise<PublicUpdate> {
  const { level, startedAt, drill } = await context.incidents.read(incidentId);
  if (drill) throw new DomainError("update.conflict", "This is a drill: the public is not told");
  return await recorded(context, by, "update.proposed", async (within) =>
    writeUpdate({ ...context, db: within }, by.staff, {
      ...{ ...wanted, incidentId, startedAt: new Date(startedAt), needsApproval: needsApproval(level) },
      withheld: await context.incidents.passesForReal(within.sql, incidentId),
    }),
  );
}

/** Throws as `decideUpdate`. */
export async function decidePublicUpdate(
  context: PublicStatusContext,
  by: ByStaff,
  wanted: { incidentId: string; id: string; state: "published" | "withdrawn" },
): Promise<PublicUpdate> {
  return await recorded(context, by, "update.decided", (within) =>
    decideUpdate({ ...context, db: within }, by.staff, wanted),
  );
}

async function recorded(
  context: PublicStatusContext,
  by: ByStaff,
  fallback: "update.proposed" | "update.decided",
  work: (within: AuditContext["db"]) => Promise<UpdateRow>,
): Promise<PublicUpdate> {
  const row = await audited(context, by, async (within) => {
    const done = await work(within);
    const action = done.state === "proposed" ? fallback : `update.${done.state}`;
    const facts = { update: done.id, phase: done.phase };
    await context.incidents.note(within.sql, done.incidentId, {
      ...{ type: action, by: by.staff, text: done.text, facts, links: [{ kind: "update", id: done.id }] },
    });
    return { result: done, note: { action, target: { kind: "incident", id: done.incidentId }, facts } };
  });
  if (row.state === "published") statusChanged(context.cache);
  return toView(row);
}

function toView({ authorId, author, deciderId, decider, ...row }: UpdateRow): PublicUpdate {
  return {
    ...row,
    author: { id: authorId, name: author },
    decider: deciderId === null || decider === null ? null : { id: deciderId, name: decider },
    proposedAt: row.proposedAt.toISOString(),
    publishedAt: row.publishedAt?.toISOString() ?? null,
  };
}

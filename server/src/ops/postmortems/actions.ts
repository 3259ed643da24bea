import type { Incident, IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import type { EditPostmortem, IncidentFigures, Postmortem } from "@orderwatch/shared/ops/postmortems.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import { type AuditContext, audited, type By } from "../audit/actions.ts";
import { figuresOf, timesOf } from "./figures-domain.ts";
import { toMarkdown } from "./markdown-domain.ts";
import * as store from "./store.ts";

type ByStaff = By & { staff: { id: string; name: string } };

/** What is asked of incidents; whoever composes the console hands it in. */
export interface LearnedIncidents {
  /** Throws `incident.not_found`. */
  read(id: string): Promise<IncidentDetail>;
  /** Newest first. */
  list(query: { cursor?: string; limit: number }): Promise<{ items: Incident[]; nextCursor: string | null }>;
}

export interface LearningContext extends AuditContext {
  incidents: LearnedIncidents;
}

const atOnce = 200;

/** Figures of the incidents that were opened from `from` until before `to`. */
export async function readFigures(
  { incidents }: Pick<LearningContext, "incidents">,
  { from, to }: { from: string; to: string },
): Promise<IncidentFigures> {
  const found: Incident[] = [];
  const since = Date.parse(from);
  let cursor: string | undefined;
  for (;;) {
    const page = await incidents.list({ limit: atOnce, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items);
    const last = page.items.at(-1);
    if (page.nextCursor === null || !last || Date.parse(last.openedAt) < since) break;
    cursor = page.nextCursor;
  }
  const within = found.filter(({ openedAt }) => {
    const at = Date.parse(openedAt);
    return at >= since && at < Date.parse(to);
  });
  return { from, to, ...figuresOf(within) };
}

/** Throws `incident.not_found`. */
export async function readPostmortem(
  context: Pick<LearningContext, "db" | "incidents">,
  incidentId: string,
  language: Language,
): Promise<Postmortem> {
  const incident = await context.incidents.read(incidentId);
  const [written, impact] = await Promise.all([
    store.readWritten(context.db.sql, incidentId),
    store.readImpact(context.db.sql, incidentId),
  ]);
  const assembled = {
    ...{ incidentId, number: incident.number, level: incident.level, title: incident.title },
    ...{ timeline: incident.timeline, deadlines: incident.deadlines, impact, times: timesOf(incident) },
    state: written?.state ?? "draft",
    revision: written?.revision ?? 0,
    summary: written?.summary ?? "",
    factors: written?.factors ?? [],
    actions: written?.actions ?? [],
    changedBy: written && { id: written.changedById, name: written.changedBy },
    changedAt: written?.changedAt.toISOString() ?? null,
    publishedAt: written?.publishedAt?.toISOString() ?? null,
  };
  return { ...assembled, markdown: toMarkdown(assembled, language) };
}

/** Throws `incident.not_found`, or `postmortem.conflict` when another revision than the edited one is there. */
export async function editPostmortem(
  context: LearningContext,
  by: ByStaff,
  incidentId: string,
  edit: EditPostmortem,
  language: Language,
): Promise<Postmortem> {
  await context.incidents.read(incidentId);
  await audited(context, by, async (within) => {
    const at = context.clock.now();
    const written = await store.write(within.sql, incidentId, edit, { ...by.staff, at });
    if (!written)
      throw new DomainError("postmortem.conflict", `Revision ${edit.revision} is not the latest one`);
    const { revision, state } = written;
    return {
      result: undefined,
      note: {
        action: state === "published" ? "postmortem.published" : "postmortem.changed",
        target: { kind: "incident", id: incidentId },
        facts: { revision },
      },
    };
  });
  return await readPostmortem(context, incidentId, language);
}

import type {
  MaintenanceWindow,
  NewMaintenanceWindow,
  NewSilence,
  Silence,
} from "@orderwatch/shared/ops/detection.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { z } from "zod";
import { invalidRequest } from "../../platform/http/endpoint.ts";
import { type AuditContext, audited, type By } from "../audit/actions.ts";
import { idCursor, nextAfter } from "./alerts-actions.ts";
import * as store from "./rules-store.ts";

type ByStaff = By & { staff: { id: string; name: string } };
type Query = { cursor?: string | undefined; limit: number };

/** Nobody should be able to forget one. */
const longestMs = 7 * 86_400_000;

const toSilence = (row: store.SilenceRow, now: Date): Silence => ({
  ...row,
  startsAt: row.startsAt.toISOString(),
  endsAt: row.endsAt.toISOString(),
  active: row.startsAt <= now && now < row.endsAt,
});

const toWindow = (row: store.WindowRow, now: Date): MaintenanceWindow => ({
  ...row,
  startsAt: row.startsAt.toISOString(),
  endsAt: row.endsAt.toISOString(),
  state: now >= row.endsAt ? "over" : now < row.startsAt ? "planned" : "active",
});

function requireSpan(from: Date, to: Date, now: Date): void {
  if (to <= now) throw invalidRequest([{ path: "endsAt", message: "must lie ahead" }]);
  if (to.getTime() - from.getTime() > longestMs)
    throw invalidRequest([{ path: "endsAt", message: "at most 7 days" }]);
}

export async function createSilence(
  context: AuditContext,
  by: ByStaff,
  wanted: z.output<typeof NewSilence>,
): Promise<Silence> {
  const now = context.clock.now();
  const endsAt = new Date(wanted.endsAt);
  requireSpan(now, endsAt, now);
  return await audited(context, by, async ({ sql }) => {
    const { matchers, reason } = wanted;
    const row = { id: context.newId(), matchers, reason, startsAt: now, endsAt, by: by.staff.name };
    await store.addSilence(sql, row);
    const facts = { matchers: JSON.stringify(matchers), endsAt: wanted.endsAt };
    const target = { kind: "silence", id: row.id };
    return { result: toSilence(row, now), note: { action: "silence.created", target, reason, facts } };
  });
}

/** Throws `silence.not_found`. */
export async function endSilence(context: AuditContext, by: ByStaff, id: string): Promise<Silence> {
  return await audited(context, by, async ({ sql }) => {
    const now = context.clock.now();
    const row = await store.endSilence(sql, id, now);
    if (!row) throw new DomainError("silence.not_found", "No such silence, or it is over");
    return {
      result: toSilence(row, now),
      note: { action: "silence.ended", target: { kind: "silence", id } },
    };
  });
}

export async function listSilences({ db, clock }: Pick<AuditContext, "db" | "clock">, query: Query) {
  const { limit } = query;
  const rows = await store.listSilences(db.sql, { before: idCursor(query.cursor), limit: limit + 1 });
  const now = clock.now();
  return {
    items: rows.slice(0, limit).map((row) => toSilence(row, now)),
    nextCursor: nextAfter(rows, limit),
  };
}

export async function createWindow(
  context: AuditContext,
  by: ByStaff,
  wanted: z.output<typeof NewMaintenanceWindow>,
): Promise<MaintenanceWindow> {
  const now = context.clock.now();
  const startsAt = new Date(wanted.startsAt);
  const endsAt = new Date(wanted.endsAt);
  requireSpan(startsAt, endsAt, now);
  return await audited(context, by, async ({ sql }) => {
    const { title, matchers } = wanted;
    const row = { id: context.newId(), title, matchers, startsAt, endsAt, by: by.staff.name };
    await store.addWindow(sql, row);
    const facts = {
      title,
      matchers: JSON.stringify(matchers),
      startsAt: wanted.startsAt,
      endsAt: wanted.endsAt,
    };
    const target = { kind: "maintenance", id: row.id };
    return { result: toWindow(row, now), note: { action: "maintenance.planned", target, facts } };
  });
}

/** Throws `maintenance.not_found`. */
export async function endWindow(context: AuditContext, by: ByStaff, id: string): Promise<MaintenanceWindow> {
  return await audited(context, by, async ({ sql }) => {
    const now = context.clock.now();
    const row = await store.endWindow(sql, id, now);
    if (!row) throw new DomainError("maintenance.not_found", "No such maintenance, or it is over");
    return {
      result: toWindow(row, now),
      note: { action: "maintenance.ended", target: { kind: "maintenance", id } },
    };
  });
}

export async function listWindows({ db, clock }: Pick<AuditContext, "db" | "clock">, query: Query) {
  const { limit } = query;
  const rows = await store.listWindows(db.sql, { before: idCursor(query.cursor), limit: limit + 1 });
  const now = clock.now();
  return { items: rows.slice(0, limit).map((row) => toWindow(row, now)), nextCursor: nextAfter(rows, limit) };
}

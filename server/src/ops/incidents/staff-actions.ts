import type { AlertLevel } from "@orderwatch/shared/ops/detection.ts";
import type {
  AddNote,
  DeclareIncident,
  IncidentRole,
  IncidentState,
} from "@orderwatch/shared/ops/incidents.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import { type AuditNote, audited, type By } from "../audit/actions.ts";
import {
  applyChange,
  type IncidentContext,
  type IncidentRow,
  lockIncident,
  scanAffected,
  setLevel,
} from "./change-actions.ts";
import * as clocks from "./deadlines-store.ts";
import { canMove, closes, isOpen, scopeOf } from "./domain.ts";
import { addNamed, listAffected } from "./orders-store.ts";
import * as store from "./store.ts";
import { readAffected } from "./views-actions.ts";

export type ByStaff = By & { staff: { id: string; name: string } };

type Facts = NonNullable<AuditNote["facts"]>;

/** One change by a person: locked, written and audited, all or nothing. */
async function changing<T>(
  context: IncidentContext,
  by: ByStaff,
  id: string,
  done: { action: string; reason?: string | undefined; facts?: Facts },
  work: (sql: Sql, incident: IncidentRow, now: Date) => Promise<T>,
): Promise<T> {
  return await audited(context, by, async (within) => {
    const incident = await lockIncident(within.sql, id);
    const result = await work(within.sql, incident, context.clock.now());
    const { action, reason, facts } = done;
    return { result, note: { action, reason, target: { kind: "incident", id }, facts: facts ?? {} } };
  });
}

const conflict = (detail: string) => new DomainError("incident.conflict", detail);

/** Declares an incident by hand. Returns its id. */
export async function declare(
  context: IncidentContext,
  by: ByStaff,
  given: DeclareIncident,
): Promise<string> {
  return await audited(context, by, async ({ sql }) => {
    const now = context.clock.now();
    const labels = {
      ...(given.channel === undefined ? {} : { channel: given.channel }),
      ...(given.sku === undefined ? {} : { sku: given.sku }),
    };
    const began = given.startedAt === undefined ? now : new Date(given.startedAt);
    const row = await store.insert(sql, {
      ...{ id: context.newId(), level: given.level, rule: null, labels, groupKey: null, now },
      ...{ title: { "zh-CN": given.title, en: given.title }, runbook: given.runbook ?? null, drill: false },
      scope: scopeOf(null, labels),
      startedAt: new Date(Math.min(began.getTime(), now.getTime())),
    });
    if (!row) throw new Error("a declared incident met another one");
    await clocks.addLevel(sql, row.id, { at: now, level: row.level });
    if (given.orderIds) await addNamed(sql, row.id, given.orderIds, now);
    const links = (given.orderIds ?? []).slice(0, 20).map((id) => ({ kind: "order" as const, id }));
    const note = { type: "incident.declared", by: by.staff, text: given.note ?? given.title, links };
    const incident = await applyChange(context, sql, row.id, {}, [note], now);
    await context.on.opened?.(sql, incident, null);
    const target = { kind: "incident", id: row.id };
    return { result: row.id, note: { action: "incident.declared", target, facts: { level: given.level } } };
  });
}

/** How many open orders a refusal names. */
const namedAtMost = 20;

async function requireSettled(sql: Sql, incident: IncidentRow): Promise<void> {
  const { unreconciled } = await readAffected(sql, incident);
  if (unreconciled === 0) return;
  const open = await listAffected(sql, {
    ...{ incidentId: incident.id, before: null, limit: namedAtMost, waived: false, origin: "buyer" },
    statuses: ["paid", "under_review", "delivering", "delivery_failed", "refunding"],
  });
  throw new DomainError(
    "incident.orders_open",
    `${unreconciled} affected ${unreconciled === 1 ? "order is" : "orders are"} neither delivered, refunded nor waived`,
    { errors: open.map(({ orderId, status }) => ({ path: orderId, message: status })) },
  );
}

/**
 * Moves an incident. Throws `incident.conflict` for a move that is not allowed, and `incident.orders_open`, which names
 * the orders, when it would close while some are unreconciled.
 */
export async function transition(
  context: IncidentContext,
  by: ByStaff,
  id: string,
  { to, note }: { to: IncidentState; note?: string | undefined },
): Promise<void> {
  await changing(
    context,
    by,
    id,
    { action: "incident.moved", reason: note, facts: { to } },
    async (sql, incident, now) => {
      const { state } = incident;
      if (to === "merged" || !canMove(state, to)) throw conflict(`From ${state} it cannot move to ${to}`);
      if (closes(to)) {
        await scanAffected(sql, incident, now);
        await requireSettled(sql, incident);
      }
      const isTaken = incident.acknowledgedAt === null && to !== "false_alarm" && to !== "reviewed";
      const changed = await applyChange(
        context,
        sql,
        id,
        { ...changeFor(incident, to, note, now), ...(isTaken ? takenBy(by.staff, now) : {}) },
        [{ type: "state.changed", by: by.staff, text: note ?? null, facts: { from: state, to } }],
        now,
      );
      if (state === "detected" && isOpen(to)) await context.on.acknowledged?.(sql, changed, by.staff);
      if (isOpen(state) && !isOpen(to)) await context.on.ended?.(sql, changed);
    },
  );
}

const takenBy = ({ id, name }: { id: string; name: string }, now: Date) => ({
  ...{ acknowledgedAt: now, acknowledgedById: id, acknowledgedBy: name },
});

function changeFor(
  incident: IncidentRow,
  to: IncidentState,
  note: string | undefined,
  now: Date,
): store.IncidentChange {
  const mitigatedAt = incident.mitigatedAt ?? now;
  const ended = { state: to, endedBy: note ?? null, resolvedAt: now, frozenAt: now };
  switch (to) {
    case "monitoring":
      return { state: to, mitigatedAt };
    case "resolved":
      return { ...ended, mitigatedAt };
    case "false_alarm":
      return ended;
    case "reviewed":
      return { state: to, reviewedAt: now };
    default:
      return { state: to };
  }
}

/** Throws `incident.conflict` when it has ended or has that level. */
export async function changeLevel(
  context: IncidentContext,
  by: ByStaff,
  id: string,
  { level, note }: { level: AlertLevel; note: string },
): Promise<void> {
  const done = { action: "incident.levelChanged", reason: note, facts: { level } };
  await changing(context, by, id, done, async (sql, incident, now) => {
    if (!isOpen(incident.state)) throw conflict("It has ended");
    if (incident.level === level) throw conflict(`It has level ${level} already`);
    await setLevel(context, sql, incident, level, { by: by.staff, text: note }, now);
  });
}

/** Gives a role to somebody, from whoever had it. Throws `incident.person_unknown`. */
export async function assignRole(
  context: IncidentContext,
  by: ByStaff,
  id: string,
  given: { role: IncidentRole; staffId: string | null; note?: string | undefined },
): Promise<void> {
  const { role, staffId, note } = given;
  const done = { action: "incident.roleAssigned", reason: note, facts: { role, staff: staffId } };
  await changing(context, by, id, done, async (sql, incident, now) => {
    if (!isOpen(incident.state)) throw conflict("It has ended");
    const before = await store.endRole(sql, id, role, now);
    const name =
      staffId === null
        ? null
        : await store.beginRole(sql, { id: context.newId(), incidentId: id, role, staffId, now });
    if (staffId !== null && name === null)
      throw new DomainError("incident.person_unknown", `Nobody here has the id ${staffId}`);
    const facts = { role, from: before?.name ?? null, to: name };
    const entry = { type: "role.assigned", by: by.staff, text: note ?? null, facts };
    await applyChange(context, sql, id, {}, [entry], now);
  });
}

/** Adds to the timeline. A correction leaves the entry that it corrects as it is, and may set times right. */
export async function addNote(
  context: IncidentContext,
  by: ByStaff,
  id: string,
  given: AddNote,
): Promise<void> {
  const type = given.corrects || given.times ? "correction" : "note";
  await changing(
    context,
    by,
    id,
    { action: "incident.noted", facts: { type } },
    async (sql, incident, now) => {
      const { corrects } = given;
      if (corrects !== undefined && !(await store.hasEvent(sql, id, corrects)))
        throw new DomainError("incident.not_found", `Its timeline has no entry ${corrects}`);
      const times = Object.entries(given.times ?? {}) as [CorrectedTime, string][];
      const facts = Object.fromEntries(
        times.flatMap(([name, at]) => [
          [`${name}.was`, incident[name]?.toISOString() ?? null],
          [name, at],
        ]),
      );
      const engaged = given.thirdPartyEngaged && incident.thirdPartyEngagedAt === null;
      const change = {
        ...Object.fromEntries(times.map(([name, at]) => [name, new Date(at)])),
        ...(engaged ? { thirdPartyEngagedAt: now } : {}),
      };
      await applyChange(
        context,
        sql,
        id,
        change,
        [
          {
            ...{ type: engaged ? "third_party.engaged" : type, by: by.staff, text: given.text, facts },
            ...(corrects === undefined ? {} : { corrects }),
          },
        ],
        now,
      );
    },
  );
}

type CorrectedTime = keyof NonNullable<AddNote["times"]>;

/** Merges a duplicate: its alerts and orders are the other's from now on. Both must be open. */
export async function merge(
  context: IncidentContext,
  by: ByStaff,
  id: string,
  { into, note }: { into: string; note?: string | undefined },
): Promise<void> {
  if (into === id) throw conflict("It cannot be merged into itself");
  await audited(context, by, async ({ sql }) => {
    const now = context.clock.now();
    // In one order, whoever merges which into which.
    const [first, second] = id < into ? [id, into] : [into, id];
    const rows = [await lockIncident(sql, first), await lockIncident(sql, second)];
    const from = rows.find((row) => row.id === id);
    const target = rows.find((row) => row.id === into);
    if (!from || !target || !isOpen(from.state) || !isOpen(target.state))
      throw conflict("Only open incidents can be merged");
    // Neither's alerts and orders may pass for the other's. The words tell nobody of a surprise.
    if (from.drill !== target.drill) throw conflict("These two do not have one cause");
    await scanAffected(sql, from, now);
    await store.moveInto(sql, id, into);
    const text = note ?? null;
    const merged = await applyChange(
      context,
      sql,
      id,
      { state: "merged", mergedInto: into, resolvedAt: now, frozenAt: now },
      [{ type: "incident.merged", by: by.staff, text, links: [{ kind: "incident", id: into }] }],
      now,
    );
    const startedAt = new Date(Math.min(from.startedAt.getTime(), target.startedAt.getTime()));
    const healedAt = (await store.countFiring(sql, into)) > 0 ? null : target.healedAt;
    await applyChange(
      context,
      sql,
      into,
      { startedAt, healedAt },
      [{ type: "incident.absorbed", by: by.staff, text, links: [{ kind: "incident", id }] }],
      now,
    );
    if (from.level < target.level)
      await setLevel(context, sql, target, from.level, { by: by.staff, text }, now);
    await context.on.ended?.(sql, merged);
    return {
      result: undefined,
      note: { action: "incident.merged", target: { kind: "incident", id }, reason: note, facts: { into } },
    };
  });
}

/** The first executed step of a runbook stops the clock of the plan. */
export async function planStarted(context: IncidentContext, sql: Sql, id: string, at: Date): Promise<void> {
  const incident = await lockIncident(sql, id);
  if (incident.planStartedAt !== null) return;
  await applyChange(context, sql, id, { planStartedAt: at }, [{ type: "plan.started" }], at);
}

import type { NewRota, OnDuty, Rota, Schedule, Shift } from "@orderwatch/shared/ops/oncall.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import type { Logger } from "../../platform/log.ts";
import { type AuditContext, audited, type By } from "../audit/actions.ts";
import type { Notify } from "../notify/actions.ts";
import { type Duty, onDuty, type RotaPlan, schedule } from "./domain.ts";
import type { RotaRow } from "./store.ts";
import * as store from "./store.ts";

export type ByStaff = By & { staff: { id: string; name: string } };

/** What on call needs of the rest of the house, which is wired where it is composed. */
export interface OnCallContext extends AuditContext {
  log: Logger;
  pager: Pick<Notify, "page" | "outcomeOf" | "acknowledged">;
  /** Adds to an incident's timeline within the transaction. */
  timeline(
    sql: Sql,
    incidentId: string,
    entry: { type: string; by: string | null; text: Words; facts: Record<string, string | number | boolean> },
  ): Promise<unknown>;
  /** Whether work on an incident is under way, so that its acknowledgement does not lapse. */
  isWorkedOn(sql: Sql, incidentId: string): Promise<boolean>;
}

const dayMs = 86_400_000;
const longestScheduleMs = 100 * dayMs;
/** As far as is looked for the next person. */
const lookAheadMs = 14 * dayMs;

/** All rotas with their overrides within a range, as the resolver takes them. */
export async function loadPlans(
  sql: Sql,
  from: Date,
  until: Date,
): Promise<Map<string, { row: RotaRow; plan: RotaPlan }>> {
  const rows = await store.readRotas(sql);
  const overrides = Map.groupBy(await store.readOverrides(sql, from, until), ({ rotaId }) => rotaId);
  return new Map(
    rows.map((row) => [row.id, { row, plan: { ...row, overrides: overrides.get(row.id) ?? [] } }]),
  );
}

/** Names by id; one who is gone keeps the id. */
export async function namesOf(sql: Sql, ids: readonly string[]): Promise<(id: string) => string> {
  const names = new Map((await store.readPeople(sql, ids)).map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

const notFound = () => new DomainError("rota.not_found", "There is no such rota");

export async function listPeople({ db }: OnCallContext) {
  return { items: await store.readPeople(db.sql, null), nextCursor: null };
}

export async function listRotas({ db }: OnCallContext): Promise<{ items: Rota[]; nextCursor: null }> {
  const rows = await store.readRotas(db.sql);
  const name = await namesOf(db.sql, rows.flatMap(peopleIn));
  return { items: rows.map((row) => toRota(row, name)), nextCursor: null };
}

/** Throws `rota.not_found`. */
export async function readRota({ db }: Pick<OnCallContext, "db">, id: string): Promise<Rota> {
  const row = await store.readRota(db.sql, id);
  if (!row) throw notFound();
  return toRota(row, await namesOf(db.sql, peopleIn(row)));
}

/** Throws `request.invalid` for people who are no staff. */
export async function createRota(context: OnCallContext, by: By, rota: NewRota): Promise<Rota> {
  return await audited(context, by, async (within) => {
    await requirePeople(within.sql, rota);
    const facts = { handedTo: null, at: context.clock.now() };
    const row = await store.insertRota(within.sql, context.newId(), rota, facts);
    if (!row) throw new Error("a rota that was inserted is not there");
    return { result: await readRota({ db: within }, row.id), note: noteOf("rota.created", row) };
  });
}

/** Throws `rota.not_found`, `rota.changed` and `request.invalid` for people who are no staff. */
export async function changeRota(
  context: OnCallContext,
  by: By,
  id: string,
  rota: NewRota & { version: number },
): Promise<Rota> {
  return await audited(context, by, async (within) => {
    await requirePeople(within.sql, rota);
    const row = await store.updateRota(within.sql, id, rota, context.clock.now());
    const current = await readRota({ db: within }, id);
    if (!row) throw new DomainError("rota.changed", `It has version ${current.version} by now`);
    return { result: current, note: noteOf("rota.changed", row) };
  });
}

/** Throws `rota.not_found` and `rota.in_use`. */
export async function deleteRota(context: OnCallContext, by: By, id: string): Promise<void> {
  await audited(context, by, async (within) => {
    const found = await store.lockRota(within.sql, id);
    if (!found) throw notFound();
    if (found.isUsed) throw new DomainError("rota.in_use", "An escalation policy pages it");
    await store.removeRota(within.sql, id);
    return { result: undefined, note: { action: "rota.deleted", target: { kind: "rota", id } } };
  });
}

/** Throws `rota.not_found`, and `request.invalid` for more than 100 days. */
export async function readSchedule(
  { db }: Pick<OnCallContext, "db">,
  id: string,
  range: { from: Date; until: Date },
): Promise<Schedule> {
  if (range.until.getTime() - range.from.getTime() > longestScheduleMs)
    throw new DomainError("request.invalid", "until: must be within 100 days", {
      errors: [{ path: "until", message: "must be within 100 days" }],
    });
  const found = (await loadPlans(db.sql, range.from, range.until)).get(id);
  if (!found) throw notFound();
  const duties = schedule(found.plan, range.from, range.until);
  const name = await namesOf(db.sql, peopleOf(duties));
  return {
    ...{ rotaId: id, timeZone: found.row.timeZone },
    ...{ from: range.from.toISOString(), until: range.until.toISOString() },
    shifts: duties.map((duty) => toShift(duty, name)),
  };
}

/** Who is on duty in every rota, and who comes next. */
export async function listOnDuty({
  db,
  clock,
}: OnCallContext): Promise<{ items: OnDuty[]; nextCursor: null }> {
  const now = clock.now();
  const [from, until] = [now.getTime() - lookAheadMs, now.getTime() + lookAheadMs].map((ms) => new Date(ms));
  if (!from || !until) throw new Error("a range has two ends");
  const plans = [...(await loadPlans(db.sql, from, until)).values()];
  const found = plans.map(({ row, plan }) => ({
    row,
    userId: onDuty(plan, now),
    duties: joinByPerson(schedule(plan, from, until)),
  }));
  const name = await namesOf(
    db.sql,
    found.flatMap(({ duties }) => peopleOf(duties)),
  );
  const person = (id: string) => ({ id, name: name(id) });
  return {
    items: found.map(({ row, userId, duties }) => {
      const index = duties.findIndex((one) => one.untilMs > now.getTime());
      const current = duties[index];
      const next = duties.slice(index + 1).find((one) => one.userId !== null);
      return {
        ...{ rotaId: row.id, rota: row.name, timeZone: row.timeZone },
        person: userId === null ? null : person(userId),
        since: iso(current?.fromMs ?? from.getTime()),
        until: iso(current?.untilMs ?? until.getTime()),
        next: next?.userId ? { person: person(next.userId), from: iso(next.fromMs) } : null,
      };
    }),
    nextCursor: null,
  };
}

/** Refuses people who have no account. */
export async function requireStaff(sql: Sql, wanted: { path: string; id: string }[]): Promise<void> {
  const known = new Set(
    (
      await store.readPeople(
        sql,
        wanted.map(({ id }) => id),
      )
    ).map(({ id }) => id),
  );
  const errors = wanted
    .filter(({ id }) => !known.has(id))
    .map(({ path }) => ({ path, message: "is nobody of the staff" }));
  if (errors[0])
    throw new DomainError("request.invalid", `${errors[0].path}: is nobody of the staff`, { errors });
}

async function requirePeople(sql: Sql, rota: NewRota): Promise<void> {
  const wanted = rota.layers.flatMap(({ people }, layer) =>
    people.map((id, index) => ({ path: `layers.${layer}.people.${index}`, id })),
  );
  await requireStaff(sql, wanted);
}

/** Neighbouring stretches of one person are one, whatever put them there. */
function joinByPerson(duties: readonly Duty[]): Duty[] {
  const joined: Duty[] = [];
  for (const duty of duties) {
    const last = joined.at(-1);
    if (last && last.userId === duty.userId) last.untilMs = duty.untilMs;
    else joined.push({ ...duty });
  }
  return joined;
}

const iso = (ms: number) => new Date(ms).toISOString();
const peopleIn = ({ layers }: Pick<NewRota, "layers">) => layers.flatMap(({ people }) => people);
const peopleOf = (duties: readonly Duty[]) =>
  duties.map(({ userId }) => userId).filter((userId) => userId !== null);

const noteOf = (action: string, row: RotaRow) => ({
  action,
  target: { kind: "rota", id: row.id },
  facts: { name: row.name, version: row.version, layers: row.layers.length, timeZone: row.timeZone },
});

function toRota({ handedTo: _, updatedAt, ...row }: RotaRow, name: (id: string) => string): Rota {
  const people = [...new Set(peopleIn(row))].map((id) => ({ id, name: name(id) }));
  return { ...row, people, updatedAt: updatedAt.toISOString() };
}

function toShift({ fromMs, untilMs, userId, source }: Duty, name: (id: string) => string): Shift {
  const person = userId === null ? null : { id: userId, name: name(userId) };
  return { from: iso(fromMs), until: iso(untilMs), person, source };
}

import type { Override } from "@orderwatch/shared/ops/oncall.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { audited } from "../audit/actions.ts";
import { type ByStaff, loadPlans, namesOf, type OnCallContext, requireStaff } from "./actions.ts";
import { schedule } from "./domain.ts";
import type { OverrideRow } from "./store.ts";
import * as store from "./store.ts";

interface Period {
  from: Date;
  until: Date;
}

/** Those that have not ended. Throws `rota.not_found`. */
export async function listOverrides({ db, clock }: OnCallContext, rotaId: string) {
  await requireRota({ db }, rotaId);
  const rows = await store.listOverrides(db.sql, rotaId, clock.now());
  return { items: await toOverrides({ db }, rows), nextCursor: null };
}

/** Throws `rota.not_found`, and `request.invalid` for somebody who is no staff. */
export async function createOverride(
  context: OnCallContext,
  by: ByStaff,
  rotaId: string,
  wanted: Period & { userId: string; reason: string | null },
): Promise<Override> {
  return await audited(context, by, async (within) => {
    await requireRota({ db: within }, rotaId);
    await requireStaff(within.sql, [{ path: "userId", id: wanted.userId }]);
    const row = newOverride(context, by, { rotaId, ...wanted, swapId: null });
    await store.insertOverride(within.sql, row);
    const [result] = await toOverrides({ db: within }, [row]);
    if (!result) throw new Error("one row makes one override");
    return { result, note: noteOf("override.created", row) };
  });
}

/**
 * Two people change shifts: whoever has `give` gets `take`, and the other way round. Throws `rota.not_found`, and
 * `swap.unclear` unless each stretch has one person throughout, and the two are different people.
 */
export async function swapShifts(
  context: OnCallContext,
  by: ByStaff,
  rotaId: string,
  wanted: { give: Period; take: Period; reason: string | null },
): Promise<{ items: Override[]; nextCursor: null }> {
  return await audited(context, by, async (within) => {
    await requireRota({ db: within }, rotaId);
    const giver = await throughout({ db: within }, rotaId, wanted.give);
    const taker = await throughout({ db: within }, rotaId, wanted.take);
    const overlap = wanted.give.from < wanted.take.until && wanted.take.from < wanted.give.until;
    if (giver === taker || overlap) throw unclear();
    const common = { rotaId, reason: wanted.reason, swapId: context.newId() };
    const rows = [
      newOverride(context, by, { ...common, ...wanted.give, userId: taker }),
      newOverride(context, by, { ...common, ...wanted.take, userId: giver }),
    ];
    for (const row of rows) await store.insertOverride(within.sql, row);
    const [first] = rows;
    if (!first) throw new Error("a swap has two halves");
    return {
      result: { items: await toOverrides({ db: within }, rows), nextCursor: null },
      note: noteOf("override.swapped", first),
    };
  });
}

/** Takes back an override, or both halves of a swap. Throws `override.not_found`, also when it has ended. */
export async function deleteOverride(context: OnCallContext, by: ByStaff, id: string): Promise<void> {
  await audited(context, by, async (within) => {
    const [removed] = await store.removeOverride(within.sql, id, context.clock.now());
    if (!removed) throw new DomainError("override.not_found", "There is no such override, or it has ended");
    return { result: undefined, note: noteOf("override.deleted", removed) };
  });
}

const unclear = () =>
  new DomainError("swap.unclear", "Each stretch needs one person throughout, and the two different ones");

async function throughout(
  { db }: Pick<OnCallContext, "db">,
  rotaId: string,
  { from, until }: Period,
): Promise<string> {
  const plan = (await loadPlans(db.sql, from, until)).get(rotaId)?.plan;
  const people = new Set((plan ? schedule(plan, from, until) : []).map(({ userId }) => userId));
  const [only] = people;
  if (people.size !== 1 || !only) throw unclear();
  return only;
}

async function requireRota({ db }: Pick<OnCallContext, "db">, id: string): Promise<void> {
  const held = await store.holdRotas(db.sql, [id]);
  if (held.length === 0) throw new DomainError("rota.not_found", "There is no such rota");
}

function newOverride(
  { newId, clock }: OnCallContext,
  by: ByStaff,
  given: Period & { rotaId: string; userId: string; swapId: string | null; reason: string | null },
): OverrideRow {
  const { from, until, ...rest } = given;
  return {
    ...{ id: newId(), ...rest, fromAt: from, untilAt: until },
    ...{ createdBy: by.staff.name, createdAt: clock.now() },
  };
}

const noteOf = (action: string, row: OverrideRow) => ({
  action,
  target: { kind: "rota", id: row.rotaId },
  ...(row.reason === null ? {} : { reason: row.reason }),
  facts: {
    override: row.id,
    person: row.userId,
    from: row.fromAt.toISOString(),
    until: row.untilAt.toISOString(),
  },
});

async function toOverrides(
  { db }: Pick<OnCallContext, "db">,
  rows: readonly OverrideRow[],
): Promise<Override[]> {
  const name = await namesOf(
    db.sql,
    rows.map(({ userId }) => userId),
  );
  return rows.map(({ userId, fromAt, untilAt, createdAt, ...row }) => ({
    ...row,
    ...{ from: fromAt.toISOString(), until: untilAt.toISOString(), createdAt: createdAt.toISOString() },
    person: { id: userId, name: name(userId) },
  }));
}

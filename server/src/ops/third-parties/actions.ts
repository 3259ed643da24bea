import type { NewThirdParty, ThirdParty } from "@orderwatch/shared/ops/third-parties.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { type AuditContext, audited, type By } from "../audit/actions.ts";
import * as store from "./store.ts";

const target = (id: string) => ({ kind: "third_party", id });
const unknown = (id: string) => new DomainError("third_party.not_found", `There is no company ${id}`);

export async function listThirdParties({ db }: Pick<AuditContext, "db">): Promise<ThirdParty[]> {
  return await store.list(db);
}

/** Throws `third_party.not_found`. */
export async function findThirdParty({ db }: Pick<AuditContext, "db">, id: string): Promise<ThirdParty> {
  const found = await store.find(db, id);
  if (!found) throw unknown(id);
  return found;
}

export async function createThirdParty(
  context: AuditContext,
  by: By,
  given: NewThirdParty,
): Promise<ThirdParty> {
  return await audited(context, by, async (within) => {
    const party = { id: context.newId(), ...given };
    await store.insert(within, party, context.clock.now());
    const facts = { name: party.name, kind: party.kind };
    return { result: party, note: { action: "thirdParty.created", target: target(party.id), facts } };
  });
}

/** Throws `third_party.not_found`. */
export async function changeThirdParty(
  context: AuditContext,
  by: By,
  id: string,
  given: NewThirdParty,
): Promise<ThirdParty> {
  return await audited(context, by, async (within) => {
    const party = { id, ...given };
    if (!(await store.update(within, party, context.clock.now()))) throw unknown(id);
    const facts = { name: party.name, kind: party.kind };
    return { result: party, note: { action: "thirdParty.changed", target: target(id), facts } };
  });
}

/** Throws `third_party.not_found`. */
export async function removeThirdParty(context: AuditContext, by: By, id: string): Promise<void> {
  await audited(context, by, async (within) => {
    if (!(await store.remove(within, id))) throw unknown(id);
    return { result: undefined, note: { action: "thirdParty.removed", target: target(id) } };
  });
}

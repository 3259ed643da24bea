import type { ThirdParty } from "@orderwatch/shared/ops/third-parties.ts";
import { asc, eq } from "drizzle-orm";
import type { Database } from "../../platform/db.ts";
import { thirdParties } from "./table.ts";

const fields = {
  id: thirdParties.id,
  name: thirdParties.name,
  kind: thirdParties.kind,
  label: thirdParties.label,
  contact: thirdParties.contact,
  contract: thirdParties.contract,
};

export async function list(db: Database): Promise<ThirdParty[]> {
  return await db.orm.select(fields).from(thirdParties).orderBy(asc(thirdParties.name));
}

export async function find(db: Database, id: string): Promise<ThirdParty | undefined> {
  const [row] = await db.orm.select(fields).from(thirdParties).where(eq(thirdParties.id, id));
  return row;
}

export async function insert(db: Database, party: ThirdParty, at: Date): Promise<void> {
  await db.orm.insert(thirdParties).values({ ...party, changedAt: at });
}

export async function update(db: Database, { id, ...party }: ThirdParty, at: Date): Promise<boolean> {
  const rows = await db.orm
    .update(thirdParties)
    .set({ ...party, changedAt: at })
    .where(eq(thirdParties.id, id))
    .returning({ id: thirdParties.id });
  return rows.length === 1;
}

export async function remove(db: Database, id: string): Promise<boolean> {
  const rows = await db.orm
    .delete(thirdParties)
    .where(eq(thirdParties.id, id))
    .returning({ id: thirdParties.id });
  return rows.length === 1;
}

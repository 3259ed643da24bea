import { DomainError } from "@orderwatch/shared/problem.ts";
import type { PublicImpact, PublicPhase } from "@orderwatch/shared/shop/status.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { UpdateRow } from "./update-store.ts";
import * as store from "./update-store.ts";

export {
  listPublishedSince,
  lockUnannounced,
  setAnnounced,
  type UpdateRow,
  withdrawWithheld,
} from "./update-store.ts";

interface UpdateContext {
  db: Database;
  clock: Clock;
  newId: NewId;
}

interface Member {
  id: string;
  name: string;
}

/** All that was written for the public about an incident, newest first. */
export const listUpdates = ({ db }: Pick<UpdateContext, "db">, incidentId: string): Promise<UpdateRow[]> =>
  store.listUpdates(db.sql, incidentId);

/** Writes an update, and publishes it at once where nobody has to approve it. `withheld`: for its authors alone. */
export async function writeUpdate(
  { db, clock, newId }: UpdateContext,
  by: Member,
  update: {
    incidentId: string;
    startedAt: Date;
    phase: PublicPhase;
    impact: PublicImpact;
    title: Words;
    text: Words;
    needsApproval: boolean;
    withheld?: boolean;
  },
): Promise<UpdateRow> {
  const now = clock.now();
  const { startedAt, withheld = false, ...told } = update;
  const row: UpdateRow = {
    ...told,
    ...{ id: newId(), authorId: by.id, author: by.name, proposedAt: now },
    ...(update.needsApproval
      ? { state: "proposed", deciderId: null, decider: null, publishedAt: null }
      : { state: "published", deciderId: by.id, decider: by.name, publishedAt: now }),
  };
  await store.insertUpdate(db.sql, { ...row, startedAt, withheld });
  return row;
}

/**
 * Publishes or withdraws what waits for it. Throws `update.not_found`, `update.approval_needed` when its author would
 * approve it, `update.conflict` when it is decided on.
 */
export async function decideUpdate(
  { db, clock }: Pick<UpdateContext, "db" | "clock">,
  by: Member,
  wanted: { incidentId: string; id: string; state: "published" | "withdrawn" },
): Promise<UpdateRow> {
  const { state, incidentId, id } = wanted;
  const known = await store.readUpdate(db.sql, incidentId, id);
  if (!known) throw new DomainError("update.not_found", "This incident has no such update");
  const decided = await store.decideUpdate(db.sql, id, { state, by, at: clock.now() });
  if (decided) return decided;
  if (known.state === "proposed" && known.authorId === by.id && state === "published")
    throw new DomainError("update.approval_needed", "Somebody else than its author has to approve it");
  throw new DomainError("update.conflict", `The update is ${known.state} already`);
}

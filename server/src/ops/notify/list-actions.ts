import { Id } from "@orderwatch/shared/ids.ts";
import type { Notification, NotificationQuery } from "@orderwatch/shared/ops/notify.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import * as store from "./list-store.ts";

type Listed = { items: Notification[]; nextCursor: string | null };

/** Messages to one person, or with null to anybody; newest first. Throws `request.invalid` for a cursor that is not ours. */
export async function listNotifications(
  { db }: { db: Pick<Database, "sql"> },
  staffId: string | null,
  { cursor, limit, ...filter }: NotificationQuery,
): Promise<Listed> {
  if (cursor !== undefined && !Id.safeParse(cursor).success)
    throw new DomainError("request.invalid", "cursor: not one of ours", {
      errors: [{ path: "cursor", message: "not one of ours" }],
    });
  const found = await store.listNotifications(db.sql, {
    ...{ ...filter, staffId, before: cursor ?? null, limit: limit + 1 },
  });
  const items = found.slice(0, limit);
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** Throws `notification.not_found` for what is not theirs. */
export async function readMessage(
  { db, clock }: { db: Pick<Database, "sql">; clock: Clock },
  staffId: string,
  id: string,
): Promise<void> {
  if (!(await store.markRead(db.sql, staffId, id, clock.now())))
    throw new DomainError("notification.not_found", "No such message of yours");
}

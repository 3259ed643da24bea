import type { Sql } from "../../platform/db.ts";
import type { TicketContext } from "./change-actions.ts";
import { sealedAs } from "./sealing.ts";
import * as store from "./store.ts";

/** Keeps what staff tell each other, sealed; for the ticket whose row the caller has locked. */
export async function writeNote(
  { newId, clock, keys }: Pick<TicketContext, "newId" | "clock" | "keys">,
  sql: Sql,
  ticketId: string,
  by: { id: string; name: string },
  text: string,
): Promise<void> {
  const id = newId();
  const sealed = keys.seal(text, sealedAs.note(id));
  await store.appendNote(sql, ticketId, {
    ...{ id, at: clock.now(), byId: by.id, byName: by.name, text: sealed },
  });
}

import type { Sql } from "../../platform/db.ts";

export interface LookupKeys {
  phoneKey: bigint | null;
  phoneTailKey: bigint | null;
  emailKey: bigint | null;
}

/** The keyed hashes that a ticket is found by. */
export async function readLookupKeys(sql: Sql, ticketId: string): Promise<LookupKeys> {
  const { rows } = await sql.query<Record<keyof LookupKeys, string | null>>(
    `select phone_key::text as "phoneKey", phone_tail_key::text as "phoneTailKey", email_key::text as "emailKey"
      from tickets where id = $1`,
    [ticketId],
  );
  const [row] = rows;
  if (!row) throw new Error("a ticket that was locked is gone");
  const toKey = (text: string | null) => (text === null ? null : BigInt(text));
  return {
    phoneKey: toKey(row.phoneKey),
    phoneTailKey: toKey(row.phoneTailKey),
    emailKey: toKey(row.emailKey),
  };
}

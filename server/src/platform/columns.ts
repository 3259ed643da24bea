import { customType, timestamp } from "drizzle-orm/pg-core";

/** Raw bytes: sealed texts and keyed hashes. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** A 64-bit transaction id; as text, since it can outgrow a JavaScript number. */
export const xid8 = customType<{ data: string }>({ dataType: () => "xid8" });

export const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

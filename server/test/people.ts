import { randomUUID } from "node:crypto";
import type { ContactAddress } from "@orderwatch/shared/ops/notify.ts";
import type { Role } from "@orderwatch/shared/ops/roles.ts";
import { maskAddress, pointContext } from "../src/ops/notify/ways.ts";
import type { Keys } from "../src/platform/crypto.ts";
import type { Database } from "../src/platform/db.ts";
import type { NewId } from "../src/platform/ids.ts";

/** Somebody of the staff with these addresses proven, in this order; the id. */
export async function addPerson(
  { db, keys, newId }: { db: Pick<Database, "sql">; keys: Keys; newId: NewId },
  addresses: readonly ContactAddress[],
  role: Role = "engineer",
): Promise<string> {
  const id = randomUUID();
  await db.sql.query(
    `insert into staff (id, name, email, role, created_at, updated_at) values ($1, 'Zhang', $2, $3, now(), now())`,
    [id, `${id}@example.com`, role],
  );
  for (const [position, address] of addresses.entries()) {
    const point = newId();
    await db.sql.query(
      `insert into contact_points (id, staff_id, channel, address, address_key, target, language, position,
         verified_at, created_at) values ($1, $2, $3, $4, $5, $6, 'en', $7, now(), now())`,
      [
        ...[point, id, address.channel, keys.seal(JSON.stringify(address), pointContext(point))],
        ...[keys.lookup("contact-point", JSON.stringify(address)), maskAddress(address), position],
      ],
    );
  }
  return id;
}

/** A browser that subscribes at the sandbox's push company. */
export async function subscribe(sandboxUrl: string, applicationServerKey: string): Promise<ContactAddress> {
  const answer = await fetch(`${sandboxUrl}/push/subscriptions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ applicationServerKey }),
  });
  return { channel: "push", subscription: JSON.parse(await answer.text()) };
}

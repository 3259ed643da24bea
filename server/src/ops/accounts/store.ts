import type { Role } from "@orderwatch/shared/ops/roles.ts";
import type { Sql } from "../../platform/db.ts";

/** True when there is an account to sign in with. */
export async function hasStaff(sql: Sql): Promise<boolean> {
  const { rows } = await sql.query("select from staff limit 1");
  return rows.length > 0;
}

/** Lets one process at a time create the first account; lasts until the transaction ends. */
export async function lockFirstAccount(sql: Sql): Promise<void> {
  await sql.query("select pg_advisory_xact_lock(hashtextextended('staff:first', 0))");
}

/** False when the e-mail is taken. */
export async function insertStaff(
  sql: Sql,
  person: {
    id: string;
    credentialId: string;
    email: string;
    name: string;
    role: Role;
    passwordHash: string;
    at: Date;
  },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `with person as (
       insert into staff (id, name, email, email_verified, role, created_at, updated_at)
       values ($1, $2, $3, true, $4, $5, $5) on conflict (email) do nothing returning id
     )
     insert into staff_credentials (id, account_id, provider_id, user_id, password, created_at, updated_at)
     select $6, id, 'credential', id, $7, $5, $5 from person`,
    [person.id, person.name, person.email, person.role, person.at, person.credentialId, person.passwordHash],
  );
  return rowCount === 1;
}

/** Counts one more; what is older than a day is forgotten. */
export async function countFailedSignIn(sql: Sql, at: Date): Promise<void> {
  await sql.query(
    `with old as (delete from sign_in_failures where slot < $1::timestamptz - interval '1 day')
     insert into sign_in_failures (slot, failures)
     values (date_bin('10 seconds', $1::timestamptz, 'epoch'), 1)
     on conflict (slot) do update set failures = sign_in_failures.failures + 1`,
    [at],
  );
}

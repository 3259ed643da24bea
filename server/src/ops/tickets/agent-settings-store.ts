import { permissions } from "@orderwatch/shared/ops/roles.ts";
import type { Sql } from "../../platform/db.ts";
import { defaultCapacity } from "./agents-store.ts";
import { busyStates } from "./domain.ts";

export interface AgentSettings {
  id: string;
  name: string;
  role: string;
  capacity: number;
  load: number;
  skills: string[];
  autoAssign: boolean;
  outFrom: Date | null;
  outUntil: Date | null;
}

const workers: readonly string[] = [
  ...new Set<string>([...permissions["tickets.act"], ...permissions["tickets.engineer"]]),
];

/** Those whose role works on tickets, by name; one of them, or all for null. */
export async function listAgents(sql: Sql, id: string | null): Promise<AgentSettings[]> {
  const { rows } = await sql.query<AgentSettings>(
    `select s.id, s.name, s.role, coalesce(a.capacity, $2) as capacity, coalesce(a.skills, '{}') as skills,
        coalesce(a.auto_assign, false) as "autoAssign", a.out_from as "outFrom", a.out_until as "outUntil",
        (select count(*)::int from tickets t where t.assignee_id = s.id and t.state = any ($3)) as load
      from staff s left join ticket_agents a on a.user_id = s.id
      where s.role = any ($4) and ($1::text is null or s.id = $1) order by s.name, s.id`,
    [id, defaultCapacity, busyStates, workers],
  );
  return rows;
}

/** The row is there and locked. */
export async function changeAgent(
  sql: Sql,
  id: string,
  next: Pick<AgentSettings, "capacity" | "skills" | "autoAssign" | "outFrom" | "outUntil">,
  now: Date,
): Promise<void> {
  await sql.query(
    `update ticket_agents set capacity = $2, skills = $3, auto_assign = $4, out_from = $5, out_until = $6, changed_at = $7
      where user_id = $1`,
    [id, next.capacity, next.skills, next.autoAssign, next.outFrom, next.outUntil, now],
  );
}

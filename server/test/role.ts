import { onTestFinished } from "vitest";
import { type RoleProcess, spawnRole } from "./role-process.ts";

export type Role = Pick<RoleProcess, "pid" | "lines" | "kill">;

/** Starts a role and waits until it is ready to serve on its port; it is killed when the test ends. */
export async function startRole(port: number, env: Record<string, string>): Promise<Role> {
  const role = spawnRole(env);
  onTestFinished(role.kill);
  await role.ready(port);
  return role;
}

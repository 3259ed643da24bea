import { ProblemError } from "@orderwatch/shared/client.ts";
import type { Problem } from "@orderwatch/shared/problem.ts";

/** The sign-in library's two addresses, called directly: its browser client would be 15 KB for two requests. */
async function post(path: string, body: object): Promise<void> {
  const answer = await fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new ProblemError((await answer.json()) as Problem);
}

export const signIn = (email: string, password: string): Promise<void> =>
  post("/api/auth/sign-in/email", { email, password });

export const signOut = (): Promise<void> => post("/api/auth/sign-out", {});

/** Where to go after signing in: a path of this console, never another site's address. */
export function safeReturn(path: string | undefined): string {
  if (path === undefined || !path.startsWith("/") || path.startsWith("//") || path.includes("\\")) return "/";
  return path.startsWith("/sign-in") ? "/" : path;
}

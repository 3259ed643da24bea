import { ProblemError } from "@orderwatch/shared/client.ts";

/**
 * The sign-in library's two addresses, called directly: its browser client would be 15 KB for two requests.
 * Its refusals are not problem documents, so they are turned into ours.
 */
async function post(path: string, body: object): Promise<void> {
  const answer = await fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.ok) return;
  const code = codeOf(answer.status);
  throw new ProblemError({
    type: `urn:orderwatch:problem:${code}`,
    title: answer.statusText,
    status: answer.status,
    code,
    detail: `The server answered ${answer.status}`,
    requestId: answer.headers.get("x-request-id") ?? "",
  });
}

function codeOf(status: number): string {
  if (status === 429) return "session.too_many_attempts";
  if (status === 400 || status === 401) return "session.bad_credentials";
  if (status === 403) return "request.origin_refused";
  return status >= 500 ? "server.failed" : "request.invalid";
}

export const signIn = (email: string, password: string): Promise<void> =>
  post("/api/auth/sign-in/email", { email, password });

export const signOut = (): Promise<void> => post("/api/auth/sign-out", {});

/** Where to go after signing in: a path of this console, never another site's address. */
export function safeReturn(path: string | undefined): string {
  if (path === undefined || !path.startsWith("/") || path.startsWith("//") || path.includes("\\")) return "/";
  return path.startsWith("/sign-in") ? "/" : path;
}

import type { Problem } from "./problem.ts";
import type { BodyInputOf, ParamsInputOf, Path, QueryInputOf, ReplyOf, Route, RouteTable } from "./route.ts";

/** What a refused call throws: the server's problem document. `problem.code` decides the wording. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

type Options<R extends Route> = {
  headers?: Record<string, string>;
  signal?: AbortSignal;
} & (undefined extends ParamsInputOf<R> ? object : { params: ParamsInputOf<R> }) &
  (undefined extends QueryInputOf<R> ? { query?: QueryInputOf<R> } : { query: QueryInputOf<R> }) &
  (undefined extends BodyInputOf<R> ? object : { body: BodyInputOf<R> });

export type Client<T extends RouteTable> = {
  [K in keyof T]: (
    ...options: object extends Options<T[K]> ? [Options<T[K]>?] : [Options<T[K]>]
  ) => Promise<ReplyOf<T[K]>>;
};

interface Call {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * A typed client for a route table, made from its paths alone so that no schema reaches the browser.
 * Answers outside 2xx throw ProblemError; a lost network throws what fetch throws.
 */
export function createClient<T extends RouteTable>(
  paths: { readonly [K in keyof T]: Path },
  options: { baseUrl?: string; fetch?: typeof fetch } = {},
): Client<T> {
  const base = options.baseUrl ?? "";
  const send = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args));
  const call =
    (path: Path) =>
    async (given: Call = {}) => {
      const [method = "GET", template = "/"] = path.split(" ");
      const url = template.replace(/:(\w+)/g, (_, name: string) =>
        encodeURIComponent(String(given.params?.[name])),
      );
      const answer = await send(`${base}${url}${queryString(given.query)}`, {
        method,
        credentials: "same-origin",
        headers: {
          ...(given.body === undefined ? {} : { "content-type": "application/json" }),
          ...given.headers,
        },
        ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
        ...(given.signal ? { signal: given.signal } : {}),
      });
      if (answer.ok) return answer.status === 204 ? undefined : await answer.json();
      throw new ProblemError(await readProblem(answer));
    };
  const entries = (Object.entries(paths) as [string, Path][]).map(([name, path]) => [name, call(path)]);
  return Object.fromEntries(entries) as Client<T>;
}

function queryString(query: Record<string, unknown> | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text ? `?${text}` : "";
}

async function readProblem(answer: Response): Promise<Problem> {
  const isProblem = answer.headers.get("content-type")?.includes("json");
  if (isProblem) return (await answer.json()) as Problem;
  return {
    type: "about:blank",
    title: answer.statusText,
    status: answer.status,
    code: "server.busy",
    detail: `The server answered ${answer.status}`,
    requestId: answer.headers.get("x-request-id") ?? "",
  };
}

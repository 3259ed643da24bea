import { DomainError } from "@orderwatch/shared/problem.ts";
import type { BodyOf, ParamsOf, QueryOf, ReplyOf, Route } from "@orderwatch/shared/route.ts";
import type { z } from "zod";
import { type HttpReply, type HttpRequest, jsonReply } from "./message.ts";

/** Something mounted at an address: its answer is whole, errors included are thrown as DomainError. */
export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly bodyLimitBytes: number;
  /**
   * Decides from the head alone, before a byte of the body is read: throws to refuse, or gives what shall handle the
   * request in place of `handle`.
   */
  admit?(head: HttpRequest): Promise<Endpoint["handle"]>;
  /** True where the handler reads `request.stream` itself; the body limit then does not apply. */
  streams?(head: HttpRequest): boolean;
  handle(request: HttpRequest): Promise<HttpReply>;
}

export interface Parsed<R extends Route> {
  params: ParamsOf<R>;
  query: QueryOf<R>;
  body: BodyOf<R>;
  request: HttpRequest;
}

/** Reads a body of this content type itself, as it arrives in `request.stream`; the route's limit does not apply. */
export interface StreamHandler<R extends Route> {
  contentType: string;
  handle(input: Omit<Parsed<R>, "body">): Promise<ReplyOf<R>>;
}

export const defaultBodyLimitBytes = 64 * 1024;

/**
 * Puts a handler behind a route of the contract: everything is parsed before it runs, and its answer goes out
 * with the route's status and caching rules.
 */
export function endpoint<R extends Route>(
  route: R,
  handler: (input: Parsed<R>) => Promise<ReplyOf<R>>,
  stream?: StreamHandler<R>,
): Endpoint {
  const [method = "GET", path = "/"] = route.path.split(" ");
  return {
    method,
    path,
    bodyLimitBytes: route.bodyLimitBytes ?? defaultBodyLimitBytes,
    streams: (head) => stream !== undefined && contentTypeOf(head) === stream.contentType,
    async handle(request) {
      const head = {
        params: parsePart(route.params, request.params, ""),
        query: parsePart(route.query, Object.fromEntries(request.query), ""),
        request,
      } as Omit<Parsed<R>, "body">;
      const readBody = () => (route.body ? parsePart(route.body, parseJson(request), "") : undefined);
      const reply =
        stream && request.stream
          ? await stream.handle(head)
          : await handler({ ...head, body: readBody() } as Parsed<R>);
      return jsonReply(route.status ?? 200, reply, cachingOf(route));
    },
  };
}

function cachingOf({ confidential, maxAgeS }: Route): Record<string, string> {
  if (confidential) return { "cache-control": "no-store" };
  return maxAgeS === undefined ? {} : { "cache-control": `public, max-age=${maxAgeS}` };
}

/** Parses what came from outside; a refusal names every field and what it wants. */
export function parsePart(schema: z.ZodType | undefined, value: unknown, at: string): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = flatten(result.error.issues).slice(0, mostErrors);
  throw invalidRequest(issues.map((issue) => ({ ...issue, path: at + issue.path })));
}

/** A file of 100,000 bad codes is refused with the first of them. */
const mostErrors = 50;

export function invalidRequest(errors: { path: string; message: string }[]): DomainError {
  const [first] = errors;
  const where = first?.path ? `${first.path}: ` : "";
  return new DomainError("request.invalid", `${where}${first?.message ?? "not valid"}`, { errors });
}

/**
 * A union's issues are those of the branch that came closest, so that the caller reads about the field they meant.
 * A field that nobody knows is named by its own path.
 */
function flatten(issues: z.core.$ZodIssue[]): { path: string; message: string }[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({
        path: [...issue.path, key].join("."),
        message: "is not known here",
      }));
    // A union that is told apart by a field has no branch to show where that field is wrong.
    if (issue.code !== "invalid_union" || issue.errors.length === 0)
      return [{ path: issue.path.join("."), message: issue.message }];
    const branches = issue.errors.map(flatten).sort((a, b) => a.length - b.length);
    return (
      branches[0]?.map((inner) => ({
        ...inner,
        path: [...issue.path, inner.path].filter(String).join("."),
      })) ?? []
    );
  });
}

function contentTypeOf(head: HttpRequest): string | undefined {
  return head.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
}

function parseJson(request: HttpRequest): unknown {
  if (contentTypeOf(request) !== "application/json")
    throw new DomainError("request.unsupported_media_type", "Send content-type: application/json");
  try {
    return JSON.parse(request.body.toString("utf8"));
  } catch (cause) {
    throw new DomainError("request.malformed", "The body is not valid JSON", { cause });
  }
}

import type { z } from "zod";

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** `METHOD /path/:param`, the browser's whole knowledge of a route; schemas stay out of its bundle. */
export type Path = `${Method} /${string}`;

/**
 * One route of the contract: what it takes and what it answers. Server mounts, problem documents, OpenAPI and the
 * web's typed client are all made from tables of these.
 */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  readonly path: Path;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly reply: Reply;
  /** HTTP status of success; 200 when absent. */
  readonly status?: number;
  /** Largest body in bytes; 64 KiB when absent. */
  readonly bodyLimitBytes?: number;
  /** True where the answer carries codes or personal data and must not be stored by anyone. */
  readonly confidential?: boolean;
  /** For so many seconds anyone may keep the answer, which is the same for all; absent: nothing is said about it. */
  readonly maxAgeS?: number;
}

/** Keeps a route's literal types. */
export function route<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Reply extends z.ZodType = z.ZodType,
>(definition: Route<Params, Query, Body, Reply>): Route<Params, Query, Body, Reply> {
  return definition;
}

export type RouteTable = Record<string, Route>;

// The `undefined` of an optional field falls away here; a route without a body has a ZodUndefined instead.
type Input<T> = T extends z.ZodType ? z.input<T> : never;
type Output<T> = T extends z.ZodType ? z.output<T> : never;

export type ParamsOf<R extends Route> = Output<R["params"]>;
export type QueryOf<R extends Route> = Output<R["query"]>;
export type BodyOf<R extends Route> = Output<R["body"]>;
export type BodyInputOf<R extends Route> = Input<R["body"]>;
export type QueryInputOf<R extends Route> = Input<R["query"]>;
export type ParamsInputOf<R extends Route> = Input<R["params"]>;
export type ReplyOf<R extends Route> = z.input<R["reply"]>;

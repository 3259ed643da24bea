import { may } from "@orderwatch/shared/ops/roles.ts";
import { type OpsRoutes, opsPermissions, opsRoutes } from "@orderwatch/shared/ops/routes.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { ReplyOf, Route } from "@orderwatch/shared/route.ts";
import { type Endpoint, endpoint, type Parsed } from "../../platform/http/endpoint.ts";
import type { HttpRequest } from "../../platform/http/message.ts";
import type { Accounts, Staff } from "./actions.ts";

type RouteName = keyof OpsRoutes;

export type StaffHandler<R extends Route> = (input: Parsed<R> & { staff: Staff }) => Promise<ReplyOf<R>>;

/** One handler for every route of the console's contract. */
export type StaffHandlers = { [K in RouteName]: StaffHandler<OpsRoutes[K]> };

/** See StreamHandler. */
export interface StaffStreamHandler<R extends Route> {
  contentType: string;
  handle(input: Omit<Parsed<R>, "body"> & { staff: Staff }): Promise<ReplyOf<R>>;
}

export interface GuardContext {
  accounts: Pick<Accounts, "authenticate">;
  /** Where the console's own pages come from. */
  origins: readonly string[];
}

/**
 * Puts a handler behind a route of the console. Before a byte of the body is read: a session (401 `session.required`),
 * the role's permission (403 `session.forbidden`), and for whatever changes something an origin of ours (403
 * `request.origin_refused`).
 */
export function staffEndpoint<K extends RouteName>(
  context: GuardContext,
  name: K,
  handler: StaffHandler<OpsRoutes[K]>,
  stream?: StaffStreamHandler<OpsRoutes[K]>,
): Endpoint {
  const mount = (staff: Staff | undefined) =>
    endpoint(
      opsRoutes[name],
      (input: Parsed<OpsRoutes[K]>) => handler({ ...input, staff: signedIn(staff) }),
      stream && {
        contentType: stream.contentType,
        handle: (input) => stream.handle({ ...input, staff: signedIn(staff) }),
      },
    );
  const admit = async (head: HttpRequest): Promise<Endpoint["handle"]> => {
    const admitted = mount(await authorize(context, name, head));
    return (request) => admitted.handle(request);
  };
  return { ...mount(undefined), admit, handle: async (request) => (await admit(request))(request) };
}

function signedIn(staff: Staff | undefined): Staff {
  if (!staff) throw new Error("a handler ran before its guard");
  return staff;
}

async function authorize(context: GuardContext, name: RouteName, head: HttpRequest): Promise<Staff> {
  const staff = await context.accounts.authenticate(head.headers);
  if (!staff) throw new DomainError("session.required", "Sign in first");
  const permission = opsPermissions[name];
  if (permission !== "signed_in" && !may(staff.role, permission))
    throw new DomainError("session.forbidden", `This needs ${permission}, which ${staff.role} has not`);
  if (head.method !== "GET" && head.method !== "HEAD") requireOrigin(context.origins, head);
  return staff;
}

/** A change comes from our own pages: browsers always say where a request comes from, so its absence is refused too. */
export function requireOrigin(origins: readonly string[], head: Pick<HttpRequest, "headers">): void {
  const origin = head.headers.origin;
  if (origin !== undefined && origins.includes(origin)) return;
  throw new DomainError(
    "request.origin_refused",
    origin === undefined ? "Send the console's own address as Origin" : "Requests from there are refused",
  );
}

/** Every route of the contract, each behind its guard. */
export function staffEndpoints(
  context: GuardContext,
  handlers: StaffHandlers,
  streams: { [K in RouteName]?: StaffStreamHandler<OpsRoutes[K]> } = {},
): Endpoint[] {
  const mount = <K extends RouteName>(name: K) =>
    staffEndpoint<K>(context, name, handlers[name], streams[name]);
  return (Object.keys(opsRoutes) as RouteName[]).map((name) => mount(name));
}

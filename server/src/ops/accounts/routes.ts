import { may, type Permission, permissions } from "@orderwatch/shared/ops/roles.ts";
import { route } from "@orderwatch/shared/route.ts";
import { text } from "@orderwatch/shared/text.ts";
import { z } from "zod";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import { type HttpRequest, header, jsonReply } from "../../platform/http/message.ts";
import type { Accounts, Staff } from "./actions.ts";
import { requireOrigin } from "./guard.ts";
import { authPath } from "./sign-in.ts";

const Credentials = z.strictObject({
  email: text(254),
  password: z.string().min(1).max(128),
  rememberMe: z.boolean().optional(),
});

const SignedIn = z.object({
  redirect: z.literal(false),
  user: z.object({ id: z.string(), email: z.string(), name: z.string(), role: z.string() }),
});

/** The part of the contract that comes before a session. */
export const signInRoutes = {
  signIn: route({
    path: `POST ${authPath}/sign-in/email`,
    summary: "Sign in; the answer sets the session cookie",
    body: Credentials,
    reply: SignedIn,
    confidential: true,
  }),
  signOut: route({
    path: `POST ${authPath}/sign-out`,
    summary: "End the session; the answer takes the cookie back",
    reply: z.object({ success: z.literal(true) }),
    confidential: true,
  }),
};

/**
 * Signing in and out: all that staff need of the sign-in library, whose other addresses stay closed. Answers are in our
 * own shape, problem documents included.
 */
export function signInEndpoints(context: { accounts: Accounts; origins: readonly string[] }): Endpoint[] {
  const { accounts, origins } = context;
  const signIn = async (request: HttpRequest) => {
    let cookies: string[] = [];
    const reply = await endpoint(signInRoutes.signIn, async ({ body }) => {
      const { email, password } = body;
      const userAgent = header(request, "user-agent");
      const signedIn = await accounts.signIn({ email, password, address: request.address, userAgent });
      cookies = signedIn.cookies;
      return { redirect: false as const, user: signedIn.user };
    }).handle(request);
    return { ...reply, headers: { ...reply.headers, "set-cookie": cookies } };
  };
  const signOut = async (request: HttpRequest) => {
    const cookies = await accounts.signOut(request.headers);
    const reply = jsonReply(200, { success: true }, { "cache-control": "no-store" });
    return { ...reply, headers: { ...reply.headers, "set-cookie": cookies } };
  };
  return [
    guarded(`${authPath}/sign-in/email`, signIn, (head) => refuseForeign(origins, head)),
    guarded(`${authPath}/sign-out`, signOut, (head) => requireOrigin(origins, head)),
  ];
}

function guarded(path: string, handle: Endpoint["handle"], check: (head: HttpRequest) => void): Endpoint {
  const admit = async (head: HttpRequest) => {
    check(head);
    return handle;
  };
  return {
    method: "POST",
    path,
    bodyLimitBytes: 4 * 1024,
    admit,
    handle: async (request) => (await admit(request))(request),
  };
}

/** Signing in needs no session, so a script without an Origin may; another site's page may not. */
function refuseForeign(origins: readonly string[], head: HttpRequest): void {
  const site = header(head, "sec-fetch-site");
  if (head.headers.origin === undefined && (site === undefined || site === "same-origin")) return;
  requireOrigin(origins, head);
}

/** Handlers of the accounts' routes, by their names in the contract. */
export function accountsRoutes(context: { shopUrl: string }) {
  return {
    me: async ({ staff }: { staff: Staff }) => ({
      id: staff.id,
      email: staff.email,
      name: staff.name,
      role: staff.role,
      permissions: (Object.keys(permissions) as Permission[]).filter((one) => may(staff.role, one)),
      shopUrl: context.shopUrl,
    }),
  };
}

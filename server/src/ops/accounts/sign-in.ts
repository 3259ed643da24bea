import { type Role, roles } from "@orderwatch/shared/ops/roles.ts";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { betterAuth } from "better-auth/minimal";
import type { Database } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { staff, staffCredentials, staffRateLimits, staffSessions, staffVerifications } from "./table.ts";

/** Carries the client address that our one resolver believes; always overwritten, so nobody can send it. */
export const addressHeader = "x-orderwatch-address";

export const authPath = "/api/auth";
const sessionSeconds = 7 * 24 * 3600;
/** Sign-ins from one address; a person mistypes a few times, a guesser needs thousands. */
const signInsPerMinute = 20;

export interface SignInOptions {
  db: Database;
  log: Logger;
  newId: NewId;
  /** The console's public address and the origins that browsers may come from. */
  url: string;
  origins: readonly string[];
  production: boolean;
  /** Signs cookies. */
  secret: string;
  onSessionEnded: (sessionId: string) => void;
}

/**
 * The sign-in library, set up for staff: e-mail and password, accounts made by admins alone, sessions as rows. There is no
 * copy of a session in a cookie, so that ending one ends it at once. (`minimal` is the library without its query builder,
 * which we do not use; it halves the time to load.)
 */
export function createSignIn(options: SignInOptions) {
  return betterAuth({
    appName: "Orderwatch",
    baseURL: options.url,
    basePath: authPath,
    secret: options.secret,
    trustedOrigins: [...options.origins],
    telemetry: { enabled: false },
    database: drizzleAdapter(options.db.orm, {
      provider: "pg",
      schema: {
        user: staff,
        session: staffSessions,
        account: staffCredentials,
        verification: staffVerifications,
        rateLimit: staffRateLimits,
      },
    }),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 10,
      maxPasswordLength: 128,
    },
    user: {
      additionalFields: { role: { type: [...roles], required: true, input: false, defaultValue: "viewer" } },
    },
    session: { expiresIn: sessionSeconds, disableSessionRefresh: true, cookieCache: { enabled: false } },
    rateLimit: {
      enabled: true,
      storage: "database",
      window: 60,
      max: 120,
      customRules: {
        "/sign-in/email": { window: 60, max: signInsPerMinute },
        "/get-session": false,
        "/sign-out": false,
      },
    },
    databaseHooks: {
      session: { delete: { after: async (session) => options.onSessionEnded(session.id) } },
    },
    advanced: {
      ipAddress: { ipAddressHeaders: [addressHeader], ipv6Subnet: 64 },
      database: { generateId: () => options.newId() },
      // `__Host-` ties the cookie to this very host; browsers take it over HTTPS only.
      useSecureCookies: false,
      cookies: {
        session_token: {
          name: options.production ? "__Host-orderwatch-session" : "orderwatch-session",
          attributes: { secure: options.production, sameSite: "lax", httpOnly: true, path: "/" },
        },
      },
    },
    logger: {
      level: "warn",
      log: (level, message) => options.log[level === "error" ? "error" : "debug"]({ signIn: true }, message),
    },
  });
}

export function isRole(value: unknown): value is Role {
  return (roles as readonly unknown[]).includes(value);
}

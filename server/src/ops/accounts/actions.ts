import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import type { Role } from "@orderwatch/shared/ops/roles.ts";
import { DomainError, remedies } from "@orderwatch/shared/problem.ts";
import { fromNodeHeaders } from "better-auth/node";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { recordAudit } from "../audit/actions.ts";
import { addressHeader, authPath, createSignIn, isRole } from "./sign-in.ts";
import * as store from "./store.ts";

/** Who is signed in. */
export interface Staff {
  id: string;
  email: string;
  name: string;
  role: Role;
  /** The session they came with; ending it ends whatever they opened with it. */
  sessionId: string;
}

export interface SignedIn {
  user: Omit<Staff, "sessionId">;
  /** Set-Cookie headers. */
  cookies: string[];
}

export interface Accounts {
  /** Who sent these headers; null when nobody is signed in. For requests and for socket handshakes alike. */
  authenticate(headers: IncomingHttpHeaders): Promise<Staff | null>;
  /** Throws `session.bad_credentials` or `session.too_many_attempts`. `address` is the believed client address. */
  signIn(given: {
    email: string;
    password: string;
    address: string;
    userAgent?: string | undefined;
  }): Promise<SignedIn>;
  /** Ends the session; returns the cookies that forget it. */
  signOut(headers: IncomingHttpHeaders): Promise<string[]>;
  /** Creates an account; false when the e-mail is taken. */
  create(person: { email: string; name: string; role: Role; password: string }): Promise<boolean>;
  /** Creates the first account, if there is none; `notice` gets the line to print, with a random password in it. */
  createFirst(first: {
    email: string;
    password: string | undefined;
    notice: (line: string) => void;
  }): Promise<void>;
  /** Hears of sessions that end in this process; returns what stops it. */
  onSessionEnded(listener: (sessionId: string) => void): () => void;
}

/** Staff accounts: signing in, sessions, and who may come in first. */
export function createAccounts(context: {
  db: Database;
  log: Logger;
  clock: Clock;
  newId: NewId;
  keys: Keys;
  url: string;
  origins: readonly string[];
  production: boolean;
}): Accounts {
  const { db, log, clock, newId } = context;
  const ended = new EventEmitter();
  const library = createSignIn({
    ...context,
    secret: context.keys.sign("session", "cookies"),
    onSessionEnded: (sessionId) => ended.emit("ended", sessionId),
  });
  const hash = async (password: string) => (await library.$context).password.hash(password);

  const call = (path: string, headers: Record<string, string>, body: object) =>
    library.handler(
      new Request(`${context.url}${authPath}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: new URL(context.url).origin, ...headers },
        body: JSON.stringify(body),
      }),
    );

  const authenticate: Accounts["authenticate"] = async (headers) => {
    if (headers.cookie === undefined) return null;
    const found = await library.api.getSession({ headers: fromNodeHeaders({ cookie: headers.cookie }) });
    if (!found) return null;
    const { id, email, name, role } = found.user;
    if (!isRole(role)) throw new Error("an account with an unknown role");
    return { id, email, name, role, sessionId: found.session.id };
  };

  return {
    authenticate,

    async signIn({ email, password, address, userAgent }) {
      const answer = await call(
        "/sign-in/email",
        { [addressHeader]: address.split("/")[0] ?? "", ...(userAgent ? { "user-agent": userAgent } : {}) },
        { email, password },
      );
      if (!answer.ok) {
        log.info({ status: answer.status, address }, "a sign-in was refused");
        if (answer.status < 500) await store.countFailedSignIn(db.sql, clock.now());
        throw refusal(answer, clock.now());
      }
      const { user } = (await answer.json()) as { user: Staff };
      log.info({ staff: user.id, address }, "signed in");
      await recordAudit(context, { staff: user }, { ...session("opened", user.id), facts: { address } });
      return {
        user: { id: user.id, email: user.email, name: user.name, role: user.role },
        cookies: answer.headers.getSetCookie(),
      };
    },

    async signOut(headers) {
      const staff = await authenticate(headers);
      const answer = await call("/sign-out", headers.cookie ? { cookie: headers.cookie } : {}, {});
      if (!answer.ok) throw new Error(`the sign-in library answered ${answer.status} to signing out`);
      if (staff) await recordAudit(context, { staff }, session("closed", staff.id));
      return answer.headers.getSetCookie();
    },

    async create({ email, name, role, password }) {
      const id = newId();
      const passwordHash = await hash(password);
      return await db.transaction(async (sql, within) => {
        const isNew = await store.insertStaff(sql, {
          ...{ id, credentialId: newId(), name, role, passwordHash, at: clock.now() },
          email: email.trim().toLowerCase(),
        });
        if (isNew) await recordAudit({ ...context, db: within }, { staff: null }, created(id, role));
        return isNew;
      });
    },

    async createFirst({ email, password, notice }) {
      if (await store.hasStaff(db.sql)) return;
      const chosen = password ?? randomBytes(15).toString("base64url");
      const passwordHash = await hash(chosen);
      await db.transaction(async (sql, within) => {
        await store.lockFirstAccount(sql);
        if (await store.hasStaff(sql)) return;
        const id = newId();
        await store.insertStaff(sql, {
          id,
          credentialId: newId(),
          email: email.toLowerCase(),
          name: "Admin",
          role: "admin",
          passwordHash,
          at: clock.now(),
        });
        await recordAudit({ ...context, db: within }, { staff: null }, created(id, "admin"));
        // Before the commit: an account whose password nobody saw could never be used, the other way round is harmless.
        notice(`first sign-in  ${email}  ${password === undefined ? chosen : "(password: ADMIN_PASSWORD)"}`);
      });
    },

    onSessionEnded(listener) {
      ended.on("ended", listener);
      return () => ended.off("ended", listener);
    },
  };
}

const target = (id: string) => ({ kind: "staff", id });
const session = (what: "opened" | "closed", id: string) => ({
  action: `session.${what}`,
  target: target(id),
});
const created = (id: string, role: Role) => ({
  action: "staff.created",
  target: target(id),
  facts: { role },
});

function refusal(answer: Response, now: Date): DomainError {
  if (answer.status === 429) {
    const waitSeconds = Number(answer.headers.get("x-retry-after") ?? 60);
    const until = new Date(now.getTime() + waitSeconds * 1000).toISOString();
    return new DomainError("session.too_many_attempts", `Try again in ${waitSeconds} seconds`, {
      remedies: remedies("session.too_many_attempts", { wait_until: { until } }),
    });
  }
  if (answer.status >= 500) return new DomainError("server.failed", "Please try again");
  return new DomainError("session.bad_credentials", "E-mail or password is wrong");
}

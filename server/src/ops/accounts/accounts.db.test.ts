import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findInDatabase } from "../../../test/canary.ts";
import { createTestContext, type TestContext } from "../../../test/context.ts";
import { createAddressResolver } from "../../platform/http/address.ts";
import { createExpress } from "../../platform/http/express.ts";
import { createHttpServer, createServing } from "../../platform/http/server.ts";
import { createMetrics } from "../../platform/metrics.ts";
import { type Accounts, createAccounts } from "./actions.ts";
import { staffEndpoint } from "./guard.ts";
import { accountsRoutes, signInEndpoints } from "./routes.ts";

const origin = "http://console.test";
const password = "correct horse battery";
const email = "someone@example.com";
let context: TestContext;
let accounts: Accounts;
let url = "";
let close = () => {};

beforeAll(async () => {
  context = await createTestContext();
  accounts = createAccounts({ ...context, url: origin, origins: [origin], production: false });
  await accounts.create({ email, name: "Someone", role: "support", password });
  const serving = createServing({
    ...context,
    addressOf: createAddressResolver(["loopback"]),
    metrics: createMetrics(),
  });
  const guard = { accounts, origins: [origin] };
  const endpoints = [
    ...signInEndpoints(guard),
    staffEndpoint(guard, "me", accountsRoutes({ shopUrl: "http://shop.test" }).me),
  ];
  const app = createExpress({ serving, endpoints, production: false });
  const server = createHttpServer({ serving, hot: [], rest: app });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => server.close();
});
afterEach(() => context.db.sql.query("delete from staff_rate_limits"));
afterAll(async () => {
  close();
  await context.close();
});

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
const signIn = (given: object = { email, password }, headers: Record<string, string> = { origin }) =>
  post("/api/auth/sign-in/email", given, headers);
const cookieOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0])
    .join("; ");
const me = (cookie: string) => fetch(`${url}/api/me`, { headers: { cookie } });
const code = async (answer: Response) => ((await answer.json()) as { code: string }).code;

describe("signing in", () => {
  test("gives a session cookie that scripts cannot read, and says who one is", async () => {
    const answer = await signIn({ email: "Someone@Example.com", password });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ user: { email, role: "support" } });
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^orderwatch-session=.*HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    // The session's token stands in the cookie alone.
    const token = decodeURIComponent(cookieOf(answer)).split("=")[1]?.split(".")[0] ?? "none";
    expect(text).not.toContain(token);
    expect(await (await me(cookieOf(answer))).json()).toMatchObject({
      email,
      role: "support",
      permissions: expect.arrayContaining(["orders.read"]),
      shopUrl: "http://shop.test",
    });
  });

  test("a wrong password and an unknown e-mail are told apart by nobody", async () => {
    const answers = [
      await signIn({ email, password: "wrong password" }),
      await signIn({ email: "nobody@example.com", password }),
      await signIn({ email: "no e-mail", password }),
    ];
    const shown = await Promise.all(
      answers.map(async (answer) => {
        const { requestId, ...rest } = (await answer.json()) as { requestId: string };
        expect(requestId).toBeTruthy();
        return rest;
      }),
    );
    expect(shown[0]).toMatchObject({ status: 401, code: "session.bad_credentials" });
    expect(shown[1]).toEqual(shown[0]);
    expect(shown[2]).toEqual(shown[0]);
  });

  test("bad input is a problem document, never a 500", async () => {
    for (const body of [{}, { email }, { email: 1, password: 2 }, { email, password: "\0".repeat(200) }, []])
      expect((await signIn(body)).status).toBe(400);
    expect((await signIn({ email: "a\0b@example.com", password })).status).toBe(400);
    const text = await fetch(`${url}/api/auth/sign-in/email`, { method: "POST", body: "email=x" });
    expect(text.status).toBe(415);
  });

  test("another site's page cannot sign anyone in; a script without an Origin can", async () => {
    expect((await signIn(undefined, { origin: "https://evil.test" })).status).toBe(403);
    expect((await signIn(undefined, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await signIn(undefined, {})).status).toBe(200);
  });

  test("guessing is throttled by the believed address, whatever a client claims", async () => {
    const guess = (forwarded: string) =>
      signIn({ email: "no e-mail", password }, { origin, "x-forwarded-for": forwarded });
    const statuses: number[] = [];
    // Claimed addresses left of the believed one change nothing, and neither does our own header.
    for (let n = 0; n < 21; n += 1) statuses.push((await guess(`10.0.0.${n}, 198.51.100.7`)).status);
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
    expect(statuses[20]).toBe(429);
    const spoofed = await signIn(undefined, {
      origin,
      "x-forwarded-for": "198.51.100.7",
      "x-orderwatch-address": "203.0.113.1",
    });
    expect(spoofed.status).toBe(429);
    expect(Number(spoofed.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await code(spoofed)).toBe("session.too_many_attempts");
    expect((await guess("198.51.100.8")).status).toBe(401);
    const v6 = ["2001:db8:1:2::1", "2001:db8:1:2::ffff"];
    for (let n = 0; n < 20; n += 1) await guess(v6[n % 2] ?? "");
    expect((await guess("2001:db8:1:2:3::4")).status).toBe(429);
    expect((await guess("2001:db8:1:3::1")).status).toBe(401);
  });
});

describe("sessions", () => {
  test("signing out ends the session at once, also for a copy of the cookie, and tells who listens", async () => {
    const cookie = cookieOf(await signIn());
    const { sessionId } = (await accounts.authenticate({ cookie })) ?? { sessionId: "" };
    const ended: string[] = [];
    const forget = accounts.onSessionEnded((id) => ended.push(id));
    expect((await post("/api/auth/sign-out", {}, { cookie })).status).toBe(403);
    expect((await me(cookie)).status).toBe(200);
    const answer = await post("/api/auth/sign-out", {}, { cookie, origin });
    forget();
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()[0]).toMatch(/Max-Age=0/);
    expect((await me(cookie)).status).toBe(401);
    expect(ended).toEqual([sessionId]);
  });

  test("a cookie that we did not sign is nobody's", async () => {
    const cookie = cookieOf(await signIn());
    expect((await me(cookie)).status).toBe(200);
    expect((await me(cookie.replace(/.(?=[^.]*$)/, "x"))).status).toBe(401);
    expect((await me("orderwatch-session=made-up.signature")).status).toBe(401);
    expect((await me("orderwatch-session=%00%ff")).status).toBe(401);
  });

  test("a role that was taken away counts with the next request", async () => {
    const cookie = cookieOf(await signIn());
    await context.db.sql.query("update staff set role = 'viewer' where email = $1", [email]);
    expect(await (await me(cookie)).json()).toMatchObject({ role: "viewer" });
    await context.db.sql.query("update staff set role = 'support' where email = $1", [email]);
  });
});

describe("accounts", () => {
  test("sign-up and every other address of the sign-in library are closed", async () => {
    const cookie = cookieOf(await signIn());
    const paths = [
      "sign-up/email",
      "update-user",
      "change-email",
      "change-password",
      "delete-user",
      "sign-in/social",
    ];
    for (const path of [...paths, "request-password-reset", "link-social", "list-sessions"]) {
      const answer = await post(
        `/api/auth/${path}`,
        { email: "x@example.com", password, name: "x", role: "admin" },
        { cookie, origin },
      );
      expect([path, answer.status]).toEqual([path, 404]);
    }
    const { rows } = await context.db.sql.query("select email from staff");
    expect(rows).toEqual([{ email }]);
  });

  test("the first account is made once, by one process, and its password is shown before it counts", async () => {
    const fresh = await createTestContext();
    try {
      const notices: string[] = [];
      const consoles = [1, 2, 3].map(() =>
        createAccounts({ ...fresh, url: origin, origins: [origin], production: false }),
      );
      const first = {
        email: "admin@orderwatch.local",
        password: undefined,
        notice: (line: string) => notices.push(line),
      };
      await Promise.all(consoles.map((one) => one.createFirst(first)));
      await consoles[0]?.createFirst(first);
      expect(notices).toHaveLength(1);
      const shown = /^first sign-in {2}(\S+) {2}(\S+)$/.exec(notices[0] ?? "");
      expect(shown?.[1]).toBe("admin@orderwatch.local");
      const given = { email: shown?.[1] ?? "", password: shown?.[2] ?? "", address: "127.0.0.1" };
      expect(await consoles[1]?.signIn(given)).toMatchObject({ user: { role: "admin" } });
    } finally {
      await fresh.close();
    }
  });

  test("an e-mail has one account", async () => {
    expect(
      await accounts.create({ email: " SOMEONE@example.com", name: "Other", role: "admin", password }),
    ).toBe(false);
  });

  test("the password stands nowhere in the database", async () => {
    expect(await findInDatabase(context.db, password)).toEqual([]);
  });

  test("in production the cookie is bound to its host and to HTTPS", async () => {
    const production = createAccounts({
      ...context,
      url: "https://console.example.com",
      origins: ["https://console.example.com"],
      production: true,
    });
    const { cookies } = await production.signIn({ email, password, address: "127.0.0.1" });
    expect(cookies[0]).toMatch(/^__Host-orderwatch-session=.*Path=\/;.*Secure/);
    expect(cookies[0]).not.toMatch(/Domain/i);
  });
});

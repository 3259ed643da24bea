import { createClient } from "@orderwatch/shared/client.ts";
import { opsPaths } from "@orderwatch/shared/ops/paths.ts";
import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestConsole, type TestConsole } from "../../test/console.ts";
import { eventually } from "../../test/poll.ts";

let console: TestConsole;
const as = async (role: "admin" | "engineer" | "viewer") => {
  const cookie = await console.signIn(role);
  return createClient<OpsRoutes>(opsPaths, {
    baseUrl: console.url,
    fetch: (url, init) =>
      fetch(url, { ...init, headers: { ...init?.headers, cookie, origin: console.origin } }),
  });
};

beforeAll(async () => {
  console = await startTestConsole();
});
afterAll(() => console.close());

describe("contact points", () => {
  it("count only when the code that went there was entered", async () => {
    const engineer = await as("engineer");
    const address = { channel: "email" as const, email: "engineer@example.com" };
    const added = await engineer.addContactPoint({ body: { address } });
    expect(added).toMatchObject({ verified: false, target: "e***@example.com" });
    const mail = await eventually("the code is in the mailbox", async () => {
      const { items } = await engineer.readMailbox({ query: {} });
      return items.find(({ state }) => state === "delivered");
    });
    const code = /\d{6}/.exec(mail.text.en)?.[0] ?? "";
    const params = { id: added.id };
    const wrong = code === "000000" ? "000001" : "000000";
    await expect(engineer.verifyContactPoint({ params, body: { code: wrong } })).rejects.toMatchObject({
      problem: { code: "contact.code_wrong" },
    });
    expect(await engineer.verifyContactPoint({ params, body: { code } })).toMatchObject({ verified: true });
    await expect(engineer.addContactPoint({ body: { address } })).rejects.toMatchObject({
      problem: { code: "contact.exists" },
    });
    await engineer.markRead({ params: { id: mail.id } });
    await engineer.removeContactPoint({ params });
    expect((await engineer.listContactPoints()).items).toEqual([]);
  });

  it("of others cannot be proven, removed or read, and codes are in nobody's list", async () => {
    const engineer = await as("engineer");
    const address = { channel: "email" as const, email: "second@example.com" };
    const { id } = await engineer.addContactPoint({ body: { address } });
    const admin = await as("admin");
    await expect(admin.removeContactPoint({ params: { id } })).rejects.toMatchObject({
      problem: { code: "contact.not_found" },
    });
    const { items } = await admin.listNotifications({ query: {} });
    expect(items.filter(({ title }) => title.en === "Your code")).toEqual([]);
    const [mail] = (await engineer.readMailbox({ query: {} })).items;
    await expect(admin.markRead({ params: { id: mail?.id ?? id } })).rejects.toMatchObject({
      problem: { code: "notification.not_found" },
    });
  });

  it("keep no address in clear", async () => {
    const { rows } = await console.context.db.sql.query(
      "select row_to_json(p)::text as row from contact_points p",
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.map(({ row }) => row).join()).not.toContain("second@example.com");
  });
});

describe("the auditor", () => {
  it("looks by itself, and finds messages that stand still", async () => {
    const admin = await as("admin");
    await eventually("it looked", async () => (await admin.readPagingHealth()).checkedAt);
    expect((await admin.readPagingHealth()).problems).toEqual([]);
    const { db, newId } = console.context;
    await db.transaction(async (sql) => {
      // Whoever holds a person's messages keeps every worker from them.
      const { rows } = await sql.query<{ id: string }>("select id from staff where role = 'admin'");
      const id = rows[0]?.id;
      await sql.query("select pg_advisory_xact_lock(hashtextextended('notify:' || $1::text, 0))", [id]);
      await db.sql.query(
        `insert into notifications (id, key, kind, staff_id, urgent, title, body, state, next_at, created_at)
         values ($1, 'stuck', 'page', $2, true, $3, $3, 'queued', now() - interval '1 minute', now())`,
        [newId(), id, { "zh-CN": "停滞", en: "Stuck" }],
      );
      await eventually("it is found", async () => (await admin.readPagingHealth()).problems.length === 1);
      expect((await admin.readPagingHealth()).problems[0]).toMatch(/^1 messages stand still since /);
    });
    await eventually("it moved", async () => (await admin.readPagingHealth()).problems.length === 0, 20_000);
  });
});

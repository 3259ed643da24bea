import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../../../test/context.ts";
import { audited, listAudit, recordAudit, verifyAudit } from "./actions.ts";

let context: TestContext;
beforeEach(async () => {
  context = await createTestContext();
});
afterEach(() => context.close());

const by = { staff: { id: "staff-1", name: "Li Na" }, requestId: "request-1" };
const note = (id: string) => ({
  ...{ action: "product.changed", target: { kind: "product", id }, reason: "a test" },
  facts: { priceFen: 100, name: "卡", archived: false, limit: null },
});
const write = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, n) => recordAudit(context, by, note(`p-${n}`))));
const sql = (text: string) => context.db.sql.query(text);
/** What somebody with the database's own password could do. */
const behindTheTriggers = (text: string) =>
  context.db.transaction(async (within) => {
    await within.query("set local session_replication_role = replica");
    await within.query(text);
  });

describe("R5: the audit log", () => {
  it("is one chain, whoever writes at once", async () => {
    await write(25);
    expect(await verifyAudit(context)).toEqual({ intact: true, entries: 25, brokenAt: null });
    const { items } = await listAudit(context, { limit: 200 });
    expect(items.map(({ position }) => position)).toEqual(Array.from({ length: 25 }, (_, n) => 25 - n));
  });

  it.each([
    "update audit_entries set reason = 'another' where position = 2",
    "delete from audit_entries where position = 3",
    "truncate audit_entries",
    "delete from audit_head",
    "truncate audit_head",
    "update audit_head set position = 1",
  ])("refuses: %s", async (statement) => {
    await write(3);
    await expect(sql(statement)).rejects.toMatchObject({ constraint: "audit_append_only" });
    expect(await verifyAudit(context)).toMatchObject({ intact: true, entries: 3 });
  });

  it.each([
    ["another reason", "update audit_entries set reason = 'another' where position = 2", 2],
    ["another fact", `update audit_entries set facts = facts || '{"priceFen": 1}' where position = 3`, 3],
    ["another person", "update audit_entries set actor = 'Wang Wei' where position = 1", 1],
    ["another time", "update audit_entries set at = at + interval '1 s' where position = 4", 4],
    ["an entry taken out", "delete from audit_entries where position = 2", 2],
    ["the last entry taken out", "delete from audit_entries where position = 4", 4],
    ["all entries taken out", "delete from audit_entries", 1],
    [
      "two entries exchanged",
      "update audit_entries set position = case position when 2 then 103 else 102 end where position in (2, 3); update audit_entries set position = position - 100 where position > 100",
      2,
    ],
    [
      "the head turned back",
      "delete from audit_entries where position = 4; update audit_head set position = 3",
      3,
    ],
  ])("tells where it was tampered with: %s", async (_, statement, brokenAt) => {
    await write(4);
    await behindTheTriggers(statement);
    expect(await verifyAudit(context)).toMatchObject({ intact: false, brokenAt });
  });

  it("keeps nothing of what was rolled back, and what it audits is undone with it", async () => {
    const insert = "insert into live_cursor (name, xid, moved_at) values ('audited', '0', now())";
    await audited(context, by, async (within) => {
      await within.sql.query(insert);
      return { result: undefined, note: note("kept") };
    });
    await expect(
      audited(context, by, async (within) => {
        await within.sql.query("delete from live_cursor where name = 'audited'");
        await recordAudit({ ...context, db: within }, by, note("gone"));
        throw new Error("it failed");
      }),
    ).rejects.toThrow("it failed");
    const { rows } = await context.db.sql.query("select name from live_cursor where name = 'audited'");
    expect(rows).toHaveLength(1);
    expect(await verifyAudit(context)).toEqual({ intact: true, entries: 1, brokenAt: null });
  });

  it("is read page by page, by target and by person", async () => {
    await write(5);
    await recordAudit(
      context,
      { staff: null },
      { action: "session.refused", target: { kind: "staff", id: "?" } },
    );
    const first = await listAudit(context, { limit: 4 });
    const rest = await listAudit(context, { limit: 4, cursor: first.nextCursor ?? "" });
    expect([...first.items, ...rest.items].map(({ position }) => position)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(rest.nextCursor).toBeNull();
    const one = await listAudit(context, { limit: 9, targetKind: "product", targetId: "p-2" });
    expect(one.items).toMatchObject([{ actor: "Li Na", reason: "a test", facts: { name: "卡" } }]);
    expect((await listAudit(context, { limit: 9, staffId: "staff-1" })).items).toHaveLength(5);
    await expect(listAudit(context, { limit: 9, cursor: "x' or 1" })).rejects.toMatchObject({
      code: "request.invalid",
    });
  });
});

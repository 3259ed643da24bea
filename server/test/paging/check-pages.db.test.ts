import { createHash } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../database.ts";
import { type Books, checkBooks, countDuplicates } from "./books.ts";
import { checkPages, openText } from "./check-pages.ts";

let database: TestDatabase;
let client: pg.Client;

/** The same id for the same name. */
const id = (name: string) =>
  createHash("sha256")
    .update(name)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
const words = '{"zh-CN": "a", "en": "a"}';
const run = (text: string) =>
  client.query(text.replace(/:([a-z]+\d*)/g, (whole, name) => (whole === "::" ? whole : `'${id(name)}'`)));

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const person of ["zhang", "li"])
    await run(
      `insert into staff (id, name, email, role, created_at, updated_at)
       values ('${person}', '${person}', '${person}@example.com', 'engineer', now(), now())`,
    );
  await incident(0, "stopped", 1);
  await page(0, 1, "zhang", "message0", "delivered");
  await attempt("call0", "message0", "sms", "delivered");
  await incident(1, "acknowledged", 2);
  await page(1, 1, "zhang", "message1", "exhausted", "sms: refused");
  await attempt("call1", "message1", "sms", "refused");
  await page(1, 2, "li", "message2", "sent");
  await attempt("call2", "message2", "push", "accepted");
  await incident(2, "stopped", 1);
  await page(2, 1, "zhang", "message3", "delivered");
  await run("update notifications set bundled_into = :message0 where id = :message3");
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function incident(n: number, state: string, turns: number): Promise<void> {
  await run(
    `insert into incidents (id, level, state, title, labels, drill, scope, started_at, opened_at, scanned_to, changed_at)
     values (:incident${n}, 1, 'false_alarm', '{"zh-CN": "Page ${n}", "en": "Page ${n}"}', '{}', false,
       '{"kind": "none"}', now(), now(), now(), now())`,
  );
  await run(
    `insert into escalations (id, incident_id, level, title, policy, state, turn, step, round, started_at)
     values (:escalation${n}, :incident${n}, 1, '${words}', '{}', '${state}', ${turns}, 0, 0, now())`,
  );
  for (let turn = 1; turn <= turns; turn++)
    await run(
      `insert into incident_events (id, incident_id, at, type, facts, links)
       values (:told${n}${turn}, :incident${n}, now(), 'escalation.paged', '{}', '[]')`,
    );
}

async function page(
  n: number,
  turn: number,
  person: string,
  message: string,
  state: string,
  reason?: string,
): Promise<void> {
  const said = reason === undefined ? "null" : `'${reason}'`;
  await run(
    `insert into notifications (id, key, kind, staff_id, incident_id, urgent, title, body, state, reason, created_at)
     values (:${message}, '${message}', 'page', '${person}', :incident${n}, true, '${words}', '${words}', '${state}',
       ${said}, now())`,
  );
  await run(
    `insert into escalation_pages (notification_id, escalation_id, turn, step, round, user_id, at, state, reason)
     values (:${message}, :escalation${n}, ${turn}, 0, 0, '${person}', now(),
       '${state === "exhausted" ? "exhausted" : "reached"}', ${said})`,
  );
}

const attempt = (name: string, message: string, channel: string, state: string) =>
  run(
    `insert into notification_attempts (id, notification_id, number, round, channel, point, target, state, calls, started_at)
     values (:${name}, :${message}, 1, 0, '${channel}', 'p', 't', '${state}', 1, now())`,
  );

const rightBooks = (): Books => ({
  sms: [{ id: id("call0"), received: true }],
  push: [{ id: id("call2") }],
});

/** What the checker finds when the rows are spoilt in this way; afterwards they are whole again. */
async function findSpoilt(statements: readonly string[], books = rightBooks()): Promise<string[]> {
  await client.query("begin");
  try {
    for (const text of statements) await run(text);
    const found = [...(await checkPages(client, 3)), ...(await checkBooks(client, books))];
    return found.map(({ invariant, what, count }) => `${invariant}: ${what} (${count})`);
  } finally {
    await client.query("rollback");
  }
}

const lost = "O1: a page that was raised and for which nobody was called (1)";

describe("the storm's checker", () => {
  it("finds nothing where everything is right", async () => {
    expect(await findSpoilt([])).toEqual([]);
    expect((await client.query(openText)).rows).toEqual([]);
  });

  it.each([
    [
      "O1: a message that stands still (1)",
      "update notifications set state = 'queued', next_at = now() where id = :message1",
    ],
    [
      "O1: a message that stands still (1)",
      "update notifications set state = 'sending' where id = :message3",
    ],
    [
      "O1: a page exhausted without a reason (1)",
      "update notifications set reason = '' where id = :message1",
    ],
    // The message and the one that went out in it.
    [
      "O1: a page marked sent that nobody had accepted (2)",
      "update notification_attempts set state = 'unclear' where id = :call0",
    ],
    [
      "O1: a page whose end its escalation has noted otherwise, or not at all (1)",
      "update escalation_pages set state = 'pending' where notification_id = :message2",
    ],
    [
      "O1: a page whose end its escalation has noted otherwise, or not at all (1)",
      "update notifications set state = 'exhausted', reason = 'sms: failed' where id = :message2",
    ],
    [
      "O1: a page that reached nobody and after which nobody else was called (1)",
      "delete from escalation_pages where notification_id = :message2; update escalations set state = 'paging' where id = :escalation1",
    ],
    [
      "O1: a message of an incident that is no page of its escalation (1)",
      "delete from escalation_pages where notification_id = :message2",
    ],
    [lost, "delete from escalation_pages where notification_id = :message0"],
    [lost, 'update incidents set title = \'{"en": "Page 7"}\' where id = :incident0'],
    [
      "O2: a turn taken twice, or passed over: its entries in the timeline differ from its number (1)",
      "update escalations set turn = 3 where id = :escalation1",
    ],
    [
      "O2: somebody paged twice in one turn (1)",
      "update escalation_pages set turn = 1, user_id = 'zhang' where notification_id = :message2",
    ],
    [
      "O4: one page that opened several incidents (1)",
      'update incidents set title = \'{"en": "Page 0"}\' where id = :incident1',
    ],
  ])("sees %s", async (what, statement) => {
    expect(await findSpoilt(statement.split("; "))).toContain(what);
  });

  it.each([
    ["a call noted as accepted that the company knows nothing of", { ...rightBooks(), push: [] }],
    [
      "a message noted as received that the company did not bring",
      { ...rightBooks(), sms: [{ id: id("call0"), received: false }] },
    ],
    [
      "a message at a company that no attempt was written down for",
      { ...rightBooks(), push: [{ id: id("call2") }, { id: id("nobody's") }] },
    ],
  ])("O1: sees in the companies' books %s", async (what, books) => {
    expect(await findSpoilt([], books)).toEqual([`O1: ${what} (1)`]);
  });

  it("counts what a company took twice, of one call or of two", async () => {
    expect(await countDuplicates(client, rightBooks())).toMatchObject({ pages: 0, byBoth: 0 });
    await client.query("begin");
    await run(
      `insert into notification_attempts (id, notification_id, number, round, channel, point, target, state, calls, started_at)
       values (:again0, :message0, 2, 1, 'sms', 'p', 't', 'accepted', 1, now()), (:other0, :message0, 3, 1, 'push', 'p', 't', 'accepted', 1, now())`,
    );
    const sms = [1, 2].map(() => ({ id: id("call0"), received: true }));
    const books = {
      sms: [...sms, { id: id("again0"), received: true }],
      push: [...rightBooks().push, { id: id("other0") }],
    };
    expect(await countDuplicates(client, books)).toEqual({
      ...{ pages: 1, ofOneCall: 1, ofLaterAttempts: 1, times: { 3: 1 }, byBoth: 1 },
    });
    await client.query("rollback");
  });
});

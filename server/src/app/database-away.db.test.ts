import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { testSecretKey } from "../../test/context.ts";
import { freePorts } from "../../test/free-ports.ts";
import { addPerson } from "../../test/people.ts";
import { eventually } from "../../test/poll.ts";
import { openTestSandbox, type TestSandbox } from "../../test/sandbox.ts";
import { systemClock } from "../platform/clock.ts";
import { createKeys } from "../platform/crypto.ts";
import { type Database, openDatabase } from "../platform/db.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../platform/embedded-postgres.ts";
import { readSettings } from "../platform/env.ts";
import { createIds } from "../platform/ids.ts";
import { createLog } from "../platform/log.ts";
import { migrate } from "../platform/migrations.ts";
import { sandboxSms } from "../platform/sandbox-keys.ts";
import { type RunningConsole, startConsole } from "./console.ts";

const logger = createLog({ level: "silent", name: "test" });
const phone = "13800138001";
let dataDir: string;
let postgres: EmbeddedPostgres;
let sandbox: TestSandbox;
let db: Database;
let console: RunningConsole;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "orderwatch-away-"));
  postgres = await startEmbeddedPostgres({ dataDir, durable: false, logger });
  await migrate(postgres.url);
  db = openDatabase({ url: postgres.url, name: "test", max: 2, log: logger });
  const newId = createIds(systemClock);
  sandbox = await openTestSandbox({ clock: systemClock, newId, log: logger, shopUrl: "http://shop.test" });
  // The first admin is whom the first rota puts on duty.
  await addPerson({ db, keys: createKeys(testSecretKey), newId }, [{ channel: "sms", phone }], "admin");
  const [port = 0] = await freePorts(1);
  const sms = sandboxSms(inject("sandboxKeys"), sandbox.url);
  const settings = readSettings({
    ...{ NODE_ENV: "test", ROLE: "console", CONSOLE_PORT: String(port), LOG_LEVEL: "silent" },
    ...{ DATABASE_URL: postgres.url, SECRET_KEY: testSecretKey, DATA_DIR: dataDir },
  });
  const quiet = {
    ...settings,
    sandbox: { ...settings.sandbox, on: false },
    notify: { ...settings.notify, sms },
  };
  console = await startConsole(quiet, null, { pagesFrom: null, notice: () => undefined });
});
afterAll(async () => {
  await console.close();
  await sandbox.close();
  await db.close();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const taken = async () => {
  const answer = await fetch(`${sandbox.url}/sms/messages`);
  const { items }: { items: { phone: string; content: string }[] } = JSON.parse(await answer.text());
  return items.filter((message) => message.phone === phone);
};

it("O1: PostgreSQL stops: who is on duty is paged all the same, once, and the incident tells of it when it is back", async () => {
  const port = Number(new URL(postgres.url).port);
  await postgres.stop();
  const [message] = await eventually(
    "the page",
    async () => {
      const found = await taken();
      return found.length > 0 && found;
    },
    20_000,
  );
  expect(message?.content).toContain("The database does not answer");

  postgres = await startEmbeddedPostgres({ dataDir, durable: false, port, logger });
  const page = await eventually(
    "its incident, with the page in it",
    async () => {
      const { rows } = await db.sql
        .query(
          `select i.id, n.key, n.state, (select count(*)::int from notifications o where o.incident_id = i.id) as pages,
             (select count(*)::int from notification_attempts a where a.notification_id = n.id) as attempts,
             array(select v.type from incident_events v where v.incident_id = i.id order by v.at, v.id) as told
           from incidents i join escalations e on e.incident_id = i.id
           join escalation_pages p on p.escalation_id = e.id and p.turn = 1
           join notifications n on n.id = p.notification_id
           where i.rule = 'database-down' and n.next_at is null`,
        )
        .catch(() => ({ rows: [] }));
      return rows[0];
    },
    30_000,
  );
  expect(page).toMatchObject({
    key: expect.stringMatching(/^outage:/),
    state: "delivered",
    pages: 1,
    attempts: 1,
  });
  expect(page.told).toEqual(
    expect.arrayContaining(["incident.opened", "escalation.paged", "escalation.direct"]),
  );
  expect(await taken()).toHaveLength(1);
}, 90_000);

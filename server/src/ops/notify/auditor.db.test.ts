import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../../../test/context.ts";
import { findStalled } from "../oncall/escalation-actions.ts";
import { createPagingAuditor } from "./audit-actions.ts";

let base: TestContext;
let pings = 0;
let answers = 200;
const deadman = createServer((_request, response) => {
  pings += 1;
  response.writeHead(answers).end();
});
let now = new Date("2026-10-05T10:00:00Z");
const after = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000);
};

beforeAll(async () => {
  base = await createTestContext();
  await new Promise<void>((resolve) => deadman.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await new Promise((resolve) => deadman.close(resolve));
  await base.close();
});

it("O1: the dead man's address hears of us every minute, and no more when an escalation does not move", async () => {
  const { port } = deadman.address() as AddressInfo;
  const auditor = createPagingAuditor({
    ...{ db: base.db, log: base.log, clock: { now: () => now } },
    deadmanUrl: `http://127.0.0.1:${port}/ping`,
    checks: [(at) => findStalled(base, at)],
  });
  await auditor.pass();
  after(59);
  await auditor.pass();
  expect(pings).toBe(1);
  after(1);
  await auditor.pass();
  expect(pings).toBe(2);

  const id = base.newId();
  await base.db.sql.query(
    `insert into escalations (id, incident_id, level, title, policy, state, turn, step, round, next_at, started_at)
     values ($1, $2, 1, '{"zh-CN": "a", "en": "a"}', '{}', 'paging', 1, 0, 0, $3, $3)`,
    [id, base.newId(), new Date(now.getTime() + 60_000)],
  );
  after(60);
  await auditor.pass();
  expect([pings, auditor.health().problems]).toEqual([3, []]);
  after(60);
  await auditor.pass();
  after(60);
  await auditor.pass();
  expect([pings, auditor.health().problems]).toEqual([3, [`escalation ${id} does not move`]]);

  await base.db.sql.query("update escalations set state = 'stopped', next_at = null where id = $1", [id]);
  answers = 500;
  await auditor.pass();
  answers = 200;
  await auditor.pass();
  // A refused word is tried again at the next look, not a minute later.
  expect([pings, auditor.health()]).toMatchObject([5, { problems: [], pingedAt: now.toISOString() }]);
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createLog } from "../src/platform/log.ts";
import { freePorts } from "../test/free-ports.ts";
import { admin, callJson, type Staff, signIn } from "../test/product.ts";
import { spawnRole } from "../test/role-process.ts";
import { print, quantile } from "./figures.ts";

const alerts = 10_000;
const goalMs = 100;
const samples = 100;
/** The console has seen them all by then. */
const restMs = 5_000;
const token = "the token of a benchmark";

/** What changes of state cost staff and other systems beside 10,000 open alerts, each with its incident; goal: 100 ms. */
export async function benchAlerts(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-bench-"));
  const logger = createLog({ level: "warn", name: "bench" });
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true, logger });
  const sql = new pg.Pool({ connectionString: postgres.url, max: 1 });
  const [port = 0, sandboxPort = 0] = await freePorts(2);
  const console = spawnRole({
    ...{ ROLE: "console", CONSOLE_PORT: String(port), SANDBOX_PORT: String(sandboxPort), LOG_LEVEL: "fatal" },
    ...{ DATABASE_URL: postgres.url, DATA_DIR: dataDir, SECRET_KEY: "a benchmark's master key, long enough" },
    ...{ ALERTS_TOKEN: token, ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password },
  });
  try {
    await console.ready(port);
    const url = `http://localhost:${port}`;
    const staff = await signIn(url, admin);
    await measure("an empty desk", url, sql, staff);
    const begun = performance.now();
    await fill(sql);
    const { rows } = await sql.query("select count(*)::int n from alerts where state = 'firing'");
    const s = ((performance.now() - begun) / 1_000).toFixed(0);
    print(`open alerts                ${rows[0]?.n}, written in ${s} s`);
    await delay(restMs);
    await measure("10,000 open", url, sql, staff);
  } finally {
    await console.kill();
    await sql.end();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const send = (url: string, sent: { name: string; endsAt?: string }[]) =>
  callJson(`${url}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(
      sent.map(({ name, ...rest }, n) => ({
        labels: { alertname: name, level: String((n % 3) + 1) },
        annotations: { summary: name },
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        ...rest,
      })),
    ),
  });

/** As the intake and its incidents would have written them, in one go: what is measured is what stands. */
async function fill(sql: pg.Pool): Promise<void> {
  await sql.query(`create temporary table made as
    select uuidv7() as alert, uuidv7() as incident, uuidv7() as escalation, n, n % 3 + 1 as level,
      jsonb_build_object('alertname', 'open-' || n) as labels,
      jsonb_build_object('zh-CN', 'open-' || n, 'en', 'open-' || n) as title
    from generate_series(1, ${alerts}) n`);
  const texts = [
    `insert into incidents (id, level, state, title, rule, labels, group_key, drill, scope, started_at, opened_at, scanned_to,
       changed_at)
     select incident, level, 'detected', title, 'alertmanager', labels, 'bench-' || n, false,
       '{"failures": ["payment."], "stuckAfterS": 60}', now(), now(), now(), now() from made`,
    `insert into alerts (id, key, rule, level, labels, title, facts, state, source, condition_since, fired_at, last_true_at,
       incident_id, ends_at)
     select alert, 'bench-' || n, 'alertmanager', level, labels, title, '{}', 'firing', 'alertmanager', now(), now(), now(),
       incident, now() + interval '1 hour' from made`,
    "insert into incident_alerts (alert_id, incident_id, joined_at) select alert, incident, now() from made",
    "insert into incident_levels (incident_id, at, level) select incident, now(), level from made",
    `insert into incident_deadlines (incident_id, kind, level, due_at, active)
     select incident, 'plan_started', level, now() + interval '1 hour', true from made`,
    `insert into incident_events (id, incident_id, at, type, facts, links)
     select uuidv7(), incident, now(), type, '{}', '[]' from made, unnest(array['incident.opened', 'escalation.paged']) type`,
    `insert into escalations (id, incident_id, level, title, policy, state, turn, step, round, next_at, started_at)
     select escalation, incident, level, title, '{"name": "-", "steps": [], "repeats": 0, "autoUnackSeconds": null}', 'paging',
       1, 0, 0, now() + interval '1 hour', now() from made`,
    "analyze",
  ];
  for (const text of texts) await sql.query(text);
}

async function timed(into: number[], work: () => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  await work();
  into.push(performance.now() - begun);
}

async function measure(where: string, url: string, sql: pg.Pool, staff: Staff): Promise<void> {
  const kinds = {
    acknowledge: [],
    mitigate: [],
    "alert resolved": [],
    "list of open ones": [],
  } satisfies Record<string, number[]>;
  const names = Array.from({ length: samples }, (_, n) => ({ name: `${where}-${n}` }));
  await send(url, names);
  const { rows } = await sql.query<{ id: string }>(
    "select id from incidents where title->>'en' = any ($1) order by id",
    [names.map(({ name }) => name)],
  );
  const move = (id: string, to: string) => staff.call("POST", `/api/incidents/${id}/transitions`, { to });
  for (const [n, { id }] of rows.entries()) {
    await timed(kinds.acknowledge, () => move(id, "acknowledged"));
    await timed(kinds.mitigate, () => move(id, "mitigating"));
    const over = [{ name: names[n]?.name ?? "", endsAt: new Date(Date.now() - 1).toISOString() }];
    await timed(kinds["alert resolved"], () => send(url, over));
    await timed(kinds["list of open ones"], () => staff.call("GET", "/api/incidents?state=open&limit=50"));
  }
  for (const [kind, ms] of Object.entries(kinds)) {
    const figures = [0.5, 0.99, 1].map((share) => quantile(ms, share).toFixed(0));
    print(
      `${where.padEnd(14)} ${kind.padEnd(18)} p50 ${figures[0]} ms, p99 ${figures[1]} ms, max ${figures[2]} ms (goal: < ${goalMs} ms)`,
    );
  }
}

import { once } from "node:events";
import { createServer } from "node:http";
import { createClient } from "@orderwatch/shared/client.ts";
import { opsPaths } from "@orderwatch/shared/ops/paths.ts";
import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestConsole, type TestConsole } from "../../../test/console.ts";
import { describeWith } from "../../../test/optional.ts";
import { eventually } from "../../../test/poll.ts";
import { type Running, startPrometheus } from "../../../test/prometheus.ts";

const alertsToken = "a token that only our Prometheus has";

describeWith("prometheus", "a Prometheus that takes the console for its Alertmanager", (program) => {
  let console: TestConsole;
  let prometheus: Running;
  /** What its target says of how full the disk is. */
  let fullness = 0;
  const target = createServer((_, response) => response.end(`disk_fullness ${fullness}\n`));

  beforeAll(async () => {
    console = await startTestConsole({ alertsToken });
    await once(target.listen(0, "127.0.0.1"), "listening");
    const address = target.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    prometheus = await startPrometheus({
      ...{ program, every: "200ms", resendDelay: "5s", targets: [`127.0.0.1:${address.port}`] },
      rules: [
        {
          ...{ alert: "DiskFull", expr: "disk_fullness > 0.9", labels: { severity: "critical" } },
          annotations: { summary: "The disk is full", runbook: "system-down" },
        },
      ],
      alertmanager: { target: new URL(console.url).host, bearer: alertsToken },
    });
  });
  afterAll(async () => {
    await prometheus.stop();
    await new Promise((resolve) => target.close(resolve));
    await console.close();
  });

  it("its alert opens one incident at its level, however often it is sent, which is resolved when it is over", async () => {
    const cookie = await console.signIn("viewer");
    const staff = createClient<OpsRoutes>(opsPaths, {
      baseUrl: console.url,
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init?.headers, cookie, origin: console.origin } }),
    });
    const incidents = async () => (await staff.listIncidents({ query: {} })).items;
    expect(await incidents()).toEqual([]);

    fullness = 0.97;
    const [opened] = await eventually("an incident", async () => {
      const found = await incidents();
      return found.length > 0 && found;
    });
    expect(opened).toMatchObject({
      ...{ level: 1, rule: "alertmanager", runbook: "system-down", state: "detected" },
      title: { en: "The disk is full" },
      labels: { alertname: "DiskFull", job: "shop", severity: "critical" },
    });
    const [alert] = (await staff.listAlerts({ query: { state: "firing" } })).items;
    await eventually(
      "the same alert is heard of again",
      async () => {
        const [again] = (await staff.listAlerts({ query: { state: "firing" } })).items;
        return again?.id === alert?.id && again?.lastTrueAt !== alert?.lastTrueAt;
      },
      30_000,
    );

    fullness = 0.5;
    await eventually(
      "it is resolved by itself",
      async () => (await incidents()).every(({ state }) => state === "resolved"),
      40_000,
    );
    expect(await incidents()).toHaveLength(1);
    expect((await staff.listAlerts({ query: {} })).items).toMatchObject([
      { id: alert?.id, source: "alertmanager", state: "resolved" },
    ]);
  }, 120_000);

  it.each([
    ["another token", { authorization: "Bearer a token of somebody else" }],
    ["no token", {}],
  ])("with %s nobody is heard: 401, and no alert", async (_, headers) => {
    const answer = await fetch(`${console.url}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify([{ labels: { alertname: "Forged" } }]),
    });
    expect(answer.status).toBe(401);
    const { rows } = await console.context.db.sql.query(
      "select from alerts where labels ->> 'alertname' = 'Forged'",
    );
    expect(rows).toEqual([]);
  });
});

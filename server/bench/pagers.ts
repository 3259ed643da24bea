import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { eventually } from "../test/poll.ts";
import { type PrometheusRule, type Running, startAlertmanager, startPrometheus } from "../test/prometheus.ts";

/** Pairs of Prometheus and Alertmanager that watch the same targets, and the webhook that they all page. */
export interface Pagers {
  start(name: string, kind: "stock" | "tuned"): Promise<void>;
  /** When a pair's page of this alert came, after a fault; in ms since 1970 UTC. */
  paged(name: string, alert: string, afterMs: number, withinMs: number): Promise<number>;
  /** Whether the last that a pair said of this alert is that it is over. */
  isOver(name: string, alert: string): boolean;
  stop(name: string): Promise<void>;
  close(): Promise<void>;
}

interface Page {
  at: number;
  name: string;
  alert: string;
  isFiring: boolean;
}

const failing = (window: string) =>
  `sum(rate(orders_failed_total{code="payment.channel_unavailable"}[${window}])) / sum(rate(orders_placed_total[${window}])) > 0.05`;

/** `stock`: Debian's files with rules as their makers advise; `tuned`: as fast as they go. */
const settings = {
  stock: {
    ...{ every: "15s", groupWait: "30s", groupInterval: "5m" },
    rules: [
      { alert: "PaymentsFailing", expr: failing("1m"), for: "1m" },
      { alert: "TargetDown", expr: "up == 0", for: "1m" },
    ],
  },
  tuned: {
    ...{ every: "1s", groupWait: "0s", groupInterval: "1s" },
    rules: [
      { alert: "PaymentsFailing", expr: failing("5s") },
      { alert: "TargetDown", expr: "up == 0" },
    ],
  },
} as const satisfies Record<
  string,
  { every: string; groupWait: string; groupInterval: string; rules: PrometheusRule[] }
>;

export async function openPagers(options: {
  prometheus: string;
  alertmanager: string;
  targets: readonly string[];
}): Promise<Pagers> {
  const pages: Page[] = [];
  const pairs = new Map<string, Running[]>();
  const webhook = createServer(async (request, response) => {
    const at = Date.now();
    const { alerts } = (await json(request)) as {
      alerts: { status: string; labels: { alertname: string } }[];
    };
    const name = (request.url ?? "/").slice(1);
    for (const { status, labels } of alerts)
      pages.push({ at, name, alert: labels.alertname, isFiring: status === "firing" });
    response.end();
  });
  await once(webhook.listen(0, "127.0.0.1"), "listening");
  const address = webhook.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const stop = async (name: string): Promise<void> => {
    for (const running of pairs.get(name) ?? []) await running.stop();
    pairs.delete(name);
  };
  return {
    async start(name, kind) {
      const { every, rules, groupWait, groupInterval } = settings[kind];
      const alertmanager = await startAlertmanager({
        ...{ program: options.alertmanager, groupWait, groupInterval },
        webhookUrl: `http://127.0.0.1:${port}/${name}`,
      });
      pairs.set(name, [alertmanager]);
      const prometheus = await startPrometheus({
        ...{ program: options.prometheus, every, rules, targets: options.targets },
        alertmanager: { target: `127.0.0.1:${alertmanager.port}` },
      });
      pairs.set(name, [prometheus, alertmanager]);
    },
    async paged(name, alert, afterMs, withinMs) {
      const page = await eventually(
        `${name} pages ${alert}`,
        () =>
          pages.find(
            (each) => each.name === name && each.alert === alert && each.isFiring && each.at > afterMs,
          ),
        withinMs,
      );
      return page.at;
    },
    isOver: (name, alert) =>
      pages.findLast((each) => each.name === name && each.alert === alert)?.isFiring === false,
    stop,
    async close() {
      for (const name of [...pairs.keys()]) await stop(name);
      await new Promise((resolve) => webhook.close(resolve));
    },
  };
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "./free-ports.ts";
import { eventually } from "./poll.ts";

/** A rule of Prometheus' own: `expr` in PromQL, `for` as a duration. */
export interface PrometheusRule {
  alert: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface PrometheusOptions {
  program: string;
  /** Scrapes and evaluations, as a duration. */
  every: string;
  /** How often an alert that fires is sent again, as a duration; a minute otherwise. */
  resendDelay?: string;
  /** Hosts with their ports, whose `/metrics` are scraped. */
  targets: readonly string[];
  rules: readonly PrometheusRule[];
  /** Where alerts are sent: a host with its port. */
  alertmanager: { target: string; bearer?: string };
}

export interface Running {
  port: number;
  stop(): Promise<void>;
}

/** A Prometheus of its own on a free port, with its data in a folder that goes with it. */
export async function startPrometheus(options: PrometheusOptions): Promise<Running> {
  const { every, targets, rules, alertmanager } = options;
  const authorization =
    alertmanager.bearer === undefined ? {} : { authorization: { credentials: alertmanager.bearer } };
  return await start(options.program, "prometheus", (folder) => ({
    files: {
      "prometheus.yml": {
        global: { scrape_interval: every, evaluation_interval: every, scrape_timeout: every },
        rule_files: [join(folder, "rules.yml")],
        scrape_configs: [{ job_name: "shop", static_configs: [{ targets }] }],
        alerting: {
          alertmanagers: [{ static_configs: [{ targets: [alertmanager.target] }], ...authorization }],
        },
      },
      "rules.yml": { groups: [{ name: "shop", rules }] },
    },
    flags: [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      ...(options.resendDelay === undefined ? [] : [`--rules.alert.resend-delay=${options.resendDelay}`]),
    ],
  }));
}

export interface AlertmanagerOptions {
  program: string;
  /** Durations. */
  groupWait: string;
  groupInterval: string;
  /** Where pages are sent. */
  webhookUrl: string;
}

/** An Alertmanager of its own on a free port, alone in its cluster. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Running> {
  return await start(options.program, "alertmanager", (folder) => ({
    files: {
      "alertmanager.yml": {
        route: {
          receiver: "page",
          group_by: ["alertname"],
          group_wait: options.groupWait,
          group_interval: options.groupInterval,
        },
        receivers: [{ name: "page", webhook_configs: [{ url: options.webhookUrl, send_resolved: true }] }],
      },
    },
    flags: [
      `--config.file=${join(folder, "alertmanager.yml")}`,
      `--storage.path=${join(folder, "data")}`,
      "--cluster.listen-address=",
    ],
  }));
}

/** JSON is YAML too, so that the configuration is an object here and a file there. */
async function start(
  program: string,
  name: string,
  configure: (folder: string) => { files: Record<string, object>; flags: string[] },
): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), `test-${name}-`));
  await mkdir(join(folder, "data"));
  const { files, flags } = configure(folder);
  for (const [file, content] of Object.entries(files))
    await writeFile(join(folder, file), JSON.stringify(content));
  const [port = 0] = await freePorts(1);
  const child = spawn(program, [...flags, `--web.listen-address=127.0.0.1:${port}`, "--log.level=error"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => said.push(data.toString()));
  const exited = once(child, "exit");
  const stop = async (): Promise<void> => {
    if (isAlive(child)) child.kill("SIGKILL");
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(
      `${name} is ready`,
      async () => {
        if (!isAlive(child)) throw new Error(`${name} ended:\n${said.join("")}`);
        return (await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined))?.ok;
      },
      30_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

const isAlive = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;

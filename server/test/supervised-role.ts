/**
 * A product small enough to watch the supervisor with: the real supervisor, and roles that are a bare HTTP server.
 * `/` answers who served, `/slow` answers after 300 ms, `/loop` never and nor does its node from then on, `/nodes` on the console what it was told, `/order` there
 * passes a command on, and `/fault` hands over a drill's fault or asks about one.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { startSupervisor } from "../src/app/supervisor.ts";
import { environment, readSettings, type Settings } from "../src/platform/env.ts";
import { drain } from "../src/platform/http/listening.ts";
import { createLog } from "../src/platform/log.ts";
import { runProcess } from "../src/platform/process-lifecycle.ts";
import {
  connectSupervisor,
  type FaultAsk,
  listenOn,
  type NodeCommand,
  type NodeReport,
  type Supervision,
} from "../src/platform/supervision.ts";

const settings = readSettings(environment);
const supervision = settings.role === "all" ? null : connectSupervisor();

function startShop(line: Supervision) {
  const server = createServer(async (request, response) => {
    if (request.url === "/slow") await delay(300);
    while (request.url === "/loop");
    response.end(settings.nodeName);
  });
  line.onGo((target) => listenOn(server, target));
  line.onDrain(() => drain(server));
  line.ready();
  return { close: () => drain(server).then(() => undefined) };
}

async function startConsole(line: Supervision) {
  let nodes: readonly NodeReport[] = [];
  line.onNodes((seen) => {
    nodes = seen;
  });
  const server = createServer((request, response) => {
    const [, path, command = "", node = ""] = (request.url ?? "").split("/");
    if (path === "fault") {
      const ask: FaultAsk = JSON.parse(decodeURIComponent(command));
      line.fault(ask).then(
        (report) => response.end(JSON.stringify(report)),
        (error: Error) => response.end(JSON.stringify({ refusal: error.message })),
      );
      return;
    }
    if (path !== "order") {
      response.end(JSON.stringify(nodes));
      return;
    }
    line.request({ command: command as NodeCommand, node }).then(
      () => response.end("begun"),
      (error: Error) => response.end(`refused: ${error.message}`),
    );
  });
  server.listen(settings.console.port, settings.host);
  await once(server, "listening");
  line.notice("first sign-in  admin@orderwatch.local  secret");
  line.ready();
  return { close: () => drain(server).then(() => undefined) };
}

async function startSandbox(line: Supervision) {
  const server = createServer((_request, response) => response.end()).listen(
    settings.sandbox.port,
    "127.0.0.1",
  );
  await once(server, "listening");
  line.ready();
  return { close: () => drain(server).then(() => undefined), port: (server.address() as AddressInfo).port };
}

function start(role: Settings["role"], signal: AbortSignal) {
  if (!supervision || role === "all") {
    return startSupervisor(settings, {
      environment,
      command: [process.execPath, import.meta.filename],
      print: (line) => process.stdout.write(`${line}\n`),
      log: createLog({ level: settings.logLevel, name: "supervisor" }),
      signal,
    });
  }
  if (role === "console") return startConsole(supervision);
  if (role === "sandbox") return startSandbox(supervision);
  return Promise.resolve(startShop(supervision));
}

await runProcess({
  ...{ start: (signal) => start(settings.role, signal), supervision, portSetting: "PORT" },
  name: settings.nodeName,
});

/** Starts the role that ROLE names, loading nothing of the others; `all` is the supervisor of everything. */
const NODE_MAJOR = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
  process.stderr.write(
    `orderwatch needs Node ${NODE_MAJOR} and runs on ${process.versions.node}; npm start brings the right one\n`,
  );
  process.exit(1);
}

(await import("./platform/quick-imports.ts")).quickenImports();
const { environment, readSettings } = await import("./platform/env.ts");
const { runProcess } = await import("./platform/process-lifecycle.ts");
const { provideSecretKey } = await import("./platform/secret-key.ts");
const { connectSupervisor } = await import("./platform/supervision.ts");

const role = environment.ROLE || "all";
const supervision = role === "all" ? null : connectSupervisor();

async function start(signal: AbortSignal): Promise<{ close(): Promise<void> }> {
  const settings = readSettings(environment);
  if (settings.role === "all") {
    const { createLog } = await import("./platform/log.ts");
    const { startSupervisor } = await import("./app/supervisor.ts");
    return startSupervisor(settings, {
      environment,
      command: [process.execPath, ...process.execArgv, import.meta.filename],
      print: (line) => process.stdout.write(`${line}\n`),
      log: createLog({ level: settings.logLevel, name: "supervisor" }),
      signal,
    });
  }
  settings.secretKey ??= await provideSecretKey(settings.dataDir);
  if (settings.faultsDir !== undefined) {
    const { watchFaultFolder } = await import("./platform/fault-folder.ts");
    (await import("./platform/faultpoint.ts")).armFaults(watchFaultFolder(settings.faultsDir));
  }
  switch (settings.role) {
    case "console":
      return (await import("./app/console.ts")).startConsole(settings, supervision);
    case "shop":
      return (await import("./app/shop.ts")).startShop(settings, supervision);
    case "sandbox":
      return (await import("./app/sandbox.ts")).startSandbox(settings, supervision);
  }
}

await runProcess({
  ...{ start, supervision, portSetting: `${role.toUpperCase()}_PORT` },
  name: environment.NODE_NAME || role,
});

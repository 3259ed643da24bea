import { isIP } from "node:net";
import { systemClock } from "../platform/clock.ts";
import { createKeys } from "../platform/crypto.ts";
import { type Settings, SettingsError } from "../platform/env.ts";
import { createIds } from "../platform/ids.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { loadSandboxKeys } from "../platform/sandbox-keys.ts";
import type { Supervision } from "../platform/supervision.ts";
import { openSandbox } from "../sandbox/server.ts";
import { startShoppers } from "../sandbox/shoppers/shoppers.ts";

/** The payment companies and the supplier on loopback, and the shoppers who use them. Throws SettingsError. */
export async function startSandbox(
  settings: Settings,
  supervision: Supervision | null,
): Promise<{ close(): Promise<void> }> {
  if (!settings.sandbox.on)
    throw new SettingsError("ROLE", "sandbox", "another role where real merchants are configured");
  if (settings.secretKey === undefined)
    throw new SettingsError("SECRET_KEY", undefined, "the key of this installation");
  const log = createLog({ level: settings.logLevel, name: settings.nodeName });
  const metrics = createMetrics();
  const keys = createKeys(settings.secretKey);
  const { host, shop, payments } = settings;
  const shopUrl = localUrl(host, shop.port);
  const sandbox = await openSandbox({
    keys: await loadSandboxKeys(settings.dataDir),
    dataDir: settings.dataDir,
    port: settings.sandbox.port,
    url: settings.sandbox.url,
    shopUrl,
    shopOrigins: settings.shop.origins,
    log,
    metrics,
    newId: createIds(systemClock),
    clock: systemClock,
    random: Math.random,
    faults: {
      keys,
      consoleUrl: localUrl(host, settings.console.port),
      paymentsUrl: localUrl(host, payments.port ?? shop.port),
    },
  });
  const shoppers =
    settings.simulate > 0
      ? startShoppers({
          ordersPerSecond: settings.simulate,
          shopUrl,
          sandboxUrl: sandbox.url,
          keys,
          log,
          metrics,
          clock: systemClock,
        })
      : undefined;
  if (shoppers) sandbox.lendShoppers(shoppers);
  supervision?.ready();
  return {
    async close() {
      await shoppers?.close();
      await sandbox.close();
    },
  };
}

/** A server of ours as this machine reaches it, whatever name the world knows it by. */
function localUrl(host: string, port: number): string {
  if (host === "::" || host === "::1") return `http://[::1]:${port}`;
  if (host === "localhost" || host === "0.0.0.0") return `http://127.0.0.1:${port}`;
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

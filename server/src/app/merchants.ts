import type { Probe } from "../ops/detection/probes.ts";
import { type Settings, SettingsError } from "../platform/env.ts";
import type { Faults } from "../platform/faults/leases.ts";
import { troubleProbe } from "../platform/faults/points.ts";
import type { NewId } from "../platform/ids.ts";
import { assertNotSandbox, loadSandboxKeys, sandboxMerchants } from "../platform/sandbox-keys.ts";
import { HttpSupplier, type Supplier } from "../shop/fulfilment/actions.ts";
import { createProviders, listProviders, type Providers } from "../shop/payments/actions.ts";

/** The payment companies and the supplier that this shop deals with: the real ones, or those that the sandbox plays. */
export async function openMerchants(
  settings: Settings,
): Promise<{ providers: Providers; supplier: Supplier | undefined }> {
  const { merchants, supplier } = await merchantsOf(settings);
  return { providers: createProviders(merchants), supplier: supplier && new HttpSupplier(supplier) };
}

/** A probe tells soon that somebody does not answer; and it goes on asking, whatever the answers were. */
const probeTimeoutMs = 1_200;

/**
 * Questions that change nothing, put to every company that this shop deals with: what of a trade that never was? They
 * suffer what a drill does to everybody's calls.
 */
export async function openProbes(settings: Settings, newId: NewId, faults: Faults): Promise<Probe[]> {
  const { merchants, supplier } = await merchantsOf(settings);
  const providers = createProviders(merchants, { timeoutMs: probeTimeoutMs });
  const on = { withinMs: probeTimeoutMs };
  const channels = listProviders(providers).map(
    (provider): Probe => ({
      gauge: "channel_probe_failures",
      labels: { channel: provider.method },
      // Whatever it answers, it has answered, and signed it; all else throws.
      ask: () =>
        troubleProbe(
          faults,
          { ...on, kind: "payment", concerns: ({ channel }) => channel === provider.method },
          () => provider.query(newId()).then(() => true),
        ),
    }),
  );
  if (!supplier) return channels;
  const asked = new HttpSupplier({
    ...supplier,
    timeoutMs: probeTimeoutMs,
    failuresToBreak: Number.MAX_SAFE_INTEGER,
  });
  const ask = () =>
    troubleProbe(
      faults,
      { ...on, kind: "supplier", concerns: () => true },
      async () => (await asked.ask(newId())).state !== "unclear",
    );
  return [...channels, { gauge: "supplier_probe_failures", labels: {}, ask }];
}

async function merchantsOf(settings: Settings) {
  if (settings.production) refuseSandbox(settings);
  const played = settings.sandbox.on
    ? sandboxMerchants(await loadSandboxKeys(settings.dataDir), settings.sandbox.url)
    : undefined;
  return {
    merchants: { wechat: settings.wechat ?? played?.wechat, alipay: settings.alipay ?? played?.alipay },
    supplier: settings.supplier ?? played?.supplier,
  };
}

function refuseSandbox(settings: Settings): void {
  try {
    assertNotSandbox(settings);
  } catch (error) {
    throw new SettingsError(
      "WECHAT_* and ALIPAY_*",
      "a sandbox's",
      error instanceof Error ? error.message : "real merchants",
    );
  }
}

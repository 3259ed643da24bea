import { type Settings, SettingsError } from "../platform/env.ts";
import { assertNotSandbox, loadSandboxKeys, sandboxMerchants } from "../platform/sandbox-keys.ts";
import { HttpSupplier, type Supplier } from "../shop/fulfilment/actions.ts";
import { createProviders, type Providers } from "../shop/payments/actions.ts";

/** The payment companies and the supplier that this shop deals with: the real ones, or those that the sandbox plays. */
export async function openMerchants(
  settings: Settings,
): Promise<{ providers: Providers; supplier: Supplier | undefined }> {
  if (settings.production) refuseSandbox(settings);
  const played = settings.sandbox.on
    ? sandboxMerchants(await loadSandboxKeys(settings.dataDir), settings.sandbox.url)
    : undefined;
  const supplier = settings.supplier ?? played?.supplier;
  return {
    providers: createProviders({
      wechat: settings.wechat ?? played?.wechat,
      alipay: settings.alipay ?? played?.alipay,
    }),
    supplier: supplier && new HttpSupplier(supplier),
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

import { randomBytes } from "node:crypto";
import { systemClock } from "../../../platform/clock.ts";
import type { AlipaySettings, WechatSettings } from "../../../platform/env.ts";
import { AlipayProvider } from "./alipay.ts";
import type { PaymentProvider } from "./provider.ts";
import type { ProviderSurroundings } from "./surroundings.ts";
import { WechatProvider } from "./wechat.ts";

/** Five seconds is what both companies' own kits wait for. */
const TIMEOUT_MS = 5000;

/** A shop need not have a merchant at both companies; behind a buyer's balance there is none. */
export type Providers = { readonly [method in PaymentProvider["method"]]?: PaymentProvider } & {
  readonly balance?: undefined;
};

/** Those that there are. */
export const listProviders = ({ wechat, alipay }: Providers): PaymentProvider[] =>
  [wechat, alipay].filter((provider) => provider !== undefined);

/** The adapters of the configured merchants. Throws a RangeError that names a malformed key. */
export function createProviders(
  merchants: { wechat: WechatSettings | undefined; alipay: AlipaySettings | undefined },
  given: Partial<ProviderSurroundings> = {},
): Providers {
  const surroundings: ProviderSurroundings = {
    clock: systemClock,
    nonce: () => randomBytes(16).toString("hex").toUpperCase(),
    timeoutMs: TIMEOUT_MS,
    ...given,
  };
  return {
    ...(merchants.wechat && { wechat: new WechatProvider(merchants.wechat, surroundings) }),
    ...(merchants.alipay && { alipay: new AlipayProvider(merchants.alipay, surroundings) }),
  };
}

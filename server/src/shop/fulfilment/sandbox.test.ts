import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newId, newSandboxKeys, SandboxMerchant } from "../../../test/sandbox-merchant.ts";
import { type SandboxKeys, sandboxMerchants } from "../../platform/sandbox-keys.ts";
import { HttpSupplier } from "./supplier.ts";

let keys: SandboxKeys;
let merchant: SandboxMerchant;
beforeAll(async () => {
  keys = await newSandboxKeys();
});
beforeEach(async () => {
  merchant = await SandboxMerchant.start(keys);
});
afterEach(() => merchant.stop());

describe("the sandbox's supplier and the shop's adapter", () => {
  const line = (account: string) => ({ lineId: newId(), sku: "qq-10", account, quantity: 1 });

  it("recharge once, however often a line is sent, also across a restart", async () => {
    const { supplier: options } = sandboxMerchants(merchant.keys, merchant.sandboxUrl);
    const supplier = new HttpSupplier(options);
    const one = line("10001");
    expect(await supplier.ask(one.lineId)).toEqual({ state: "unknown" });
    const [first, second] = await Promise.all([supplier.recharge(one), supplier.recharge(one)]);
    expect(first).toMatchObject({ state: "success" });
    expect(second).toEqual(first);
    await merchant.restartSandbox();
    expect(await supplier.ask(one.lineId)).toEqual(first);
  });

  it("tell a missing account, a slow one, a failing supplier and one whose answers get lost apart", async () => {
    const { supplier: options } = sandboxMerchants(merchant.keys, merchant.sandboxUrl);
    const supplier = new HttpSupplier(options);
    expect(await supplier.recharge(line("invalid-1"))).toMatchObject({ code: "delivery.invalid_account" });
    expect(await supplier.recharge(line("slow-1"))).toEqual({ state: "processing" });
    await merchant.call("PUT", "/behaviour", { provider: "supplier", errorRate: 1 });
    const failed = line("10002");
    expect(await supplier.recharge(failed)).toMatchObject({ state: "unclear" });
    await merchant.call("DELETE", "/behaviour");
    expect(await supplier.ask(failed.lineId)).toEqual({ state: "unknown" });
    await merchant.call("PUT", "/behaviour", { provider: "supplier", loseAnswers: 1 });
    const done = line("10003");
    expect(await supplier.recharge(done)).toMatchObject({ state: "unclear" });
    await merchant.call("DELETE", "/behaviour");
    expect(await supplier.ask(done.lineId)).toMatchObject({ state: "success" });
    const stranger = new HttpSupplier({ ...options, key: "another key altogether" });
    expect(await stranger.recharge(failed)).toMatchObject({ state: "unclear" });
  });
});

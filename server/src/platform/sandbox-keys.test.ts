import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assertNotSandbox, loadSandboxKeys, sandboxMerchants } from "./sandbox-keys.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-keys-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("sandbox keys", () => {
  it("are one set, however many processes start at once, and leave no drafts behind", async () => {
    const sets = await Promise.all(Array.from({ length: 4 }, () => loadSandboxKeys(folder)));
    for (const set of sets) expect(set).toEqual(sets[0]);
    expect(await readdir(folder)).toEqual(["sandbox-keys.json"]);
  });

  it("are readable by their owner alone and survive a restart", async () => {
    const first = await loadSandboxKeys(folder);
    expect((await stat(join(folder, "sandbox-keys.json"))).mode & 0o777).toBe(0o600);
    expect(await loadSandboxKeys(folder)).toEqual(first);
  });

  it("fit each other: what a company signs, its merchant verifies", async () => {
    const keys = await loadSandboxKeys(folder);
    for (const pair of [
      keys.wechat.merchant,
      keys.wechat.platform,
      keys.alipay.merchant,
      keys.alipay.platform,
    ]) {
      const signature = sign("RSA-SHA256", Buffer.from("x"), createPrivateKey(pair.privateKey));
      expect(verify("RSA-SHA256", Buffer.from("x"), createPublicKey(pair.publicKey), signature)).toBe(true);
    }
  });

  it("that were damaged are named and not replaced, since trades were signed with them", async () => {
    await writeFile(join(folder, "sandbox-keys.json"), "{");
    await expect(loadSandboxKeys(folder)).rejects.toThrow(join(folder, "sandbox-keys.json"));
  });
});

describe("P3: production refuses", () => {
  const real = {
    wechat: {
      appId: "wxd678efh567hg6787",
      mchId: "1230000109",
      mchSerial: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
      mchPrivateKey: "",
      apiV3Key: "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb",
      publicKeyId: "PUB_KEY_ID_0114232134912410000000000000",
      publicKey: "",
      baseUrl: "https://api.mch.weixin.qq.com",
    },
    alipay: {
      appId: "2014072300007148",
      sellerId: "2088102119685838",
      privateKey: "",
      publicKey: "",
      gateway: "https://openapi.alipay.com/gateway.do",
    },
  };

  it("no real merchant", () => {
    expect(() => assertNotSandbox(real)).not.toThrow();
    expect(() => assertNotSandbox({ wechat: undefined, alipay: undefined })).not.toThrow();
  });

  it("any single id or key of the sandbox, by the name of its setting", async () => {
    const { wechat, alipay } = sandboxMerchants(await loadSandboxKeys(folder), "http://127.0.0.1:8082");
    const marked = {
      appId: "APP_ID",
      mchId: "MCH_ID",
      mchSerial: "MCH_SERIAL",
      apiV3Key: "API_V3_KEY",
    } as const;
    for (const field of ["appId", "mchId", "mchSerial", "apiV3Key"] as const) {
      const mixed = { ...real, wechat: { ...real.wechat, [field]: wechat[field] } };
      expect(() => assertNotSandbox(mixed)).toThrow(`WECHAT_${marked[field]} is a sandbox's`);
    }
    expect(() =>
      assertNotSandbox({ ...real, wechat: { ...real.wechat, publicKeyId: wechat.publicKeyId } }),
    ).toThrow("WECHAT_PUBLIC_KEY_ID");
    expect(() =>
      assertNotSandbox({ ...real, alipay: { ...real.alipay, sellerId: alipay.sellerId } }),
    ).toThrow("ALIPAY_SELLER_ID");
  });

  it("Alipay's test environment", () => {
    const gateway = "https://openapi-sandbox.dl.alipaydev.com/gateway.do";
    expect(() => assertNotSandbox({ ...real, alipay: { ...real.alipay, gateway } })).toThrow(
      "ALIPAY_GATEWAY",
    );
  });
});

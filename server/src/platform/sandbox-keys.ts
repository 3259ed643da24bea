import { createHmac, generateKeyPair, randomBytes, randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { AlipaySettings, Settings, WechatSettings } from "./env.ts";

const keyPair = z.object({ privateKey: z.string(), publicKey: z.string() });

const sandboxKeys = z.object({
  wechat: z.object({
    appId: z.string(),
    mchId: z.string(),
    mchSerial: z.string(),
    publicKeyId: z.string(),
    apiV3Key: z.string().length(32),
    merchant: keyPair,
    platform: keyPair,
  }),
  alipay: z.object({ appId: z.string(), sellerId: z.string(), merchant: keyPair, platform: keyPair }),
  supplier: z.object({ key: z.string() }),
});

/** Both sides' keys of the payment companies and the supplier that the sandbox plays; PEM throughout. */
export type SandboxKeys = z.infer<typeof sandboxKeys>;

/** Stands in every id, so that a sandbox account is recognised wherever it turns up. */
const MARK = "SANDBOX";
const FILE = "sandbox-keys.json";

/**
 * The sandbox's keys of this data folder, made on first use. Processes that start together agree on one set: each writes
 * its own complete file, and only the first can give it the final name. Throws when the file is there but unreadable.
 */
export async function loadSandboxKeys(dataDir: string): Promise<SandboxKeys> {
  const path = join(dataDir, FILE);
  if (!(await exists(path))) await createOnce(path, dataDir);
  const parsed = sandboxKeys.safeParse(parseJson(await readFile(path, "utf8")));
  if (parsed.success) return parsed.data;
  throw new Error(`${path} is not a file of sandbox keys; remove it to have new ones made`);
}

/** The merchant's side of the sandbox's keys: what the shop is configured with when no real merchant is. */
export function sandboxMerchants(
  { wechat, alipay, supplier }: SandboxKeys,
  sandboxUrl: string,
): { wechat: WechatSettings; alipay: AlipaySettings; supplier: { url: string; key: string } } {
  return {
    wechat: {
      appId: wechat.appId,
      mchId: wechat.mchId,
      mchSerial: wechat.mchSerial,
      mchPrivateKey: wechat.merchant.privateKey,
      apiV3Key: wechat.apiV3Key,
      publicKeyId: wechat.publicKeyId,
      publicKey: wechat.platform.publicKey,
      baseUrl: sandboxUrl,
    },
    alipay: {
      appId: alipay.appId,
      sellerId: alipay.sellerId,
      privateKey: alipay.merchant.privateKey,
      publicKey: alipay.platform.publicKey,
      gateway: `${sandboxUrl}/gateway.do`,
    },
    supplier: { url: `${sandboxUrl}/supplier`, key: supplier.key },
  };
}

/** The account at the SMS company that the sandbox plays; its secret comes with the supplier's, so old files have it too. */
export function sandboxSms({ supplier }: SandboxKeys, sandboxUrl: string) {
  return {
    endpoint: `${sandboxUrl}/sms`,
    accessKeyId: `${MARK}-sms`,
    accessKeySecret: createHmac("sha256", supplier.key).update("sms").digest("hex"),
    signName: "Orderwatch",
    templateCode: `SMS_${MARK}`,
  };
}

/** Alipay's own test environment, where anyone can pay with play money. */
const ALIPAY_TEST_HOST = /(^|\.)alipaydev\.com$/;

/**
 * Refuses accounts with which nobody has to pay: this sandbox's ids and keys, and Alipay's test environment. Called before
 * a production shop takes its first order; throws an Error that names the setting.
 */
export function assertNotSandbox({ wechat, alipay }: Pick<Settings, "wechat" | "alipay">): void {
  const ids = {
    WECHAT_APP_ID: wechat?.appId,
    WECHAT_MCH_ID: wechat?.mchId,
    WECHAT_MCH_SERIAL: wechat?.mchSerial,
    WECHAT_PUBLIC_KEY_ID: wechat?.publicKeyId,
    WECHAT_API_V3_KEY: wechat?.apiV3Key,
    ALIPAY_APP_ID: alipay?.appId,
    ALIPAY_SELLER_ID: alipay?.sellerId,
  };
  for (const [setting, id] of Object.entries(ids)) {
    if (id?.toUpperCase().includes(MARK)) throw new Error(`${setting} is a sandbox's; production refuses it`);
  }
  if (alipay && ALIPAY_TEST_HOST.test(new URL(alipay.gateway).hostname)) {
    throw new Error("ALIPAY_GATEWAY is Alipay's test environment; production refuses it");
  }
}

async function createOnce(path: string, dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(await generateKeys(), null, 2)}\n`);
    await file.sync();
    await link(draft, path);
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  } finally {
    await file.close();
    await unlink(draft);
  }
}

async function generateKeys(): Promise<SandboxKeys> {
  const [wechatMerchant, wechatPlatform, alipayMerchant, alipayPlatform] = await Promise.all([
    generateRsa(),
    generateRsa(),
    generateRsa(),
    generateRsa(),
  ]);
  return {
    wechat: {
      appId: `wx${MARK}00000001`,
      mchId: `${MARK}0001`,
      mchSerial: `${MARK}${randomBytes(16).toString("hex").toUpperCase()}`,
      publicKeyId: `PUB_KEY_ID_${MARK}_${randomBytes(8).toString("hex").toUpperCase()}`,
      apiV3Key: `${MARK}-${randomBytes(12).toString("hex")}`,
      merchant: wechatMerchant,
      platform: wechatPlatform,
    },
    alipay: {
      appId: `${MARK}2021000000001`,
      sellerId: `${MARK}2088000000001`,
      merchant: alipayMerchant,
      platform: alipayPlatform,
    },
    supplier: { key: `${MARK}-${randomBytes(24).toString("hex")}` },
  };
}

async function generateRsa(): Promise<{ privateKey: string; publicKey: string }> {
  return await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await readFile(path);
    return true;
  } catch (error) {
    if (isCode(error, "ENOENT")) return false;
    throw error;
  }
}

/** Undefined for what is not JSON, which no schema accepts. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

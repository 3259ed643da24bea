import { isIP } from "node:net";
import { resolve } from "node:path";
import { type ShopPart, shopParts } from "@orderwatch/shared/live/telemetry.ts";
import { z } from "zod";

/** Why a start is refused: one line that names the setting, what it got and what it wants. */
export class SettingsError extends Error {
  constructor(setting: string, got: string | undefined, wants: string) {
    super(`${setting}: got ${got === undefined ? "nothing" : JSON.stringify(got)}, wants ${wants}`);
    this.name = "SettingsError";
  }
}

const roleNames = ["all", "console", "shop", "sandbox"] as const;
export type RoleName = (typeof roleNames)[number];

const secretNames =
  /SECRET|PASSWORD|PRIVATE_KEY|API_V3_KEY|TOKEN|VAPID_PRIVATE|SMTP_URL|DEADMAN_URL|DATABASE_URL|REDIS_URL|REPLICA_URLS|SUPPLIER_KEY/;

const port = z.coerce.number().int().min(0).max(65_535);
const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ""));
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/ });
const pem = z
  .string()
  .transform((value) => value.replaceAll("\\n", "\n"))
  .refine((value) => value.includes("-----BEGIN ") || /^[A-Za-z0-9+/=\s]{200,}$/.test(value), "PEM");
const parts = z
  .string()
  .transform((value) => [...new Set(value.split(",").map((part) => part.trim()))])
  .pipe(z.array(z.enum(shopParts)).min(1));
const cidrs = z
  .string()
  .transform((value) =>
    value
      .split(",")
      .map((entry) => entry.trim())
      .filter(Boolean),
  )
  .refine((entries) => entries.every(isAddressRange), "addresses");

/** Every variable with its parser and, in words, what it wants. Read once, at boot, and nowhere else. */
const variables = {
  NODE_ENV: [
    z.enum(["development", "production", "test"]).default("development"),
    "development, production or test",
  ],
  ROLE: [z.enum(roleNames).default("all"), "all, console, shop or sandbox"],
  CONSOLE_PORT: [port.default(8080), "a port from 0 to 65535"],
  SHOP_PORT: [port.default(8081), "a port from 0 to 65535"],
  SANDBOX_PORT: [port.default(8082), "a port from 0 to 65535"],
  PAYMENTS_PORT: [port.optional(), "a port from 0 to 65535"],
  HOST: [z.string().min(1).default("127.0.0.1"), "a host name or address"],
  CONSOLE_URL: [httpUrl.optional(), "an http(s) address"],
  SHOP_URL: [httpUrl.optional(), "an http(s) address"],
  PAYMENTS_URL: [httpUrl.optional(), "an http(s) address"],
  SANDBOX_URL: [httpUrl.optional(), "an http(s) address"],
  DATA_DIR: [z.string().min(1).default(".orderwatch"), "a folder"],
  DATABASE_URL: [postgresUrl.optional(), "postgres://user:password@host:port/database"],
  DATABASE_REPLICA_URLS: [
    z
      .string()
      .transform((value) => value.split(",").map((url) => url.trim()))
      .pipe(z.array(postgresUrl))
      .optional(),
    "postgres:// addresses, separated by commas",
  ],
  REDIS_URL: [z.url({ protocol: /^rediss?$/ }).optional(), "redis://host:port"],
  SHOP_NODES: [z.coerce.number().int().min(1).max(16).default(2), "a number from 1 to 16"],
  SHOP_NODES_MAX: [z.coerce.number().int().min(1).max(16).optional(), "a number from SHOP_NODES to 16"],
  SHOP_NODE_QPS: [z.coerce.number().min(1).max(100_000).default(1_000), "requests per second, 1 to 100000"],
  PARTS: [parts.default([...shopParts]), "orders, payments or fulfilment, separated by commas"],
  TRUSTED_PROXIES: [
    cidrs.default(["loopback"]),
    "loopback, linklocal, uniquelocal, addresses or CIDR ranges, separated by commas",
  ],
  ADMIN_EMAIL: [z.email().default("admin@orderwatch.local"), "an e-mail address"],
  ADMIN_PASSWORD: [z.string().min(10).max(128).optional(), "10 to 128 characters"],
  SIMULATE: [z.coerce.number().min(0).max(500).optional(), "orders per second, 0 to 500"],
  SECRET_KEY: [z.string().min(32).max(1024).optional(), "at least 32 characters"],
  METRICS_TOKEN: [z.string().min(16).optional(), "at least 16 characters"],
  ALERTS_TOKEN: [z.string().min(16).optional(), "at least 16 characters"],
  LOG_LEVEL: [
    z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
    "a pino level",
  ],
  WECHAT_APP_ID: [z.string().min(1).optional(), "the app id"],
  WECHAT_MCH_ID: [z.string().min(1).optional(), "the merchant number"],
  WECHAT_MCH_SERIAL: [z.string().min(1).optional(), "the serial number of the merchant's certificate"],
  WECHAT_MCH_PRIVATE_KEY: [pem.optional(), "a private key in PEM"],
  WECHAT_API_V3_KEY: [z.string().length(32).optional(), "32 characters"],
  WECHAT_PUBLIC_KEY_ID: [z.string().min(1).optional(), "the id of WeChat Pay's public key"],
  WECHAT_PUBLIC_KEY: [pem.optional(), "a public key in PEM"],
  WECHAT_BASE_URL: [httpUrl.default("https://api.mch.weixin.qq.com"), "an http(s) address"],
  ALIPAY_APP_ID: [z.string().min(1).optional(), "the app id"],
  ALIPAY_SELLER_ID: [z.string().min(1).optional(), "the seller id (2088…)"],
  ALIPAY_PRIVATE_KEY: [pem.optional(), "a private key in PEM, or base64 as Alipay's key tool gives it"],
  ALIPAY_PUBLIC_KEY: [pem.optional(), "a public key in PEM, or base64 as Alipay's console shows it"],
  ALIPAY_GATEWAY: [httpUrl.default("https://openapi.alipay.com/gateway.do"), "an http(s) address"],
  SUPPLIER_URL: [httpUrl.optional(), "an http(s) address"],
  SUPPLIER_KEY: [z.string().min(16).optional(), "at least 16 characters"],
  SMTP_URL: [z.url({ protocol: /^smtps?$/ }).optional(), "smtp(s)://user:password@host:port"],
  SMTP_FROM: [z.string().min(3).max(254).default("orderwatch@localhost"), "the sender of e-mail"],
  SMS_ACCESS_KEY_ID: [z.string().min(1).optional(), "the id of an access key of Alibaba Cloud"],
  SMS_ACCESS_KEY_SECRET: [z.string().min(1).optional(), "the access key's secret"],
  SMS_SIGN_NAME: [z.string().min(1).optional(), "the approved signature of the messages"],
  SMS_TEMPLATE_CODE: [z.string().min(1).optional(), "a template with the variable content"],
  SMS_ENDPOINT: [httpUrl.default("https://dysmsapi.aliyuncs.com"), "an http(s) address"],
  VAPID_PUBLIC_KEY: [z.string().min(80).max(100).optional(), "a P-256 public key in base64url"],
  VAPID_PRIVATE_KEY: [z.string().min(40).max(50).optional(), "a P-256 private key in base64url"],
  VAPID_SUBJECT: [
    z
      .string()
      .regex(/^(mailto:|https:\/\/)/)
      .optional(),
    "mailto:somebody@host or an https address",
  ],
  DEADMAN_URL: [httpUrl.optional(), "an http(s) address"],
  /** For the crash campaign alone. */
  FAULTS_DIR: [z.string().min(1).optional(), "a folder that faults are armed from"],
  /** Set by the supervisor for its children. */
  NODE_NAME: [
    z
      .string()
      .regex(/^[a-z0-9-]{1,32}$/)
      .optional(),
    "lower-case letters, digits and hyphens",
  ],
} as const satisfies Record<string, readonly [z.ZodType, string]>;

type Variables = { [K in keyof typeof variables]: z.output<(typeof variables)[K][0]> };

export interface WechatSettings {
  appId: string;
  mchId: string;
  mchSerial: string;
  mchPrivateKey: string;
  apiV3Key: string;
  publicKeyId: string;
  publicKey: string;
  baseUrl: string;
}

export interface AlipaySettings {
  appId: string;
  sellerId: string;
  privateKey: string;
  publicKey: string;
  gateway: string;
}

export interface Settings {
  production: boolean;
  role: RoleName;
  nodeName: string;
  host: string;
  console: { port: number; url: string; origins: string[] };
  shop: {
    port: number;
    url: string;
    origins: string[];
    nodes: number;
    /** Scaling may start this many; it is off when they run always. */
    nodesMax: number;
    /** Requests per second that one active node is to take at most. */
    nodeQps: number;
  };
  /** What a shop process does. */
  parts: readonly ShopPart[];
  /** Where the payment companies call: a port or an address of its own, or (undefined) the shop's. */
  payments: { port: number | undefined; url: string | undefined };
  /** `on` unless merchants are configured: then nobody plays the payment companies. */
  sandbox: { on: boolean; port: number; url: string };
  dataDir: string;
  database: { url: string | undefined; replicaUrls: string[] };
  redisUrl: string | undefined;
  trustedProxies: string[];
  admin: { email: string; password: string | undefined };
  /** Simulated orders per second. */
  simulate: number;
  /** Undefined until the supervisor or `withSecretKey` has loaded or made one. */
  secretKey: string | undefined;
  metricsToken: string | undefined;
  /** Whoever shows it may send alerts; undefined: nobody may. */
  alertsToken: string | undefined;
  logLevel: string;
  /** Where faults are armed from; undefined but in the crash campaign. */
  faultsDir: string | undefined;
  /** Undefined: the sandbox plays this company. */
  wechat: WechatSettings | undefined;
  alipay: AlipaySettings | undefined;
  supplier: { url: string; key: string } | undefined;
  /** How people are told. What is undefined the sandbox or the mailbox stands in for, outside production. */
  notify: NotifySettings;
}

export interface NotifySettings {
  smtp: { url: string; from: string } | undefined;
  sms:
    | {
        endpoint: string;
        accessKeyId: string;
        accessKeySecret: string;
        signName: string;
        templateCode: string;
      }
    | undefined;
  /** Undefined: the master key gives one. */
  vapid: { publicKey: string; privateKey: string } | undefined;
  /** For push companies to complain to. */
  vapidSubject: string;
  /** Told every minute that paging works. */
  deadmanUrl: string | undefined;
}

/**
 * Reads all settings; empty variables count as unset, but for lists, where empty means none.
 * Throws SettingsError on the first one that is missing or malformed. Never prints a secret's value.
 */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const read = readVariables(env);
  const production = read.NODE_ENV === "production";
  const wechat = merchant(read, "WeChat Pay", {
    appId: "WECHAT_APP_ID",
    mchId: "WECHAT_MCH_ID",
    mchSerial: "WECHAT_MCH_SERIAL",
    mchPrivateKey: "WECHAT_MCH_PRIVATE_KEY",
    apiV3Key: "WECHAT_API_V3_KEY",
    publicKeyId: "WECHAT_PUBLIC_KEY_ID",
    publicKey: "WECHAT_PUBLIC_KEY",
  });
  const alipay = merchant(read, "Alipay", {
    appId: "ALIPAY_APP_ID",
    sellerId: "ALIPAY_SELLER_ID",
    privateKey: "ALIPAY_PRIVATE_KEY",
    publicKey: "ALIPAY_PUBLIC_KEY",
  });
  const sms = merchant(read, "SMS", {
    accessKeyId: "SMS_ACCESS_KEY_ID",
    accessKeySecret: "SMS_ACCESS_KEY_SECRET",
    signName: "SMS_SIGN_NAME",
    templateCode: "SMS_TEMPLATE_CODE",
  });
  const vapid = merchant(read, "VAPID", { publicKey: "VAPID_PUBLIC_KEY", privateKey: "VAPID_PRIVATE_KEY" });
  const hasMerchant = wechat !== undefined || alipay !== undefined;
  if (hasMerchant && (read.SIMULATE ?? 0) > 0)
    throw new SettingsError("SIMULATE", String(read.SIMULATE), "0 where real merchant keys are set");
  if (production && read.SECRET_KEY === undefined)
    throw new SettingsError("SECRET_KEY", undefined, "at least 32 characters when NODE_ENV is production");
  if (production && !hasMerchant && read.ROLE !== "sandbox")
    throw new SettingsError(
      "WECHAT_APP_ID or ALIPAY_APP_ID",
      undefined,
      "a merchant when NODE_ENV is production",
    );
  if (production && read.ROLE === "sandbox")
    throw new SettingsError("ROLE", "sandbox", "another role when NODE_ENV is production");
  if (production && read.FAULTS_DIR !== undefined)
    throw new SettingsError("FAULTS_DIR", read.FAULTS_DIR, "nothing when NODE_ENV is production");
  if ((read.SUPPLIER_URL === undefined) !== (read.SUPPLIER_KEY === undefined))
    throw new SettingsError(
      read.SUPPLIER_URL ? "SUPPLIER_KEY" : "SUPPLIER_URL",
      undefined,
      "both supplier settings or neither",
    );
  const nodesMax = read.SHOP_NODES_MAX ?? read.SHOP_NODES;
  if (nodesMax < read.SHOP_NODES)
    throw new SettingsError("SHOP_NODES_MAX", String(nodesMax), `SHOP_NODES (${read.SHOP_NODES}) or more`);
  if (read.ROLE === "all" && !read.PARTS.includes("orders"))
    throw new SettingsError("PARTS", read.PARTS.join(), "orders among them when ROLE is all");
  if (read.ROLE === "all" && !read.PARTS.includes("payments") && read.PAYMENTS_PORT === undefined)
    throw new SettingsError(
      "PAYMENTS_PORT",
      undefined,
      "a port, since PARTS leaves payments to another process",
    );
  const shop = address(read.SHOP_URL, read.HOST, read.SHOP_PORT);
  const embedded = read.DATABASE_URL === undefined;
  return {
    production,
    role: read.ROLE,
    nodeName: read.NODE_NAME ?? `${read.ROLE}-1`,
    host: read.HOST,
    console: { port: read.CONSOLE_PORT, ...address(read.CONSOLE_URL, read.HOST, read.CONSOLE_PORT) },
    shop: {
      port: read.SHOP_PORT,
      ...shop,
      nodes: read.SHOP_NODES,
      nodesMax,
      nodeQps: read.SHOP_NODE_QPS,
    },
    parts: read.PARTS,
    payments: {
      port: read.PAYMENTS_PORT,
      url:
        read.PAYMENTS_PORT === undefined
          ? read.PAYMENTS_URL
          : address(read.PAYMENTS_URL, read.HOST, read.PAYMENTS_PORT).url,
    },
    sandbox: {
      on: !hasMerchant && !production,
      port: read.SANDBOX_PORT,
      url: read.SANDBOX_URL ?? `http://127.0.0.1:${read.SANDBOX_PORT}`,
    },
    dataDir: resolve(read.DATA_DIR),
    database: { url: read.DATABASE_URL, replicaUrls: read.DATABASE_REPLICA_URLS ?? [] },
    redisUrl: read.REDIS_URL,
    trustedProxies: read.TRUSTED_PROXIES,
    admin: { email: read.ADMIN_EMAIL, password: read.ADMIN_PASSWORD },
    simulate: read.SIMULATE ?? (embedded && !hasMerchant && !production ? 5 : 0),
    secretKey: read.SECRET_KEY,
    metricsToken: read.METRICS_TOKEN,
    alertsToken: read.ALERTS_TOKEN,
    logLevel: read.LOG_LEVEL,
    faultsDir: read.FAULTS_DIR,
    wechat: wechat && { ...wechat, baseUrl: read.WECHAT_BASE_URL },
    alipay: alipay && { ...alipay, gateway: read.ALIPAY_GATEWAY },
    supplier:
      read.SUPPLIER_URL && read.SUPPLIER_KEY ? { url: read.SUPPLIER_URL, key: read.SUPPLIER_KEY } : undefined,
    notify: {
      smtp: read.SMTP_URL === undefined ? undefined : { url: read.SMTP_URL, from: read.SMTP_FROM },
      sms: sms && { ...sms, endpoint: read.SMS_ENDPOINT },
      vapid,
      vapidSubject: read.VAPID_SUBJECT ?? `mailto:${read.ADMIN_EMAIL}`,
      deadmanUrl: read.DEADMAN_URL,
    },
  };
}

function readVariables(env: Record<string, string | undefined>): Variables {
  const read: Record<string, unknown> = {};
  for (const [name, [schema, wants]] of Object.entries(variables)) {
    const given = env[name] === "" && name !== "TRUSTED_PROXIES" ? undefined : env[name];
    const result = schema.safeParse(given);
    if (!result.success) throw new SettingsError(name, shown(name, given), wants);
    read[name] = result.data;
  }
  return read as Variables;
}

function shown(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return secretNames.test(name) ? `${value.length} characters` : value.slice(0, 100);
}

/** A merchant's settings come whole or not at all. */
function merchant<K extends string>(
  read: Variables,
  company: string,
  names: Record<K, keyof Variables>,
): Record<K, string> | undefined {
  const entries = Object.entries(names) as [K, keyof Variables][];
  const missing = entries.filter(([, name]) => read[name] === undefined);
  if (missing.length === entries.length) return undefined;
  const [first] = missing;
  if (first) throw new SettingsError(first[1], undefined, `a value, since other ${company} settings are set`);
  return Object.fromEntries(entries.map(([key, name]) => [key, String(read[name])])) as Record<K, string>;
}

/** The public address, and the origins that browsers may come from; both names of loopback by default. */
function address(
  url: string | undefined,
  host: string,
  portNumber: number,
): { url: string; origins: string[] } {
  if (url !== undefined) return { url, origins: [new URL(url).origin] };
  const isLoopback = host === "127.0.0.1" || host === "localhost" || host === "::1";
  const name = isIP(host) === 6 ? `[${host}]` : host;
  const shownHost = isLoopback || host === "0.0.0.0" || host === "::" ? "localhost" : name;
  const origins = new Set([shownHost, ...(shownHost === "localhost" ? ["127.0.0.1"] : [])]);
  return {
    url: `http://${shownHost}:${portNumber}`,
    origins: [...origins].map((origin) => `http://${origin}:${portNumber}`),
  };
}

function isAddressRange(entry: string): boolean {
  if (["loopback", "linklocal", "uniquelocal"].includes(entry)) return true;
  const [ip = "", bits, ...rest] = entry.split("/");
  const version = isIP(ip);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** The environment of this process: for `readSettings` and for what children inherit. */
export const environment: Readonly<Record<string, string | undefined>> = process.env;

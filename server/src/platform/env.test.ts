import { describe, expect, it } from "vitest";
import { readSettings, SettingsError } from "./env.ts";

const canary = "canary-0f9e8d7c6b5a";
const pem = `-----BEGIN PRIVATE KEY-----\n${"A".repeat(64)}\n-----END PRIVATE KEY-----`;
const alipay = {
  ALIPAY_APP_ID: "2021000000000000",
  ALIPAY_SELLER_ID: "2088000000000000",
  ALIPAY_PRIVATE_KEY: pem,
  ALIPAY_PUBLIC_KEY: pem,
};

function refusal(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("settings", () => {
  it("have the contract's defaults when nothing is set", () => {
    expect(readSettings({})).toMatchObject({
      role: "all",
      host: "127.0.0.1",
      console: { port: 8080, url: "http://localhost:8080" },
      shop: { port: 8081, url: "http://localhost:8081", nodes: 2, nodesMax: 2 },
      parts: ["orders", "payments", "fulfilment"],
      payments: { port: undefined, url: undefined },
      sandbox: { on: true, port: 8082 },
      trustedProxies: ["loopback"],
      admin: { email: "admin@orderwatch.local", password: undefined },
      simulate: 5,
    });
  });

  it.each([
    ["ROLE", "shopkeeper", /all, console, shop or sandbox/],
    ["SHOP_PORT", "70000", /a port from 0 to 65535/],
    ["CONSOLE_PORT", "http", /a port/],
    ["SANDBOX_PORT", "80.5", /a port/],
    ["SHOP_URL", "localhost:8081", /an http\(s\) address/],
    ["CONSOLE_URL", "ftp://console", /an http\(s\) address/],
    ["DATABASE_URL", "mysql://db/x", /postgres:\/\//],
    ["DATABASE_REPLICA_URLS", "postgres://a/b, nonsense", /postgres:\/\/ addresses/],
    ["REDIS_URL", "http://redis", /redis:\/\//],
    ["SHOP_NODES", "0", /from 1 to 16/],
    ["SHOP_NODES_MAX", "17", /from SHOP_NODES to 16/],
    ["SHOP_NODES_MAX", "1", /SHOP_NODES \(2\) or more/],
    ["SHOP_NODE_QPS", "0", /requests per second/],
    ["PARTS", "orders,refunds", /orders, payments or fulfilment/],
    ["PARTS", "payments", /orders among them when ROLE is all/],
    ["PAYMENTS_PORT", "http", /a port/],
    ["TRUSTED_PROXIES", "10.0.0.0/33", /CIDR/],
    ["TRUSTED_PROXIES", "everyone", /CIDR/],
    ["ADMIN_EMAIL", "admin", /an e-mail address/],
    ["ADMIN_PASSWORD", "short", /10 to 128 characters/],
    ["SIMULATE", "-1", /0 to 500/],
    ["SECRET_KEY", "short", /at least 32 characters/],
    ["METRICS_TOKEN", "short", /at least 16 characters/],
    ["LOG_LEVEL", "loud", /a pino level/],
    ["NODE_ENV", "prod", /development, production or test/],
    ["WECHAT_API_V3_KEY", "short", /32 characters/],
    ["ALIPAY_PRIVATE_KEY", "no key", /PEM/],
    ["SUPPLIER_URL", "supplier", /an http\(s\) address/],
  ])("%s=%s is refused in one line that names it, what it got and what it wants", (name, value, wants) => {
    const message = refusal({ [name]: value });
    expect(message).toMatch(new RegExp(`^${name}: got .+, wants .+$`));
    expect(message).toMatch(wants);
  });

  it("that are half there are refused by the name of what is missing", () => {
    const { ALIPAY_PUBLIC_KEY, ...half } = alipay;
    expect(refusal(half)).toMatch(/^ALIPAY_PUBLIC_KEY: got nothing/);
    expect(refusal({ SUPPLIER_URL: "https://supplier.example" })).toMatch(/^SUPPLIER_KEY: got nothing/);
    expect(refusal({ ...alipay, ALIPAY_PUBLIC_KEY, SIMULATE: "5" })).toMatch(/^SIMULATE: got "5"/);
  });

  it("of production want a master key and a merchant, and no sandbox", () => {
    const production = { NODE_ENV: "production", SECRET_KEY: "k".repeat(32) };
    expect(refusal({ NODE_ENV: "production", ...alipay })).toMatch(/^SECRET_KEY: got nothing/);
    expect(refusal(production)).toMatch(/a merchant/);
    expect(refusal({ ...production, ...alipay, ROLE: "sandbox" })).toMatch(/^ROLE: got "sandbox"/);
    expect(refusal({ ...production, ...alipay, FAULTS_DIR: "/tmp" })).toMatch(/^FAULTS_DIR: got "\/tmp"/);
    expect(readSettings({ ...production, ...alipay })).toMatchObject({ sandbox: { on: false }, simulate: 0 });
  });

  it("that hold secrets are never repeated, however wrong they are", () => {
    const secret = (name: string, value: string) =>
      expect(refusal({ [name]: value }), name).not.toMatch(canary);
    for (const name of ["ADMIN_PASSWORD", "SECRET_KEY", "METRICS_TOKEN", "SUPPLIER_KEY"])
      secret(name, canary.slice(0, 4).padEnd(5, "!"));
    secret("WECHAT_API_V3_KEY", canary);
    secret("WECHAT_MCH_PRIVATE_KEY", canary);
    secret("ALIPAY_PRIVATE_KEY", canary);
    secret("DATABASE_URL", `mysql://user:${canary}@db/x`);
    secret("DATABASE_REPLICA_URLS", `mysql://user:${canary}@db/x`);
    secret("REDIS_URL", `http://user:${canary}@redis`);
  });

  it("stay one line whatever the value holds", () => {
    const message = refusal({ ROLE: `a\nb\u0000${"x".repeat(5_000)}` });
    expect(message.split("\n")).toHaveLength(1);
    expect(message.length).toBeLessThan(300);
  });

  it("empty count as unset, but for the list of trusted proxies, where empty means none", () => {
    expect(readSettings({ SHOP_PORT: "", TRUSTED_PROXIES: "" })).toMatchObject({
      shop: { port: 8081 },
      trustedProxies: [],
    });
    expect(readSettings({ TRUSTED_PROXIES: "loopback, 10.0.0.0/8,2001:db8::/32" }).trustedProxies).toEqual([
      "loopback",
      "10.0.0.0/8",
      "2001:db8::/32",
    ]);
  });

  it("name the payments' own address where they have a port of their own", () => {
    expect(readSettings({ PAYMENTS_PORT: "8083" }).payments).toEqual({
      port: 8083,
      url: "http://localhost:8083",
    });
    expect(readSettings({ PAYMENTS_PORT: "8083", PAYMENTS_URL: "https://pay.example/" }).payments.url).toBe(
      "https://pay.example",
    );
    const shared = "https://shop.example";
    expect(readSettings({ PAYMENTS_PORT: "8083", PAYMENTS_URL: shared, SHOP_URL: shared }).payments.url).toBe(
      shared,
    );
    expect(readSettings({ PAYMENTS_URL: shared, SHOP_URL: shared }).payments.url).toBe(shared);
    expect(refusal({ PARTS: "orders,fulfilment" })).toMatch(/^PAYMENTS_PORT: got nothing/);
    expect(readSettings({ ROLE: "shop", PARTS: " payments, orders" }).parts).toEqual(["payments", "orders"]);
  });
});

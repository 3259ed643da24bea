import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Attack, DrillFault, FaultLease } from "@orderwatch/shared/ops/drill-faults.ts";
import { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestContext, type TestContext, testSecretKey } from "../../test/context.ts";
import { freePorts } from "../../test/free-ports.ts";
import { eventually } from "../../test/poll.ts";
import { createAccounts } from "../ops/accounts/actions.ts";
import { signInEndpoints } from "../ops/accounts/routes.ts";
import { countFailedSignIns, countUnpaidAccounts } from "../ops/detection/truth-store.ts";
import { sandboxTarget } from "../ops/drills/sandbox-target.ts";
import { createKeys } from "../platform/crypto.ts";
import { readSettings, type Settings } from "../platform/env.ts";
import { signLease } from "../platform/faults/proof.ts";
import { createAddressResolver } from "../platform/http/address.ts";
import { createExpress } from "../platform/http/express.ts";
import { drain, listen } from "../platform/http/listening.ts";
import { probeEndpoints } from "../platform/http/probes.ts";
import { createHttpServer, createServing } from "../platform/http/server.ts";
import { createMetrics } from "../platform/metrics.ts";
import { seedDemoProducts } from "../shop/stock/demo-actions.ts";
import { openMerchants } from "./merchants.ts";
import { openOrderBackend } from "./order-backend.ts";
import { startSandbox } from "./sandbox.ts";

let folder: string;
let context: TestContext;
let settings: Settings;
let backend: Awaited<ReturnType<typeof openOrderBackend>>;
let server: Server;
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let target: ReturnType<typeof sandboxTarget>;
const refused: string[] = [];
const callbacks: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attacks-"));
  context = await createTestContext();
  const [port, sandboxPort] = (await freePorts(2)).map(String);
  settings = readSettings({
    DATABASE_URL: context.url,
    DATA_DIR: folder,
    SECRET_KEY: testSecretKey,
    // One server plays shop and console.
    ...{ SHOP_PORT: port, CONSOLE_PORT: port, SANDBOX_PORT: sandboxPort },
    SIMULATE: "0",
    LOG_LEVEL: "silent",
  });
  await seedDemoProducts(context);
  const metrics = createMetrics();
  backend = await openOrderBackend({
    ...context,
    databaseUrl: context.url,
    redisUrl: undefined,
    metrics,
    shopUrl: settings.shop.url,
    ...(await openMerchants(settings)),
    onRefused: (code) => refused.push(code),
    onBeacon: () => undefined,
    onCallback: (fate) => callbacks.push(fate),
  });
  const { url, origins } = settings.console;
  const accounts = createAccounts({ ...context, url, origins, production: false });
  const serving = createServing({
    ...context,
    metrics,
    addressOf: createAddressResolver(settings.trustedProxies),
  });
  const rest = createExpress({
    serving,
    production: false,
    endpoints: [
      ...backend.endpoints,
      ...signInEndpoints({ accounts, origins }),
      ...probeEndpoints({ metrics, metricsToken: undefined, whyNotReady: async () => undefined }),
    ],
  });
  server = createHttpServer({ serving, hot: backend.hot, rest });
  await listen(server, settings.shop.port, settings.host);
  sandbox = await startSandbox(settings, null);
  target = sandboxTarget({ url: settings.sandbox.url, keys: context.keys });
});
afterAll(async () => {
  await sandbox?.close();
  await drain(server);
  await backend.close();
  await context.close();
  await rm(folder, { recursive: true, force: true });
});

const leaseOf = (fault: DrillFault, orders: number, forMs = 20_000): FaultLease => ({
  id: context.newId(),
  run: context.newId(),
  fault,
  radius: { traffic: "synthetic", percent: 100, orders, buyers: 0 },
  expiresAt: new Date(Date.now() + forMs).toISOString(),
});
const attackOf = (attack: Attack, perSecond: number, atMost: number): DrillFault => ({
  ...{ kind: "attack", attack, perSecond, atMost },
});
/** Lets a whole attack go out; what it touched. */
const wholeOf = async (lease: FaultLease) => {
  expect(await target.grant(lease)).toMatchObject({ state: "active" });
  await eventually("the whole attack", async () => {
    const report = await target.probe(lease.id);
    if (report?.state === "failed") throw new Error(report.detail);
    return report?.detail !== undefined && /were sent|used up/.test(report.detail);
  });
  const report = await target.revert(lease.id);
  expect(report.state).toBe("reverted");
  return report.touched;
};
const count = async (text: string) =>
  (await context.db.sql.query<{ n: number }>(`select count(*)::int as n from ${text}`)).rows[0]?.n ?? 0;

describe("attacks of drills, sent by the sandbox", () => {
  it("O9: are begun by a lease that the console signed for the sandbox, and by no other", async () => {
    const lease = leaseOf(attackOf("order_flood", 1, 1), 1);
    const put = async (body: object) =>
      (
        await fetch(`${settings.sandbox.url}/faults/${lease.id}`, {
          method: "PUT",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        })
      ).status;
    const { proof } = signLease(context.keys, "sandbox", lease);
    expect(
      await put(signLease(createKeys("a key of somebody else, as long as ours"), "sandbox", lease)),
    ).toBe(403);
    expect(await put(signLease(context.keys, "shop-1", lease))).toBe(403);
    expect(await put({ lease: { ...lease, fault: attackOf("order_flood", 50, 2_000) }, proof })).toBe(403);
    expect(await target.probe(lease.id)).toMatchObject({ state: "expired", touched: { passes: 0 } });
    expect(await target.refusal(lease.fault)).toBeNull();
    expect(await target.refusal({ kind: "surge", factor: 2 })).toMatchObject({ en: /no simulated shoppers/ });
    const nowhere = sandboxTarget({ url: `http://127.0.0.1:${(await freePorts(1))[0]}`, keys: context.keys });
    expect(await nowhere.refusal(lease.fault)).toMatchObject({ en: /does not run/ });
    expect(await nowhere.probe(lease.id)).toBeNull();
  });

  it("O8: end with their lease when nobody renews it", async () => {
    const lease = leaseOf(attackOf("callback_forgery", 20, 2_000), 0, 700);
    await target.grant(lease);
    await eventually("its end", async () => (await target.probe(lease.id))?.state === "expired");
    const { passes } = (await target.probe(lease.id))?.touched ?? { passes: Number.NaN };
    expect(passes).toBeGreaterThan(2);
    // A whole one comes and goes, and the ended one has sent nothing meanwhile.
    await wholeOf(leaseOf(attackOf("callback_forgery", 50, 10), 0));
    expect((await target.probe(lease.id))?.touched.passes).toBe(passes);
  });

  it("O10: a flood of orders from one address stops at the shop's limit, and what it placed is a drill's", async () => {
    const touched = await wholeOf(leaseOf(attackOf("order_flood", 50, 80), 100));
    expect(touched).toMatchObject({ orders: 50, buyers: 0, passes: 80 });
    expect(await count("orders where origin = 'drill'")).toBe(50);
    expect(await count("orders where origin <> 'drill'")).toBe(0);
    expect(refused.filter((code) => code === "risk.too_many_requests")).toHaveLength(30);
  });

  it("O9: card testing places no more orders than its radius has, keeps no stock, and shows as one device", async () => {
    const before = await count("orders");
    const touched = await wholeOf(leaseOf(attackOf("card_testing", 30, 200), 18));
    expect(touched.orders).toBe(18);
    expect((await count("orders")) - before).toBe(18);
    expect(await count("orders where held_units > 0 or status = 'paid'")).toBe(0);
    expect(await countUnpaidAccounts(context.db.sql, new Date())).toBe(18);
    // It has given up by then.
    expect(await countUnpaidAccounts(context.db.sql, new Date(Date.now() + 3 * 60_000))).toBe(0);
  });

  it("P2: forged callbacks are all refused, and no payment is believed", async () => {
    callbacks.length = 0;
    await wholeOf(leaseOf(attackOf("callback_forgery", 50, 45), 0));
    expect(callbacks).toEqual(Array.from({ length: 45 }, () => "refused"));
    expect(await count("payments where status = 'paid'")).toBe(0);
    expect(await count("payment_notices where verdict <> 'refused'")).toBe(0);
    expect(await count("payment_notices where reason = 'merchant'")).toBeGreaterThan(0);
  });

  it("P1: callbacks that are replayed are known, and nothing is paid or delivered a second time", async () => {
    const post = async (url: string, body: object) => {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": randomUUID() },
        body: JSON.stringify(body),
      });
      return await answer.json();
    };
    const order = {
      sku: "starter-pack",
      quantity: 1,
      paymentMethod: "alipay",
      contact: { phone: "13900000000" },
    };
    callbacks.length = 0;
    const placed = PlacedOrder.parse(await post(`${settings.shop.url}/api/orders`, order));
    await post(`${settings.sandbox.url}/payments/${placed.payment.id}/pay`, { outcome: "success" });
    await eventually("delivery", () => count("orders where status = 'delivered'"));
    // The shop may have delivered before it has said what it made of the callback, and that before the company reads it.
    await eventually("the company's own callback", () => callbacks.length > 0);
    const replay = await eventually("a callback that was taken", async () => {
      const lease = leaseOf(attackOf("callback_replay", 50, 40), 0);
      callbacks.length = 0;
      return (await target.grant(lease)).state === "active" && lease;
    });
    await eventually("all of them", () => callbacks.length === 40);
    await target.revert(replay.id);
    expect(callbacks).toEqual(Array.from({ length: 40 }, () => "repeated"));
    expect(await count("order_events where type in ('paid', 'delivered')")).toBe(2);
    expect(await count("codes where status = 'sold'")).toBe(1);
  });

  it("guessed passwords open no session, and are counted without an address", async () => {
    const lease = leaseOf(attackOf("sign_in_guessing", 50, 42), 0);
    await target.grant(lease);
    await eventually(
      "42 refusals",
      async () => (await countFailedSignIns(context.db.sql, new Date())) === 42,
    );
    expect((await target.revert(lease.id)).touched).toEqual({ orders: 0, buyers: 0, passes: 42 });
    expect(await count("staff_sessions")).toBe(0);
  });
});

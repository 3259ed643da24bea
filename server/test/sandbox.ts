import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject } from "vitest";
import type { Clock } from "../src/platform/clock.ts";
import type { NewId } from "../src/platform/ids.ts";
import type { Logger } from "../src/platform/log.ts";
import { Registry } from "../src/platform/metrics.ts";
import { sandboxMerchants } from "../src/platform/sandbox-keys.ts";
import type { Behaviour } from "../src/sandbox/behaviour.ts";
import type { RechargeRecord } from "../src/sandbox/ledger.ts";
import { openSandbox } from "../src/sandbox/server.ts";
import type { Outcome, Trade } from "../src/sandbox/trade.ts";
import { HttpSupplier, type Supplier } from "../src/shop/fulfilment/supplier.ts";
import { createProviders, type Providers } from "../src/shop/payments/providers/factory.ts";

/** The payment companies and the supplier, on real sockets and at the test's clock, with what a merchant needs of them. */
export interface TestSandbox {
  url: string;
  providers: Providers;
  supplier: Supplier;
  /** The merchant's accounts at all of them, for tests that put something in between. */
  merchants: ReturnType<typeof sandboxMerchants>;
  /** What the buyer does on the payer's page; the answer's status. */
  pay(paymentId: string, outcome?: Outcome): Promise<number>;
  /** A bad day at one company. */
  behave(behaviour: Behaviour): Promise<void>;
  /** Ordinary days again, everywhere. */
  recover(): Promise<void>;
  /** The companies' own books, as they stand now. */
  books(): Promise<{ trades: Trade[]; recharges: RechargeRecord[] }>;
  close(): Promise<void>;
}

export async function openTestSandbox(given: {
  clock: Clock;
  newId: NewId;
  log: Logger;
  shopUrl: string;
}): Promise<TestSandbox> {
  const folder = await mkdtemp(join(tmpdir(), "test-sandbox-"));
  const keys = inject("sandboxKeys");
  const { clock, newId, log, shopUrl } = given;
  const sandbox = await openSandbox({
    ...{ clock, newId, log, shopUrl, keys },
    dataDir: folder,
    port: 0,
    shopOrigins: [],
    metrics: new Registry(),
    random: Math.random,
  });
  const merchants = sandboxMerchants(keys, sandbox.url);
  const send = async (method: string, path: string, body?: unknown): Promise<number> => {
    const answer = await fetch(sandbox.url + path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  return {
    url: sandbox.url,
    providers: createProviders(merchants, { clock: clock }),
    supplier: new HttpSupplier({ ...merchants.supplier, clock: clock, timeoutMs: 1_000 }),
    merchants,
    pay: (paymentId, outcome = "success") =>
      send("POST", `/payments/${paymentId}/pay`, { payer: "payer-1", outcome }),
    async behave(behaviour) {
      expect(await send("PUT", "/behaviour", behaviour)).toBe(200);
    },
    async recover() {
      expect(await send("DELETE", "/behaviour")).toBe(204);
    },
    async books() {
      const lines = (await readFile(join(folder, "sandbox", "ledger.ndjson"), "utf8"))
        .split("\n")
        .filter(Boolean);
      const trades = new Map<string, Trade>();
      const recharges = new Map<string, RechargeRecord>();
      for (const line of lines) {
        const entry: { trade?: Trade; recharge?: RechargeRecord } = JSON.parse(line);
        if (entry.trade) trades.set(entry.trade.outTradeNo, entry.trade);
        if (entry.recharge) recharges.set(entry.recharge.lineId, entry.recharge);
      }
      return { trades: [...trades.values()], recharges: [...recharges.values()] };
    },
    async close() {
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

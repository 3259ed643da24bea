import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createLog } from "../platform/log.ts";
import { Ledger } from "./ledger.ts";
import type { Trade } from "./trade.ts";

const trade: Trade = {
  ...{ gateway: "wechat", outTradeNo: "1", tradeNo: "2", amountFen: 100, description: "", notifyUrl: "" },
  ...{ expiresAtMs: 0, state: "waiting", acknowledged: false, refunds: [] },
};

it("what another's call has just changed survives a kill before anyone is told of it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ledger-"));
  const ledger = await Ledger.open(folder, createLog({ level: "silent", name: "sandbox" }));
  const saving = ledger.saveTrade(trade);
  expect(ledger.trade("1")).toEqual(trade);
  await ledger.kept();
  const onDisk = readFileSync(join(folder, "sandbox", "ledger.ndjson"), "utf8");
  await saving;
  await ledger.close();
  await rm(folder, { recursive: true });
  expect(onDisk).toBe(`${JSON.stringify({ trade })}\n`);
});

import type { Clock } from "../../platform/clock.ts";
import type { Behaviours } from "../behaviour.ts";
import type { Callbacks } from "../callbacks.ts";
import type { Ledger } from "../ledger.ts";
import type { Trade } from "../trade.ts";

/** What both gateways work with. */
export interface GatewayContext {
  clock: Clock;
  ledger: Ledger;
  behaviours: Behaviours;
  callbacks: Callbacks;
  /** The sandbox's own address, without a slash at its end. */
  url: string;
}

/** A company's callbacks, for whoever moves its trades. */
export interface Gateway {
  /** Tells the merchant that a trade was paid, again and again until it is acknowledged. */
  notifyPaid(trade: Trade): void;
}

/** Where the payer sees a trade. */
export function payerPage(url: string, trade: Trade): URL {
  return new URL(`${url}/cashier/${trade.outTradeNo}`);
}

/** Marks a payment's callback as taken, on whatever has become of the trade meanwhile. */
export async function acknowledged(ledger: Ledger, outTradeNo: string): Promise<void> {
  const trade = ledger.trade(outTradeNo);
  if (trade && !trade.acknowledged) await ledger.saveTrade({ ...trade, acknowledged: true });
}

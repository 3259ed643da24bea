import type { Clock } from "../../platform/clock.ts";
import type { Behaviours } from "../behaviour.ts";
import type { Callback, Callbacks } from "../callbacks.ts";
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
  /** Tells the merchant that a trade was paid, again and again until it is acknowledged or gets lost. */
  notifyPaid(trade: Trade): void;
}

/** Where the payer sees a trade. */
export function payerPage(url: string, trade: Trade): URL {
  return new URL(`${url}/cashier/${trade.outTradeNo}`);
}

/** What becomes of a callback, as far as anything follows from it. */
type Fate = Pick<Callback, "onAcknowledged" | "onLost">;

/** Notes the fate of a payment's callback on whatever has become of the trade meanwhile. */
export function noteFate(ledger: Ledger, outTradeNo: string): Fate {
  const note = async (fate: "acknowledged" | "lost"): Promise<void> => {
    const trade = ledger.trade(outTradeNo);
    if (trade && !trade[fate]) await ledger.saveTrade({ ...trade, [fate]: true });
  };
  return { onAcknowledged: () => note("acknowledged"), onLost: () => note("lost") };
}

/** A refund's callback leaves nothing behind. */
export const fateless: Fate = { onAcknowledged: async () => undefined, onLost: async () => undefined };

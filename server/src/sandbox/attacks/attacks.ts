import type { DrillFault, FaultLease } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Activity } from "../../platform/faults/activity.ts";
import type { Logger } from "../../platform/log.ts";
import { signOrigin } from "../../platform/origin.ts";
import type { SandboxKeys } from "../../platform/sandbox-keys.ts";
import type { SentCallback } from "../callbacks.ts";
import { callbackForgery, callbackReplay } from "./callbacks.ts";
import { cardTesting, orderFlood } from "./orders.ts";
import { signInGuessing } from "./sign-in-guessing.ts";
import { type Shot, startVolley } from "./volley.ts";

export interface AttackContext {
  /** Where shop, console and the payment companies' callbacks answer on this machine. */
  shopUrl: string;
  consoleUrl: string;
  paymentsUrl: string;
  sandboxUrl: string;
  keys: Keys;
  sandboxKeys: SandboxKeys;
  /** Callbacks that the shop took lately. */
  taken: () => readonly SentCallback[];
  clock: Clock;
  log: Logger;
}

type AttackFault = Extract<DrillFault, { kind: "attack" }>;

/**
 * Sends what an attacker would, from this machine to this machine, within the fault's own bounds and the lease's blast
 * radius. Throws an Error whose message says why it cannot.
 */
export function startAttack(context: AttackContext, fault: AttackFault, lease: FaultLease): Activity {
  const { perSecond, atMost } = fault;
  for (const url of [context.shopUrl, context.consoleUrl, context.paymentsUrl, context.sandboxUrl])
    requireLoopback(url);
  const placesOrders = fault.attack === "order_flood" || fault.attack === "card_testing";
  const bounds = { perSecond, atMost, ...(placesOrders ? { orders: lease.radius.orders } : {}) };
  return startVolley(shotOf(context, fault, lease), bounds, context.log);
}

function shotOf(context: AttackContext, { attack }: AttackFault, { run }: FaultLease): Shot {
  const { shopUrl, sandboxUrl, consoleUrl, keys } = context;
  const orders = { shopUrl, sandboxUrl, origin: signOrigin(keys, "drill", run) };
  switch (attack) {
    case "order_flood":
      return orderFlood(orders);
    case "card_testing":
      return cardTesting(orders);
    case "callback_forgery":
      return callbackForgery({ ...context, keys: context.sandboxKeys });
    case "callback_replay":
      return callbackReplay({ ...context, taken: context.taken() });
    case "sign_in_guessing":
      return signInGuessing(consoleUrl);
  }
}

/** An attack never leaves this machine, whatever the settings say. */
function requireLoopback(url: string): void {
  const { hostname } = new URL(url);
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
    throw new Error(`${hostname} is not this machine's loopback address`);
}

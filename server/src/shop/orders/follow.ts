import type { Outlet } from "../../platform/http/message.ts";
import type { Logger } from "../../platform/log.ts";
import { type Loop, startLoop } from "../../platform/loop.ts";

/** What a follower compares by, for the orders that are followed; those that are gone are missing. */
export type ReadVersions = (
  orderIds: readonly string[],
) => Promise<{ id: string; version: string; mayLearn: boolean }[]>;

export interface OrderFollowers {
  /** Whether as many follow as may. */
  isFull(): boolean;
  /** Tells of each change of an order until the outlet closes. */
  add(orderId: string, outlet: Outlet): void;
  close(): Promise<void>;
}

/** An open answer counts as a request that is under way; so many are a seventh of what makes the gate refuse. */
const mostFollowers = 300;
const everyMs = 1_000;
/** Proxies give up on what is silent for a minute. */
const beatEvery = 15;
/** A payment company is asked on behalf of a follower as often as on behalf of somebody who reads again and again. */
const learnEvery = 2;

interface Follower {
  outlet: Outlet;
  version: string | undefined;
}

/**
 * Tells whoever has an order open that it has changed: one query a second for all that are followed on this node, and not a
 * word of the order itself, which is read as always. Whoever is refused or cut off reads again and again instead.
 */
export function createOrderFollowers(context: {
  readVersions: ReadVersions;
  /** Asks the payment company about an unpaid order. */
  learn: (orderId: string) => Promise<void>;
  log: Logger;
}): OrderFollowers {
  const followers = new Map<string, Set<Follower>>();
  let count = 0;
  let turn = 0;

  const remove = (orderId: string, follower: Follower): void => {
    const ofOrder = followers.get(orderId);
    if (!ofOrder?.delete(follower)) return;
    count -= 1;
    if (ofOrder.size === 0) followers.delete(orderId);
  };
  const all = () => [...followers.values()].flatMap((ofOrder) => [...ofOrder]);

  const look = async (): Promise<{ more: boolean }> => {
    turn += 1;
    // A node that is drained hands its followers on: they come again, to whichever node takes them.
    for (const { outlet } of all()) if (outlet.isDraining()) outlet.end();
    if (followers.size === 0) return { more: false };
    if (turn % beatEvery === 0) for (const { outlet } of all()) outlet.write(": beat\n\n");
    for (const { id, version, mayLearn } of await context.readVersions([...followers.keys()])) {
      if (mayLearn && turn % learnEvery === 0)
        context
          .learn(id)
          .catch((error: unknown) => context.log.warn({ err: error }, "a payment was not asked about"));
      for (const follower of followers.get(id) ?? []) {
        // The first look is news too: something may have happened since the buyer read the order.
        if (follower.version !== version) follower.outlet.write("event: changed\ndata:\n\n");
        follower.version = version;
      }
    }
    return { more: false };
  };
  const loop: Loop = startLoop({ name: "follow-orders", everyMs, work: look, log: context.log });

  return {
    isFull: () => count >= mostFollowers,
    add(orderId, outlet) {
      const follower: Follower = { outlet, version: undefined };
      const ofOrder = followers.get(orderId) ?? new Set();
      followers.set(orderId, ofOrder.add(follower));
      count += 1;
      outlet.onClose(() => remove(orderId, follower));
    },
    async close() {
      await loop.stop();
      for (const { outlet } of all()) outlet.end();
    },
  };
}

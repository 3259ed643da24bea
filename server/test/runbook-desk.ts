import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import type { RunbookRun, RunStep } from "@orderwatch/shared/ops/runbooks.ts";
import type { Origin } from "@orderwatch/shared/shop/orders.ts";
import { expect, vi } from "vitest";
import { openBuyerDesk } from "../src/app/buyer-desk.ts";
import { openRunbookDesk } from "../src/app/runbook-desk.ts";
import { Hub } from "../src/live/hub.ts";
import { declare, type IncidentContext } from "../src/ops/incidents/actions.ts";
import { createNotify } from "../src/ops/notify/actions.ts";
import type { HttpRequest } from "../src/platform/http/message.ts";
import { countOrderEvents } from "../src/shop/orders/counts.ts";
import { orderBody } from "./order-backend.ts";
import { openTestShopServer } from "./shop-server.ts";

type Desk = Awaited<ReturnType<typeof openRunbookDesk>>;
export type TestDesk = Awaited<ReturnType<typeof openTestDesk>>;

const staff = {
  id: "staff-1",
  name: "Li Na",
  role: "admin",
  email: "x@example.com",
  sessionId: "s",
} as const;
const request: HttpRequest = {
  ...{ id: "request-1", method: "POST", path: "/", target: "/", params: {}, headers: {} },
  ...{ query: new URLSearchParams(), address: "127.0.0.1", body: Buffer.alloc(0) },
};

/** A console's runbooks over a whole shop with its gate: what they do is seen by buyers, and buyers make the figures. */
export async function openTestDesk() {
  const shop = await openTestShopServer({ gated: true });
  await shop.addProduct({ sku: "CARD", codes: 2_000 });
  const incidents: IncidentContext = { ...shop, on: {} };
  const supervised = createNodes();
  let buyers = 0;

  const openHub = async () => {
    const hub = new Hub({
      ...{ epoch: "test", sql: shop.db.sql, log: shop.log, stock: async () => [] },
      events: { count: (from, until) => countOrderEvents(shop.db.sql, from, until) },
      targets: { successRate: 0.98, latencyP99Ms: 200 },
      countWithinMs: 20_000,
    });
    await hub.start(shop.clock.now());
    return hub;
  };
  const notify = createNotify({ ...shop, channels: new Map(), fire: () => undefined });
  const told = openBuyerDesk({ ...shop, notify, shopUrl: shop.shopUrl }, incidents);
  let hub = await openHub();
  let desk: Desk = await openRunbookDesk({ ...shop, hub, nodes: supervised.nodes }, incidents, told.door);
  const read = (incidentId: string, slug: string) =>
    desk.handlers.readRunbook({
      ...{ params: { id: incidentId }, query: { slug }, body: undefined, request },
    });

  const tick = async () => {
    const now = shop.clock.now();
    hub.superviseNodes(supervised.nodes.list().map(({ id, pid, state }) => ({ id, pid, state })));
    for (const { id } of supervised.nodes.list()) hub.nodeLinked(id, `link of ${id}`, now);
    await hub.tick(now);
  };
  /** Orders that are placed within the next second, paid for where they shall be, and seen by the desk. */
  const trade = async (orders: number, given: { paid?: boolean; origin?: Origin } = {}) => {
    shop.clock.advance(1_000);
    const paid = () => shop.value<number>("select count(*)::int from order_events where type = 'paid'");
    const before = await paid();
    const from = () => `10.${(buyers >> 8) & 255}.${buyers++ & 255}.9`;
    const origin = given.origin ?? "buyer";
    const placed = await Promise.all(
      Array.from({ length: orders }, () =>
        shop.place({ address: from(), body: orderBody("CARD", 1), origin }),
      ),
    );
    if (given.paid) {
      await Promise.all(
        placed.map(async ({ payment }) => {
          await shop.call("GET", `/pay/${payment.id}`);
          expect(await shop.sandbox.pay(payment.id)).toBe(200);
        }),
      );
      const settled = async () => expect(await paid()).toBe(before + orders);
      await vi.waitFor(settled, { timeout: 20_000, interval: 20 });
    }
    await tick();
  };

  return {
    ...{ shop, incidents, supervised, trade, read },
    declare: (more: { orderIds?: string[] } = {}) =>
      declare(incidents, { staff }, { level: 2, title: "a test", ...more }),
    /** What buyers were told of an incident. */
    messages: async (incidentId: string) =>
      (
        await told.handlers.listBuyerMessages({
          ...{ params: { id: incidentId }, query: undefined, body: undefined, request },
        })
      ).items,
    /** Seconds in which nobody orders. */
    async quiet(count: number) {
      for (let n = 0; n < count; n++) await trade(0);
    },
    run: (
      incidentId: string,
      slug: string,
      stepId: string,
      given: Partial<RunStep> = {},
    ): Promise<RunbookRun> =>
      desk.handlers.runRunbookStep({
        ...{ params: { id: incidentId, stepId }, query: { slug }, body: { input: {}, ...given } },
        ...{ staff, request },
      }),
    /** What the desk does in its second, and how the step is then. */
    async stateOf(incidentId: string, slug: string, stepId: string) {
      desk.tick(shop.clock.now());
      await desk.close();
      return (await read(incidentId, slug)).steps.find(({ step }) => step.id === stepId)?.run ?? null;
    },
    async choicesOf(incidentId: string, slug: string, stepId: string) {
      return (await read(incidentId, slug)).steps.find(({ step }) => step.id === stepId)?.choices ?? [];
    },
    /** Another console in the place of this one, which knows what is in the rows alone. */
    async restart() {
      await desk.close();
      await hub.stop(shop.clock.now());
      hub = await openHub();
      desk = await openRunbookDesk({ ...shop, hub, nodes: supervised.nodes }, incidents, told.door);
    },
    async close() {
      await desk.close();
      await hub.stop(shop.clock.now());
      await shop.close();
    },
  };
}

/** Two nodes as the supervisor would carry it out: a promoted one is active, the other one stands by. */
function createNodes() {
  const commanded: string[] = [];
  let active: string | null = "shop-1";
  const nodeOf = (id: string): NodeSummary => ({
    ...{ id, pid: 1, qps: 0, eventLoop: 0, inFlight: 0, ageS: 0 },
    state: id === active ? "active" : "standby",
  });
  return {
    commanded,
    active: () => active,
    /** null: none takes orders. */
    setActive(id: string | null) {
      active = id;
      commanded.length = 0;
    },
    nodes: {
      list: () => [nodeOf("shop-1"), nodeOf("shop-2")],
      driver: null,
      async command(command: string, id: string) {
        commanded.push(`${command} ${id}`);
        if (command === "promote") active = id;
        else if (active === id) active = id === "shop-1" ? "shop-2" : "shop-1";
      },
    },
  };
}

import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import type { Scaling } from "@orderwatch/shared/ops/nodes.ts";
import pg from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { buildWeb } from "../../../web/build.ts";
import { createTestDatabase, type TestDatabase } from "../../test/database.ts";
import { type OrderLoad, sendOrders } from "../../test/order-load.ts";
import { readOutcome, sendPayers } from "../../test/order-load-outcome.ts";
import { eventually } from "../../test/poll.ts";
import { type Product, type Staff, startProduct } from "../../test/product.ts";
import { orderingConnections } from "../shop/orders/actions.ts";

/** The whole product, its parts in processes of their own, scaling between one and two active nodes. */
let database: TestDatabase;
let client: pg.Client;
let product: Product;
let staff: Staff;
beforeAll(async () => {
  await buildWeb();
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  product = await startProduct({
    ...{ DATABASE_URL: database.url, LOG_LEVEL: "fatal", PARTS: "orders", PAYMENTS_PORT: "0" },
    ...{ SHOP_NODES: "2", SHOP_NODES_MAX: "3", SHOP_NODE_QPS: "25" },
  });
  staff = await product.signIn();
  await staff.call("POST", "/api/products", { sku: "CARD", name: "Card", kind: "code", priceFen: 100 });
  await staff.call("POST", "/api/products/CARD/codes", {
    codes: Array.from({ length: 20_000 }, (_, n) => `CODE-${n}`),
  });
});
afterAll(async () => {
  await product.stop();
  await client.end();
  await database.drop();
});

const nodes = async () => (await staff.call<{ items: NodeSummary[] }>("GET", "/api/nodes")).items;
const isShop = ({ id }: NodeSummary) => id.startsWith("shop-");
const until = async <T>(what: string, find: (found: NodeSummary[]) => T | undefined | false): Promise<T> => {
  let seen: NodeSummary[] = [];
  const look = async () => {
    seen = await nodes();
    return find(seen);
  };
  return eventually(what, look, 90_000).catch((error: Error) => {
    throw new Error(`${error.message}; there is ${seen.map(({ id, state }) => `${id} ${state}`).join(", ")}`);
  });
};
const activeShops = (found: NodeSummary[]) => found.filter((node) => isShop(node) && node.state === "active");
const isReserve = (node: NodeSummary) => isShop(node) && node.state === "standby";
const more = async (load: OrderLoad, count: number) => {
  const before = load.accepted.size;
  await eventually(`${count} more orders`, () => load.accepted.size >= before + count, 60_000);
};

// Whole processes start here, one after another, on machines that may be busy with something else.
vi.setConfig({ testTimeout: 240_000 });

it("a standby keeps the connections that orders will take, with the statement planned on them", async () => {
  const standby = await until("a standby", (found) => found.find(isReserve));
  const kept = async () => {
    const { rows } = await client.query<{ used: number }>(
      `select extract(epoch from now() - state_change)::float used from pg_stat_activity
        where application_name = $1 and query like '%place_orders%'`,
      [`${standby.id} orders`],
    );
    return rows.length === orderingConnections && rows.every(({ used }) => used > 5);
  };
  await eventually("two that are kept though nobody has used them for a while", kept, 60_000);
});

it("a standby has placed orders before it takes any, all of them rolled back", async () => {
  const standby = await until("a standby", (found) => found.find(isReserve));
  const inserted = async () => {
    const { rows } = await client.query<{ inserted: number; kept: number }>(
      "select n_tup_ins::int inserted, (select count(*)::int from products) kept from pg_stat_user_tables where relname = 'products'",
    );
    return (rows[0]?.inserted ?? 0) - (rows[0]?.kept ?? 0);
  };
  const before = await inserted();
  await staff.call("POST", `/api/nodes/${standby.id}/restart`, {});
  await eventually(
    "a new standby rehearses, a transaction or two for each of its rounds",
    async () => (await inserted()) >= before + 24,
    60_000,
  );
});

it("D2: processes killed, frozen and replaced under load lose and double no order, and charge nobody twice", async () => {
  const load = sendOrders({ shopUrl: product.shopUrl, sku: "CARD", rate: () => 15 });
  const payers = sendPayers({ load, sandboxUrl: product.sandboxUrl, perSecond: 5 });
  for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
    const [lost, heir] = await until("an active node and a standby", (found) => {
      const [active] = activeShops(found);
      const standby = found.find(isReserve);
      return active && standby && ([active, standby] as const);
    });
    await more(load, 20);
    process.kill(lost.pid, signal);
    await until("the standby takes orders, and the lost node is back as another process", (found) => {
      const returned = found.find(({ id }) => id === lost.id);
      const isTaken = activeShops(found).some(({ id, pid }) => id === heir.id && pid === heir.pid);
      const isBack = returned?.state === "standby" || returned?.state === "active";
      return isTaken && isBack && returned.pid !== lost.pid;
    });
    await more(load, 20);
  }
  for (const name of ["payments-1", "fulfilment-1"]) {
    const pid = await product.child(name);
    process.kill(pid ?? 0, "SIGKILL");
    await more(load, 20);
    await until(`${name} is back`, (found) =>
      found.some((node) => node.id === name && node.state === "active" && node.pid !== pid),
    );
  }
  await more(load, 20);
  await payers.stop();
  await load.stop();
  const outcome = await readOutcome(client, { load, payers, dataDir: product.dataDir });
  expect(outcome).toMatchObject({ lost: 0, doubled: 0, chargedTwice: 0, undelivered: 0 });
  expect(outcome.paid).toBeGreaterThan(20);
});

it("as many nodes take orders as the load asks for, and nobody is turned away when there are fewer again", async () => {
  await until("one node takes orders", (found) => activeShops(found).length === 1 && found.some(isReserve));
  const begun = new Date().toISOString();
  let rate = 40;
  const load = sendOrders({ shopUrl: product.shopUrl, sku: "CARD", rate: () => rate });
  await until("two nodes take orders", (found) => activeShops(found).length === 2 && found.some(isReserve));
  await more(load, 40);
  rate = 5;
  await until("one node takes orders again", (found) => activeShops(found).length === 1);
  await load.stop();
  // A starved machine may have the shop ask buyers to come again; nobody's connection is cut.
  expect(load.failures.filter((why) => !why.includes("server.busy"))).toEqual([]);
  const { decisions } = await staff.call<Scaling>("GET", "/api/nodes/scaling");
  expect(decisions.filter(({ at }) => at > begun).map(({ from, to }) => `${from} to ${to}`)).toEqual([
    "2 to 1",
    "1 to 2",
  ]);
});

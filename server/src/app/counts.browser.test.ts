import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildWeb } from "../../../web/build.ts";
import { createTestDatabase, type TestDatabase } from "../../test/database.ts";
import { eventually } from "../../test/poll.ts";
import { type Product, type Staff, startProduct } from "../../test/product.ts";

interface Point {
  t: string;
  placed: number;
  paid: number;
  delivered: number;
  refunded: number;
  failed: Record<string, number>;
}
interface Sums {
  placed: number;
  paid: number;
  delivered: number;
  refunded: number;
  failed: number;
}

let database: TestDatabase;
let product: Product;
let client: pg.Client;
beforeAll(async () => {
  await buildWeb();
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  product = await startProduct({ DATABASE_URL: database.url, SIMULATE: "15" });
});
afterAll(async () => {
  await product.stop();
  await client.end();
  await database.drop();
});

const sumOf = (points: Point[]): Sums => {
  const sum = (of: (point: Point) => number) => points.reduce((total, point) => total + of(point), 0);
  return {
    placed: sum((point) => point.placed),
    paid: sum((point) => point.paid),
    delivered: sum((point) => point.delivered),
    refunded: sum((point) => point.refunded),
    failed: sum((point) => Object.values(point.failed).reduce((total, n) => total + n, 0)),
  };
};

const rowsBetween = async (from: Date, to: Date): Promise<Sums> => {
  const { rows } = await client.query<Sums>(
    `select count(*) filter (where type = 'placed')::int as placed, count(*) filter (where type = 'paid')::int as paid,
        count(*) filter (where type = 'delivered')::int as delivered, count(*) filter (where type = 'refunded')::int as refunded,
        count(*) filter (where type = 'failed')::int as failed
      from order_events where at >= $1 and at < $2 and origin <> 'drill'`,
    [from, to],
  );
  return rows[0] ?? sumOf([]);
};

interface Node {
  id: string;
  pid: number;
  state: string;
}

it("A5: what the dashboard counts equals the rows, across a killed node and a killed console", async () => {
  const from = new Date(Math.floor(Date.now() / 1_000) * 1_000);
  const staff: Staff = await product.signIn();
  const active = async () =>
    (await staff.call<{ items: Node[] }>("GET", "/api/nodes")).items.find((node) => node.state === "active");
  const placedSince = async (count: number) => {
    const already = (await rowsBetween(from, new Date())).placed;
    await eventually(
      `${count} more orders`,
      async () => (await rowsBetween(from, new Date())).placed >= already + count,
      60_000,
    );
  };

  await placedSince(30);
  const killed = await eventually("an active node", active);
  process.kill(killed.pid, "SIGKILL");
  await eventually(
    "another node is active",
    async () => {
      const now = await active();
      return now !== undefined && now.pid !== killed.pid;
    },
    60_000,
  );
  await placedSince(30);

  const consolePid = await product.child("console-1");
  if (consolePid === undefined) throw new Error("no console runs");
  process.kill(consolePid, "SIGKILL");
  await eventually(
    "the console is back",
    async () => {
      const answer = await fetch(`${product.consoleUrl}/readyz`).catch(() => undefined);
      return answer?.ok === true && (await product.child("console-1")) !== consolePid;
    },
    60_000,
  );
  await placedSince(30);

  const to = new Date(Math.floor(Date.now() / 1_000) * 1_000);
  const again = await product.signIn();
  const counted = async () =>
    sumOf(
      (
        await again.call<{ points: Point[] }>(
          "GET",
          `/api/live/series?from=${from.toISOString()}&to=${to.toISOString()}`,
        )
      ).points,
    );
  const expected = await rowsBetween(from, to);
  await eventually("every event is counted", async () => (await counted()).placed >= expected.placed, 30_000);
  expect(await counted()).toEqual(await rowsBetween(from, to));
  expect(expected.placed).toBeGreaterThanOrEqual(90);
});

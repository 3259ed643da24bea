import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../../test/poll.ts";
import { problemOf } from "../../test/problem.ts";
import { type Answer, openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../platform/embedded-postgres.ts";
import { createLog } from "../platform/log.ts";
import { migrate } from "../platform/migrations.ts";

const logger = createLog({ level: "silent", name: "test" });
let dataDir: string;
let postgres: EmbeddedPostgres;
let shop: TestShopServer;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "orderwatch-restart-"));
  postgres = await startEmbeddedPostgres({ dataDir, durable: false, logger });
  await migrate(postgres.url);
  shop = await openTestShopServer({ gated: true, way: async () => postgres.url });
  await shop.addProduct({ sku: "CARD", codes: 500, priceFen: 1234 });
});
afterAll(async () => {
  await shop.close();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
});

let buyers = 0;
const place = (key: string = randomUUID()) => {
  buyers += 1;
  return shop.call("POST", "/api/orders", {
    key,
    body: { sku: "CARD", quantity: 1, paymentMethod: "alipay", contact: { phone: "13800138000" } },
    headers: { "x-forwarded-for": `10.8.${buyers >> 8}.${buyers & 255}` },
  });
};
const comesAgain = (answer: Answer) => {
  const problem = problemOf(answer, "server.busy", 503);
  expect(problem.remedies?.[0]).toMatchObject({ kind: "wait_until", until: expect.any(String) });
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
};

it("PostgreSQL stops and starts: lists stand, all else is asked to come again, never a 500, and then the same orders pass", async () => {
  const known = await shop.order("CARD");
  const list = await shop.call("GET", "/api/products");
  await shop.call("GET", "/api/status");
  const port = Number(new URL(postgres.url).port);

  const keys = Array.from({ length: 40 }, () => randomUUID());
  const during = keys.map((key) => place(key));
  await postgres.stop();
  for (const answer of await Promise.all(during)) if (answer.status !== 201) comesAgain(answer);
  for (let n = 0; n < 3; n++) {
    comesAgain(await place());
    comesAgain(await shop.call("GET", `/api/orders/${known.id}`, { token: known.token }));
    comesAgain(await shop.call("GET", `/pay/${known.payment.id}`));
  }
  for (let n = 0; n < 20; n++) {
    expect((await shop.call("GET", "/api/products")).text).toBe(list.text);
    expect((await shop.call("GET", "/api/status")).status).toBe(200);
  }
  expect((await shop.call("GET", "/readyz")).status).toBe(503);
  expect((await shop.call("GET", "/healthz")).status).toBe(200);

  postgres = await startEmbeddedPostgres({ dataDir, durable: false, port, logger });
  // A refusal in the middle leaves open whether the order stands; the same key tells.
  const ids = await Promise.all(
    keys.map((key) =>
      eventually(
        "every order",
        async () => {
          const answer = await place(key);
          if (answer.status !== 201) comesAgain(answer);
          return answer.status === 201 && (answer.body as { id: string }).id;
        },
        30_000,
      ),
    ),
  );
  expect(new Set(ids).size).toBe(keys.length);
  expect(await shop.value("select count(*)::int from orders")).toBe(keys.length + 1);
  expect((await shop.read(known)).status).toBe("awaiting_payment");
});

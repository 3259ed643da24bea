import { afterEach, beforeEach, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../../../test/context.ts";
import { createLog } from "../../platform/log.ts";
import { LogKeeper, pruneKeptLogs } from "./keeper.ts";
import { listLines } from "./store.ts";

let context: TestContext;
beforeEach(async () => {
  context = await createTestContext();
});
afterEach(() => context.close());

const orderId = "019a0000-0000-7000-8000-000000000001";
const paymentId = "019a0000-0000-7000-8000-000000000002";

it("what was logged about an order, its payment and its request is found, oldest first, and forgotten after two weeks", async () => {
  const { sql } = context.db;
  const keeper = new LogKeeper(context.newId);
  const log = createLog({ level: "info", name: "shop-1", warnings: keeper }, { write: () => undefined });
  keeper.start(sql, context.log);
  log.warn({ paymentId, requestId: "request-1" }, "first");
  log.warn({ requestId: "request-1" }, "second");
  log.error({ orderId }, "third");
  log.error({ orderId: paymentId }, "another order's");
  await keeper.stop();
  const about = { orderId, paymentIds: [paymentId], requestId: null };
  const messages = async () => (await listLines(sql, about, 10)).map(({ message }) => message);
  expect(await messages()).toEqual(["first", "second", "third"]);

  await pruneKeptLogs(sql, new Date(Date.now() + 13 * 86_400_000));
  expect(await messages()).toHaveLength(3);
  await pruneKeptLogs(sql, new Date(Date.now() + 15 * 86_400_000));
  expect(await messages()).toEqual([]);
});

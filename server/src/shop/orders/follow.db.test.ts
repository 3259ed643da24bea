import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../../../test/poll.ts";
import { openTestShopServer, type TestShopServer } from "../../../test/shop-server.ts";

let shop: TestShopServer;
beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 9 });
});
afterAll(() => shop.close());

/** Everything that comes over the stream, as it comes. */
function listen(orderId: string, token: string) {
  const aborter = new AbortController();
  const heard = { text: "", status: 0, ended: false };
  const done = (async () => {
    const answer = await fetch(`${shop.shopUrl}/api/orders/${orderId}/stream`, {
      headers: { authorization: `Bearer ${token}` },
      signal: aborter.signal,
    });
    heard.status = answer.status;
    const decoder = new TextDecoder();
    for await (const piece of answer.body ?? []) heard.text += decoder.decode(piece);
    heard.ended = true;
  })().catch(() => undefined);
  return {
    heard,
    changes: () => heard.text.split("event: changed").length - 1,
    stop: () => aborter.abort(),
    done,
  };
}

it("A3: a stranger can follow no order; who may hears of each change, and nothing of the order itself", async () => {
  const [mine, other] = [await shop.order("CARD"), await shop.order("CARD")];
  expect((await shop.call("GET", `/api/orders/${mine.id}/stream`)).status).toBe(401);
  expect((await shop.call("GET", `/api/orders/${mine.id}/stream`, { token: other.token })).status).toBe(404);

  const ear = listen(mine.id, mine.token);
  await eventually("the stream is open", async () => ear.changes() === 1);
  expect(ear.heard.status).toBe(200);
  await shop.db.sql.query("update orders set status = 'cancelled' where id = $1", [other.id]);
  await shop.db.sql.query("update orders set failure_code = 'payment.declined' where id = $1", [mine.id]);
  await eventually("the change is heard", async () => ear.changes() === 2);
  await shop.db.sql.query("update orders set status = 'cancelled' where id = $1", [mine.id]);
  await eventually("the next one too", async () => ear.changes() === 3);
  expect(ear.heard.text.replaceAll("event: changed\ndata:\n\n", "")).toBe("");
  ear.stop();
  await ear.done;
});

it("a shop that closes ends its streams, so that their followers go elsewhere", async () => {
  const closing = await openTestShopServer();
  await closing.addProduct({ sku: "CARD", codes: 1 });
  const order = await closing.order("CARD");
  const answer = await fetch(`${closing.shopUrl}/api/orders/${order.id}/stream`, {
    headers: { authorization: `Bearer ${order.token}` },
  });
  const reader = answer.body?.getReader();
  await reader?.read();
  const ended = (async () => {
    for (;;) if ((await reader?.read())?.done !== false) return true;
  })().catch(() => true);
  await closing.close();
  expect(await ended).toBe(true);
});

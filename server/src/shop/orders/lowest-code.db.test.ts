import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { openDatabase } from "../../platform/db.ts";
import { createLog } from "../../platform/log.ts";
import { createPlacer, type Placer } from "./place.ts";

let shop: TestShop;
/** All orders over one session, which remembers. */
let session: ReturnType<typeof openDatabase>;
let placer: Placer;
beforeEach(async () => {
  shop = await openTestShop();
  session = openDatabase({
    ...{ url: shop.url, name: "test", max: 1, log: createLog({ level: "silent", name: "test" }) },
    idleMs: 60_000,
  });
  const { db, keys, newId, signals, log, clock } = shop;
  const now = () => clock.now();
  placer = createPlacer({
    ...{ db, ordering: session, keys, newId, shopUrl: "http://shop.test", signals, log, now },
  });
  await shop.addProduct({ sku: "CARD", codes: 4 });
});
afterEach(async () => {
  await session.close();
  await shop.close();
});

/** Which code an order got, counted from the first one imported. */
const sell = async (quantity = 1): Promise<number[]> => {
  const { id } = await placer.place({
    ...{ key: randomUUID(), address: "10.0.0.1", origin: "buyer", body: orderBody("CARD", quantity) },
  });
  return shop.value(
    `select json_agg(rank order by rank) from (
      select order_id, rank() over (order by position)::int rank from codes) ranked where order_id = $1`,
    [id],
  );
};
const giveBackAll = () =>
  shop.db.sql.query("update codes set status = 'available', order_id = null, line_id = null");

describe("where a session looks for codes", () => {
  it("is where it found the lowest within the last second, and then the beginning again", async () => {
    await shop.db.sql.query(
      "update codes set status = 'void' where position = (select min(position) from codes)",
    );
    expect(await sell()).toEqual([2]);
    await shop.db.sql.query("update codes set status = 'available' where status = 'void'");
    expect(await sell()).toEqual([3]);
    shop.clock.advance(1_500);
    expect(await sell()).toEqual([1]);
  });

  it("is the beginning as well when what comes later is not enough, so that nothing is sold out that was given back", async () => {
    await shop.db.sql.query(
      "update codes set status = 'void' where position < (select max(position) from codes)",
    );
    expect(await sell()).toEqual([4]);
    await giveBackAll();
    expect(await sell(3)).toEqual([1, 2, 3]);
    expect(await sell()).toEqual([4]);
    await expect(sell()).rejects.toMatchObject({ code: "stock.sold_out" });
  });
});

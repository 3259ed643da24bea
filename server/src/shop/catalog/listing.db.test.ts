import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { eventually } from "../../../test/poll.ts";
import { type Cache, type CacheTimes, openCache } from "../../platform/cache.ts";
import type { Database } from "../../platform/db.ts";
import { importCodes } from "../stock/actions.ts";
import { changeProduct, createListing, createProduct, type Listing } from "./actions.ts";

interface Node {
  cache: Cache;
  listing: Listing;
  /** Statements that were sent to the database for the listing. */
  queries: () => number;
}

let shop: TestShop;
let here: Node;
let there: Node;
beforeAll(async () => {
  shop = await openTestShop();
  here = openNode();
  there = openNode();
});
afterAll(async () => {
  for (const node of [here, there]) {
    await node.listing.close();
    await node.cache.close();
  }
  await shop.close();
});

/** Another process's listing: a cache and a bus of its own. */
function openNode(times: Partial<CacheTimes> = {}): Node {
  let queries = 0;
  const sql = new Proxy(shop.db.sql, {
    get(target, name) {
      if (name === "query") queries += 1;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const db: Database = { ...shop.db, sql };
  const cache = openCache({ databaseUrl: shop.url, redisUrl: undefined, name: "test", log: shop.log, times });
  return { cache, listing: createListing({ db, cache, log: shop.log }), queries: () => queries };
}

const shownBy = (sku: string) => Promise.all([here, there].map((node) => node.listing.find(sku)));
const everywhere = (what: string, sku: string, matches: (product: unknown) => boolean) =>
  eventually(what, async () => (await shownBy(sku)).every(matches), 5_000);
const code = (sku: string) => ({ sku, name: sku, kind: "code", priceFen: 100 }) as const;

describe("what one process changes is shown by all", () => {
  test("a new product, its codes, its price, its end", async () => {
    await shownBy("NEW");
    await createProduct(shop, code("NEW"));
    await everywhere("the product", "NEW", (product) => product !== undefined);
    await importCodes(shop, { sku: "NEW", codes: ["n-1", "n-2"], staffId: null });
    await everywhere("its codes", "NEW", (product) => (product as { stock: string }).stock === "low");
    await changeProduct(shop, "NEW", { priceFen: 250 });
    await everywhere("its price", "NEW", (product) => (product as { priceFen: number }).priceFen === 250);
    await changeProduct(shop, "NEW", { archived: true });
    await everywhere("its end", "NEW", (product) => product === undefined);
  });

  test("a sale that takes the last code, and codes that come back", async () => {
    await shop.addProduct({ sku: "LAST", codes: 1 });
    here.cache.changed("catalogue");
    await everywhere("the code", "LAST", (product) => (product as { stock?: string })?.stock === "low");
    await shop.place({ body: orderBody("LAST") });
    here.listing.taken(["LAST"]);
    await everywhere("the sale", "LAST", (product) => (product as { stock: string }).stock === "out");
    await shop.db.sql.query(
      "update codes set status = 'available', order_id = null, line_id = null where status = 'held'",
    );
    here.listing.returned();
    await everywhere("the return", "LAST", (product) => (product as { stock: string }).stock === "low");
  });

  test("a sale whose own process has loaded the list anew before it looks at the level", async () => {
    const brief = openNode({ ttlMs: 1 });
    try {
      await shop.addProduct({ sku: "ANEW", codes: 1 });
      here.cache.changed("catalogue");
      await everywhere("the code", "ANEW", (product) => (product as { stock?: string })?.stock === "low");
      expect(await brief.listing.find("ANEW")).toMatchObject({ stock: "low" });
      await shop.place({ body: orderBody("ANEW") });
      brief.listing.taken(["ANEW"]);
      await eventually(
        "the list with the sale in it",
        async () => (await brief.listing.find("ANEW"))?.stock === "out",
      );
      await everywhere("the sale", "ANEW", (product) => (product as { stock: string }).stock === "out");
    } finally {
      await brief.listing.close();
      await brief.cache.close();
    }
  });

  test("a sale that changes no level makes nobody load", async () => {
    await shop.addProduct({ sku: "MANY", codes: 50 });
    here.cache.changed("catalogue");
    await everywhere("the codes", "MANY", (product) => (product as { stock?: string })?.stock === "in");
    const [atHere, atThere] = [here.queries(), there.queries()];
    await shop.place({ body: orderBody("MANY") });
    here.listing.taken(["MANY"]);
    await eventually("one look at the level", () => here.queries() === atHere + 1);
    await shownBy("MANY");
    expect([here.queries(), there.queries()]).toEqual([atHere + 1, atThere]);
  });
});

test("C2: SKUs that do not exist cost no query, however many are made up", async () => {
  await here.listing.read();
  const before = here.queries();
  for (let n = 0; n < 500; n++) expect(await here.listing.find(`made-up-${n}`)).toBeUndefined();
  expect(here.queries()).toBe(before);
});

test("C2: a cold list under 200 requests is one query", async () => {
  const cold = openNode();
  try {
    await Promise.all(Array.from({ length: 200 }, () => cold.listing.read()));
    expect(cold.queries()).toBe(1);
  } finally {
    await cold.listing.close();
    await cold.cache.close();
  }
});

import { once } from "node:events";
import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type { ProblemCode } from "@orderwatch/shared/problem.ts";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findInDatabase } from "../../../test/canary.ts";
import { createTestContext, type TestContext } from "../../../test/context.ts";
import { createProduct } from "../catalog/actions.ts";
import {
  failLostImports,
  importCodeStream,
  importCodes,
  openCode,
  readImport,
  readStock,
} from "./actions.ts";
import { restockDemo, seedDemoProducts } from "./demo-actions.ts";
import { addChunk, foldStockChanges, openImport } from "./store.ts";

let context: TestContext;
let productId = "";
let skus = 0;
beforeAll(async () => {
  context = await createTestContext({ max: 12 });
});
afterAll(() => context.close());

const refusal = (code: ProblemCode) => expect.objectContaining({ name: "DomainError", code });
const codes = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}-${at}`);
const ndjson = (all: readonly string[]) => all.map((code) => `${JSON.stringify({ code })}\n`).join("");

async function newProduct(kind: "code" | "recharge" = "code"): Promise<string> {
  skus += 1;
  const sku = `card-${skus}`;
  productId = (await createProduct(context, { sku, name: sku, kind, priceFen: 100 })).id;
  return sku;
}

/** Takes codes as orders do: available to held to sold, and some back. */
async function trade(id: string, count: number): Promise<void> {
  const pick = (from: string) =>
    `select id from codes where product_id = '${id}' and status = '${from}' order by id limit ${count} for update skip locked`;
  const order = "order_id = gen_random_uuid(), line_id = gen_random_uuid()";
  await context.db.sql.query(`update codes set status = 'held', ${order} where id in (${pick("available")})`);
  await context.db.sql.query(`update codes set status = 'sold' where id in (${pick("held")})`);
  await context.db.sql.query(
    `update codes set status = 'available', order_id = null, line_id = null where id in (${pick("held")})`,
  );
}

/** States in which the ledger and the codes disagree, both read from one moment. */
async function differences(id: string): Promise<unknown[]> {
  const { rows } = await context.db.sql.query(
    `select s.status, s.n as ledger, (select count(*) from codes c where c.product_id = $1 and c.status = s.status) as codes
      from (select sum(available) a, sum(held) h, sum(sold) s, sum(void) v from stock_changes where product_id = $1) l
      cross join lateral (values ('available', a), ('held', h), ('sold', s), ('void', v)) s(status, n)
      where s.n <> (select count(*) from codes c where c.product_id = $1 and c.status = s.status)`,
    [id],
  );
  return rows;
}

function expectBalance(stock: Awaited<ReturnType<typeof readStock>>) {
  expect(stock.available + stock.held + stock.sold + stock.void).toBe(stock.imported);
}

describe("importing codes", () => {
  test("duplicates are found in the file and across the whole shop, and counted", async () => {
    const one = await newProduct();
    const other = await newProduct();
    await importCodes(context, { sku: one, codes: ["A", "B"], staffId: null });
    const result = await importCodes(context, { sku: other, codes: ["A", "C", "C", "D"], staffId: null });
    expect(result).toMatchObject({ imported: 2, duplicates: 2 });
    expect(await readStock(context, other)).toMatchObject({ imported: 2, available: 2 });
  });

  test("S2: available + held + sold + void = imported at every moment of an import, with orders running", async () => {
    const sku = await newProduct();
    const id = productId;
    let done = false;
    let looks = 0;
    const imports = Promise.all([
      importCodes(context, { sku, codes: codes("s2", 12_000), staffId: null }),
      importCodes(context, { sku, codes: codes("s2", 12_000).reverse(), staffId: null }),
    ]).finally(() => {
      done = true;
    });
    const orders = (async () => {
      while (!done) await trade(id, 40);
    })();
    while (!done) {
      expectBalance(await readStock(context, sku));
      looks += 1;
    }
    const results = await imports;
    await orders;
    expect(looks).toBeGreaterThan(3);
    expect(results.reduce((sum, result) => sum + result.imported, 0)).toBe(12_000);
    expect(results.reduce((sum, result) => sum + result.duplicates, 0)).toBe(12_000);
    const stock = await readStock(context, sku);
    expectBalance(stock);
    expect(stock).toMatchObject({ imported: 12_000 });
    expect(stock.sold).toBeGreaterThan(0);
  });

  test("S2: the ledger is what counting the codes says, at every moment of selling, releasing and folding", async () => {
    const sku = await newProduct();
    const id = productId;
    await importCodes(context, { sku, codes: codes("ledger", 2_000), staffId: null });
    let done = false;
    const selling = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let round = 0; round < 25; round++) await trade(id, 7);
      }),
    ).finally(() => {
      done = true;
    });
    const folding = Promise.all(
      [1, 2].map(async () => {
        while (!done) await foldStockChanges(context.db.sql, 3);
      }),
    );
    while (!done) expect(await differences(id)).toEqual([]);
    await Promise.all([selling, folding]);
    await context.db.sql.query(
      "update codes set status = 'void' where product_id = $1 and status = 'available'",
      [id],
    );
    await context.db.sql.query(
      "delete from codes where product_id = $1 and position % 3 = 0 and status = 'void'",
      [id],
    );
    await foldStockChanges(context.db.sql, 0);
    expect(await differences(id)).toEqual([]);
    const { rows } = await context.db.sql.query("select from stock_changes where product_id = $1", [id]);
    expect(rows).toHaveLength(1);
  });

  test("imports of the same codes in opposite order wait for each other, and never deadlock", async () => {
    const sku = await newProduct();
    for (let round = 0; round < 4; round += 1) {
      const same = codes(`opposite-${round}`, 2_000);
      const send = (all: string[]) => importCodes(context, { sku, codes: all, staffId: null });
      const results = await Promise.all([same, same.toReversed(), same, same.toReversed()].map(send));
      expect(results.reduce((sum, result) => sum + result.imported, 0)).toBe(2_000);
    }
  });

  test("100,000 codes in one call leave the event loop to others", async () => {
    const sku = await newProduct();
    let done = false;
    const running = importCodes(context, { sku, codes: codes("many", 100_000), staffId: null }).finally(
      () => {
        done = true;
      },
    );
    let turns = 0;
    while (!done) {
      await turn();
      turns += 1;
    }
    expect(await running).toMatchObject({ imported: 100_000, duplicates: 0 });
    // One turn per 250 sealed codes at the very least, so that sealing never holds others up for long.
    expect(turns).toBeGreaterThan(400);
  }, 60_000);

  test("what was sealed opens for its product and for no other", async () => {
    const sku = await newProduct();
    await importCodes(context, { sku, codes: ["open-me"], staffId: null });
    const { rows } = await context.db.sql.query("select sealed from codes where product_id = $1", [
      productId,
    ]);
    expect(openCode(context.keys, productId, rows[0].sealed)).toBe("open-me");
    expect(() => openCode(context.keys, context.newId(), rows[0].sealed)).toThrow();
  });

  test("a recharge has no codes, and an unknown product takes none", async () => {
    const sku = await newProduct("recharge");
    await expect(importCodes(context, { sku, codes: ["X"], staffId: null })).rejects.toEqual(
      refusal("request.invalid"),
    );
    await expect(importCodes(context, { sku: "nowhere", codes: ["X"], staffId: null })).rejects.toEqual(
      refusal("product.not_found"),
    );
  });
});

describe("a stream of codes", () => {
  test("is imported as it arrives, and can be asked about under the caller's own id meanwhile", async () => {
    const sku = await newProduct();
    const importId = context.newId();
    const seen: number[] = [];
    async function* body() {
      for (const part of ["p1", "p2", "p3"]) {
        yield Buffer.from(ndjson(codes(part, 2_000)));
        seen.push((await readImport(context, importId)).imported);
      }
    }
    const result = await importCodeStream(context, { sku, body: body(), staffId: null, importId });
    expect(result).toEqual({ importId, imported: 6_000, duplicates: 0 });
    expect(seen).toEqual([2_000, 4_000, 6_000]);
    expect(await readImport(context, importId)).toMatchObject({ sku, status: "finished", received: 6_000 });
  });

  test("reading waits for the database: no more than a chunk is ahead of what is stored", async () => {
    const sku = await newProduct();
    let produced = 0;
    let furthestAhead = 0;
    const importId = context.newId();
    async function* body() {
      for (const part of codes("ahead", 60)) {
        const { imported } = await readImport(context, importId);
        furthestAhead = Math.max(furthestAhead, produced - imported);
        produced += 200;
        yield Buffer.from(ndjson(codes(part, 200)));
      }
    }
    await importCodeStream(context, { sku, body: body(), staffId: null, importId });
    expect(furthestAhead).toBeLessThanOrEqual(2_200);
  });

  test("a bad line is named; what came before it stays, and sending all again imports only the rest", async () => {
    const sku = await newProduct();
    const good = codes("resume", 5_000);
    const lines = good.map((code) => JSON.stringify(code));
    const withBad = [...lines.slice(0, 4_500), "secret-but-broken", ...lines.slice(4_500)].join("\n");
    const importId = context.newId();
    const send = (text: string) =>
      importCodeStream(context, { sku, body: asBody(text), staffId: null, importId });
    const failure = await send(withBad).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "request.invalid",
      errors: [{ path: "codes.4500", message: "line 4501: not valid JSON" }],
    });
    const stopped = await readImport(context, importId);
    expect(stopped).toMatchObject({ status: "failed", imported: 4_000 });
    expect(JSON.stringify(stopped)).not.toContain("secret-but-broken");
    expectBalance(await readStock(context, sku));
    expect(await send(lines.join("\n"))).toEqual({ importId, imported: 1_000, duplicates: 4_000 });
    expect(await readImport(context, importId)).toMatchObject({ status: "finished", imported: 5_000 });
  });

  test("an import id cannot be used twice at a time", async () => {
    const sku = await newProduct();
    const importId = context.newId();
    async function* body() {
      yield Buffer.from('"first"\n');
      const second = importCodes(context, { sku, codes: ["second"], staffId: null, importId });
      await expect(second).rejects.toEqual(refusal("import.running"));
    }
    expect(await importCodeStream(context, { sku, body: body(), staffId: null, importId })).toMatchObject({
      imported: 1,
    });
  });
});

describe("a process killed half way", () => {
  test("S2: leaves a right ledger and an import that reads as failed, which nothing revives by itself", async () => {
    const sku = await newProduct();
    const id = context.newId();
    const later = (ms: number) => ({ ...context, clock: { now: () => new Date(Date.now() + ms) } });
    await openImport(context.db, {
      id,
      productId,
      received: 2,
      staffId: null,
      at: new Date(),
      lostBefore: new Date(),
    });
    const chunk = (letter: string) => ({
      importId: id,
      productId,
      sealed: [Buffer.from(letter)],
      lookups: [Buffer.from(`lookup-${letter}`)],
      newlyReceived: 0,
      at: new Date(),
    });
    expect(await addChunk(context.db.sql, chunk("a"))).toEqual({ imported: 1, duplicates: 0 });
    await failLostImports(context);
    expect(await readImport(context, id)).toMatchObject({ status: "running" });
    expect(await readImport(later(25_000), id)).toMatchObject({ status: "failed", imported: 1 });
    await failLostImports(later(25_000));
    expect(await readImport(context, id)).toMatchObject({ status: "failed", imported: 1 });
    expect(await addChunk(context.db.sql, chunk("b"))).toBeUndefined();
    expect(await readStock(context, sku)).toMatchObject({ imported: 1, available: 1 });
  });
});

describe("secrecy", () => {
  test("R1: a planted code stands in clear nowhere in the database and nowhere in the logs", async () => {
    const canary = "CANARY-7F3K-9QZX-2M8W";
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const logged = { ...context, log: pino({ level: "trace" }, sink) };
    const sku = await newProduct();
    await importCodes(logged, { sku, codes: [canary, canary, "other"], staffId: null });
    const broken = asBody(`"fine"\n${canary}\n`);
    await importCodeStream(logged, { sku, body: broken, staffId: null }).catch(() => undefined);
    sink.end();
    await once(sink, "finish");
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join("")).not.toContain(canary);
    expect(await findInDatabase(context.db, canary)).toEqual([]);
    // The search would see it: the product's SKU, which is no secret, is found.
    expect(await findInDatabase(context.db, sku)).toContain("public.products.sku");
  });
});

describe("demo products", () => {
  test("fill an empty catalogue once, and are restocked by one process at a time", async () => {
    const fresh = await createTestContext();
    try {
      expect(await seedDemoProducts(fresh)).toBe(true);
      expect(await seedDemoProducts(fresh)).toBe(false);
      await fresh.db.sql.query("delete from codes where id % 3 > 0");
      await fresh.db.sql.query("update stock_imports set imported = 1000");
      const added = await Promise.all([restockDemo(fresh), restockDemo(fresh), restockDemo(fresh)]);
      expect(added.reduce((sum, one) => sum + one, 0)).toBe(6 * 2_000);
      expect(await restockDemo(fresh)).toBe(0);
      expect(await readStock(fresh, "game-card-30")).toMatchObject({ imported: 3_000, available: 3_000 });
    } finally {
      await fresh.close();
    }
  });
});

async function* asBody(text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024);
}

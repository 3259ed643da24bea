import { randomBytes, randomUUID } from "node:crypto";
import { DomainError } from "@orderwatch/shared/problem.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { rules } from "./domain.ts";
import { type NewOrder, placeOrders } from "./place-statement.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

/** What a shop looks like before a run; its names are this run's own. */
interface World {
  products: { stock: number; limit: number | undefined; priceFen: number; kind: "code" | "recharge" }[];
  /** How many more orders each address may place. */
  quotas: number[];
}
interface Wish {
  /** Products by number; one past the last is a product that does not exist. */
  lines: { product: number; quantity: number }[];
  address: number;
  account: boolean;
  /** What the buyer believes that it costs, as a difference from the truth; null: does not say. */
  priceDifference: number | null;
}

const worlds: fc.Arbitrary<World> = fc.record({
  products: fc.array(
    fc.record({
      stock: fc.integer({ min: 0, max: 7 }),
      limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      priceFen: fc.integer({ min: 1, max: 500 }),
      kind: fc.constantFrom("code", "code", "code", "recharge"),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  quotas: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 }),
});
const wishes: fc.Arbitrary<Wish[]> = fc.array(
  fc.record({
    lines: fc.array(
      fc.record({
        product: fc.oneof({ weight: 12, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.constant(3) }),
        quantity: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    address: fc.nat(2),
    account: fc.boolean(),
    priceDifference: fc.option(fc.constantFrom(0, 0, 0, 1), { freq: 3, nil: null }),
  }),
  { minLength: 1, maxLength: 14 },
);

interface Built {
  world: World;
  skus: string[];
  /** Products in the order in which the shop looks at them. */
  addresses: string[];
}

async function build(world: World): Promise<Built> {
  const run = randomBytes(4).toString("hex");
  const skus = world.products.map((_, n) => `${run}-${n}`);
  for (const [n, product] of world.products.entries()) {
    const { stock, limit, ...rest } = product;
    await shop.addProduct({
      sku: skus[n] ?? "",
      ...rest,
      codes: product.kind === "code" ? stock : 0,
      ...(limit === undefined ? {} : { limit }),
    });
  }
  const addresses = world.quotas.map((_, n) => `${run}-${n}`);
  for (const [n, quota] of world.quotas.entries())
    await shop.db.sql.query(
      `insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at)
        select uuidv7(), 'expired', 'buyer', 1, 'wechat', $1, $2, $2 from generate_series(1, $3::int)`,
      [shop.keys.lookup64("address", addresses[n] ?? ""), shop.clock.now(), rules.ratePerAddress - quota],
    );
  return { world, skus, addresses };
}

const skuOf = (built: Built, product: number) => built.skus[product] ?? "no-such-product";
const addressOf = (built: Built, address: number) =>
  built.addresses[address % built.addresses.length] ?? "nowhere";

/** Units by product number, in the shop's order, those that do not exist last. */
function sums({ world }: Built, wish: Wish): { product: number; units: number }[] {
  const units = new Map<number, number>();
  for (const { product, quantity } of wish.lines) {
    const known = product < world.products.length ? product : Number.POSITIVE_INFINITY;
    units.set(known, (units.get(known) ?? 0) + quantity);
  }
  return [...units].sort(([a], [b]) => a - b).map(([product, count]) => ({ product, units: count }));
}

const costOf = (built: Built, wish: Wish): number =>
  sums(built, wish).reduce(
    (sum, { product, units }) => sum + units * (built.world.products[product]?.priceFen ?? 0),
    0,
  );

/** The shop as a page of plain code: one order after the other, in order of arrival. */
function predict(built: Built, all: Wish[]): string[] {
  const stock = built.world.products.map(({ kind, stock: count }) => (kind === "code" ? count : Infinity));
  const quotas = [...built.world.quotas];
  return all.map((wish) => {
    const wanted = sums(built, wish);
    for (const { product, units } of wanted) {
      const found = built.world.products[product];
      if (!found) return "unknown_product";
      if (found.limit !== undefined && units > found.limit) return "over_limit";
      if (found.kind === "recharge" && !wish.account) return "account_required";
    }
    if (wish.priceDifference) return "price_changed";
    const address = wish.address % quotas.length;
    if ((quotas[address] ?? 0) === 0) return "too_many";
    if (wanted.some(({ product, units }) => units > (stock[product] ?? 0))) return "sold_out";
    for (const { product, units } of wanted) stock[product] = (stock[product] ?? 0) - units;
    quotas[address] = (quotas[address] ?? 0) - 1;
    return "placed";
  });
}

const toNewOrder = (built: Built, wish: Wish): NewOrder => ({
  id: shop.newId(),
  paymentId: shop.newId(),
  key: randomBytes(32),
  bodyHash: randomBytes(32),
  origin: "buyer",
  method: "alipay",
  expectedAmountFen: wish.priceDifference === null ? null : costOf(built, wish) + wish.priceDifference,
  addressKey: shop.keys.lookup64("address", addressOf(built, wish.address)),
  deviceKey: null,
  accountKey: null,
  contact: null,
  phoneKey: null,
  phoneTailKey: null,
  emailKey: null,
  rechargeAccount: wish.account ? randomBytes(40) : null,
  session: null,
  language: "zh-CN",
  lines: wish.lines.map(({ product, quantity }) => ({ sku: skuOf(built, product), quantity })),
});

/** The ledger of each product of a run, and whether every order holds exactly the codes that it bought. */
async function expectBooksInOrder(built: Built): Promise<{ available: number }[]> {
  const { rows } = await shop.db.sql.query<{ available: number; held: number; imported: number }>(
    `select count(c) filter (where c.status = 'available')::int as available,
        count(c) filter (where c.status = 'held')::int as held, count(c)::int as imported
      from products p left join codes c on c.product_id = p.id where p.sku = any ($1) group by p.id order by p.id`,
    [built.skus],
  );
  for (const [n, { available, held, imported }] of rows.entries()) {
    const product = built.world.products[n];
    expect(available + held).toBe(imported);
    expect(imported).toBe(product?.kind === "code" ? product.stock : 0);
  }
  expect(
    await shop.value(
      `select count(*)::int from order_lines l join products p on p.id = l.product_id
        where p.sku = any ($1) and p.kind = 'code' and l.quantity <> (
          select count(*) from codes c where c.line_id = l.id and c.order_id = l.order_id
            and c.product_id = l.product_id and c.status = 'held')`,
      [built.skus],
    ),
  ).toBe(0);
  return rows;
}

describe("S3, S4, R2: placing", () => {
  it("a batch decides like plain code that takes one order after the other", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, wishes, async (world, all) => {
        const built = await build(world);
        const placed = await placeOrders(
          shop.db.sql,
          all.map((wish) => toNewOrder(built, wish)),
          shop.clock.now(),
        );
        expect(placed.map(({ outcome }) => outcome)).toEqual(predict(built, all));
        for (const [n, each] of placed.entries())
          if (each.outcome === "placed" || each.outcome === "price_changed")
            expect(each.amountFen).toBe(costOf(built, all[n] as Wish));
        await expectBooksInOrder(built);
      }),
      { numRuns: 60 },
    );
  });

  it("over two nodes at once, in whatever interleaving, sells no code twice, passes no limit, and refuses nobody needlessly", async () => {
    const keyed = fc.record({ wishes, keys: fc.array(fc.nat(9), { minLength: 14, maxLength: 14 }) });
    await fc.assert(
      fc.asyncProperty(worlds, keyed, fc.scheduler(), async (world, { wishes: all, keys }, scheduler) => {
        const built = await build(world);
        const run = randomUUID();
        const nodes = [shop.placer, shop.createPlacer()];
        const place = async (n: number): Promise<{ id: string } | { code: string }> => {
          const wish = all[n] as Wish;
          // Some buyers click twice, and some reuse a key for something else.
          const key = `${run}-${keys[n]}`;
          await scheduler.schedule(Promise.resolve());
          try {
            return await (nodes[n % 2] ?? shop.placer).place({
              key,
              address: addressOf(built, wish.address),
              origin: "buyer",
              body: {
                items: wish.lines.map(({ product, quantity }) => ({ sku: skuOf(built, product), quantity })),
                paymentMethod: "wechat",
                contact: {},
                ...(wish.account ? { rechargeAccount: "10001" } : {}),
              },
            });
          } catch (error) {
            if (error instanceof DomainError) return { code: error.code };
            throw error;
          }
        };
        const waiting = all.map((_, n) => place(n));
        await scheduler.waitAll();
        const answers = await Promise.all(waiting);

        const stock = await expectBooksInOrder(built);
        const counts = await Promise.all(
          built.addresses.map((address) =>
            shop.value<number>("select count(*)::int from orders where address_key = $1", [
              shop.keys.lookup64("address", address),
            ]),
          ),
        );
        expect(counts.filter((count) => count > rules.ratePerAddress)).toEqual([]);
        const idsByKey = new Map<string, Set<string>>();
        for (const [n, answer] of answers.entries()) {
          const wish = all[n] as Wish;
          if ("id" in answer) {
            const ids = idsByKey.get(`${keys[n]}`) ?? new Set();
            idsByKey.set(`${keys[n]}`, ids.add(answer.id));
          } else if (answer.code === "stock.sold_out") {
            // Stock only ever shrinks here, so what was too little then is too little now.
            const isShort = sums(built, wish).some(
              ({ product, units }) =>
                built.world.products[product]?.kind === "code" && units > (stock[product]?.available ?? 0),
            );
            expect(isShort).toBe(true);
          } else if (answer.code === "risk.too_many_requests") {
            expect(counts[wish.address % counts.length]).toBe(rules.ratePerAddress);
          } else
            expect([
              "product.not_found",
              "stock.limit_exceeded",
              "request.invalid",
              "idempotency.mismatch",
            ]).toContain(answer.code);
        }
        for (const ids of idsByKey.values()) expect(ids.size).toBe(1);
      }),
      { numRuns: 40 },
    );
  });
});

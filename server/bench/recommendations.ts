import { between, pick, type Random, seededRandom } from "../src/sandbox/shoppers/random.ts";
import { choose, type Scored } from "../src/shop/recommendations/domain.ts";
import { learn, readPopular, scoreFor } from "../src/shop/recommendations/store.ts";
import { addCodes, type BenchShop, withBenchShop } from "./bench-shop.ts";
import { print } from "./figures.ts";

const buyers = 1_500;
const tastes = 6;
const productsEach = 4;
const named = 3;
const dayMs = 86_400_000;

/**
 * How often the product that a buyer bought last is among the three that are recommended from what they bought before
 * (leave-last-out), beside naming the three that most buyers buy. The buyers are invented, with tastes of their own: this
 * says that a taste is found where there is one, not how many of real buyers have one.
 */
export const benchRecommendations = (): Promise<void> => withBenchShop(measure);

async function measure({ client }: BenchShop): Promise<void> {
  const skus = Array.from(
    { length: tastes * productsEach },
    (_, n) => `TASTE-${Math.floor(n / productsEach)}-${n}`,
  );
  for (const sku of skus) await addCodes(client, sku, 0);
  const random = seededRandom(11);
  const now = new Date();
  const histories = Array.from({ length: buyers }, () => inventHistory(random, skus));
  // All but the last purchase is what is known; the last one is what shall be foreseen.
  const rows = histories.flatMap((history, buyer) =>
    history.slice(0, -1).map((sku, place) => ({ buyer, sku, at: now.getTime() - (20 - place) * dayMs })),
  );
  await client.query(
    `with bought as (
        select uuidv7((to_timestamp(at / 1000) - now())) as id, buyer, sku, to_timestamp(at / 1000) as at
        from unnest($1::bigint[], $2::text[], $3::float8[]) u (buyer, sku, at)
      ), orders as (
        insert into orders (id, status, origin, amount_fen, payment_method, address_key, device_key, created_at, expires_at, paid_at)
        select id, 'delivered', 'buyer', 1000, 'wechat', buyer, buyer + 1, at, at, at from bought
      )
      insert into order_lines (order_id, line_no, id, product_id, quantity, price_fen)
      select bought.id, 1, uuidv7(), products.id, 1, 1000 from bought join products using (sku)`,
    [rows.map(({ buyer }) => buyer), rows.map(({ sku }) => sku), rows.map(({ at }) => at)],
  );
  await client.query("analyze");
  await client.query("begin");
  const startedMs = performance.now();
  await learn(client, now, now);
  const learnedMs = performance.now() - startedMs;
  await client.query("commit");

  const popular = await readPopular(client);
  const hits = { recommended: 0, popular: 0 };
  const askedMs = performance.now();
  const scores: Scored[][] = [];
  for (let buyer = 0; buyer < buyers; buyer++)
    scores.push(await scoreFor(client, { deviceKey: BigInt(buyer + 1) }, now));
  const eachMs = (performance.now() - askedMs) / buyers;
  histories.forEach((history, buyer) => {
    const last = history.at(-1);
    const items = choose(scores[buyer] ?? [], popular, skus).slice(0, named);
    if (items.some(({ sku }) => sku === last)) hits.recommended += 1;
    if (popular.slice(0, named).some((sku) => sku === last)) hits.popular += 1;
  });
  const share = (count: number) => `${((100 * count) / buyers).toFixed(1)} %`;
  print(
    `${buyers} invented buyers with tastes of their own, ${skus.length} products, ${rows.length} known purchases`,
  );
  print(`hit rate@${named}, recommended   ${share(hits.recommended)}`);
  print(`hit rate@${named}, most popular  ${share(hits.popular)}`);
  print(`times better             ${(hits.recommended / Math.max(1, hits.popular)).toFixed(1)}`);
  print(`learning                 ${learnedMs.toFixed(0)} ms; one buyer's scores ${eachMs.toFixed(2)} ms`);
}

/** 3 to 8 purchases: most of one's own taste, some of what everybody buys, a few of anything. */
function inventHistory(random: Random, skus: readonly string[]): string[] {
  const taste = Math.floor(random() * tastes);
  const any = (from: readonly string[]) => from[Math.floor(random() ** 1.5 * from.length)] ?? "";
  const own = skus.slice(taste * productsEach, (taste + 1) * productsEach);
  const everybodys = skus.filter((_, n) => n % productsEach === 0);
  return Array.from({ length: Math.floor(between(random, 3, 9)) }, () =>
    any(
      pick(random, [
        [own, 65],
        [everybodys, 20],
        [skus, 15],
      ]),
    ),
  );
}

import type { Sql } from "../../platform/db.ts";
import { fade, longestHistory, lookBack, type Scored, shrinkage } from "./domain.ts";

/**
 * Learns from what buyers paid for, unless somebody did since `staleBefore`; true when it did. To be run in a transaction.
 *
 * Item-to-item collaborative filtering (Linden, Smith and York, "Amazon.com Recommendations", IEEE Internet Computing
 * 2003) in plain SQL. A buyer is a device that we signed, else an account. Two products are as alike as the cosine of their
 * buyers: together / sqrt(buyers of one × buyers of the other), damped for products with few buyers in common. How much a
 * product says for itself is the share of its buyers who bought it again. Simulated shoppers and drills teach nothing.
 */
export async function learn(sql: Sql, now: Date, staleBefore: Date): Promise<boolean> {
  const { rows: turn } = await sql.query<{ mine: boolean; fresh: boolean }>(
    `select pg_try_advisory_xact_lock(hashtextextended('recommendations.learn', 0)) as mine,
        exists (select from product_popularity where learned_at > $1) as fresh`,
    [staleBefore],
  );
  if (turn[0]?.mine !== true || turn[0].fresh) return false;
  await sql.query("delete from product_affinities");
  await sql.query("delete from product_popularity");
  await sql.query(
    `with paid as materialized (
        select id, coalesce(device_key, account_key) as buyer, created_at from orders
        where id >= first_id_at($1::timestamptz - make_interval(days => $2)) and paid_at is not null and origin = 'buyer'
          and coalesce(device_key, account_key) is not null
        order by id desc limit $3
      ), bought as (
        select paid.buyer, l.product_id, count(*) as times,
          row_number() over (partition by paid.buyer order by max(paid.created_at) desc) as place
        from paid join order_lines l on l.order_id = paid.id group by 1, 2
      ), kept as materialized (
        select buyer, product_id, times from bought where place <= $4
      ), sold as materialized (
        select product_id, count(*)::int as buyers, count(*) filter (where times > 1) as again from kept group by 1
      ), popular as (
        insert into product_popularity (product_id, buyers, learned_at) select product_id, buyers, $1 from sold
      )
      insert into product_affinities (product_id, other_id, score)
      select one.product_id, other.product_id,
        count(*) / (sqrt(of_one.buyers::float8 * of_other.buyers) + $5)
      from kept one join kept other on other.buyer = one.buyer and other.product_id <> one.product_id
        join sold of_one on of_one.product_id = one.product_id
        join sold of_other on of_other.product_id = other.product_id
      group by 1, 2, of_one.buyers, of_other.buyers
      union all
      select product_id, product_id, again / (buyers + $5::float8) from sold where again > 0`,
    [now, lookBack.days, lookBack.orders, longestHistory, shrinkage],
  );
  return true;
}

/** Whose history it is: a device's, or a buyer's, of all their devices while they were theirs. */
export type Whose = { deviceKey: bigint } | { buyerId: string };

const ofDevice = "select o.id, o.created_at, o.paid_at from orders o where o.device_key = $1::bigint";
const ofBuyer = `select o.id, o.created_at, o.paid_at from buyer_devices d join orders o on o.device_key = d.device_key
    and o.created_at >= coalesce(d.orders_from, '-infinity') and o.created_at < coalesce(d.left_at, 'infinity')
  where d.buyer_id = $1::uuid`;

/** What somebody's paid orders say for each product: the sum over what they bought, of which earlier purchases count less. */
export async function scoreFor(sql: Sql, whose: Whose, now: Date): Promise<Scored[]> {
  const isDevice = "deviceKey" in whose;
  const { rows } = await sql.query<Scored>({
    name: isDevice ? "score-for-device" : "score-for-buyer",
    text: `with mine as (${isDevice ? ofDevice : ofBuyer}), own as materialized (
        select l.product_id, row_number() over (order by max(o.created_at) desc) - 1 as place
        from mine o join order_lines l on l.order_id = o.id
        where o.paid_at is not null and o.id >= first_id_at($2::timestamptz - make_interval(days => $3))
        group by 1 order by 2 limit $4
      )
      select p.sku, sum(a.score * power($5::float8, own.place))::float8 as score,
        exists (select from own mine where mine.product_id = p.id) as "isOwn"
      from own join product_affinities a on a.product_id = own.product_id join products p on p.id = a.other_id
      where not p.archived group by p.id, p.sku`,
    values: [isDevice ? whose.deviceKey : whose.buyerId, now, lookBack.days, longestHistory, fade],
  });
  return rows;
}

/** SKUs by how many buyers bought them lately. */
export async function readPopular(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ sku: string }>(
    `select p.sku from product_popularity f join products p on p.id = f.product_id
      where not p.archived order by f.buyers desc, p.sku limit 20`,
  );
  return rows.map(({ sku }) => sku);
}

import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { OrderStatus, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../test/order-backend.ts";
import { moneyOf, noteMoney, settling } from "../../test/pay.ts";
import { createRecharger, type FulfilDeps, fulfilCodes } from "../shop/fulfilment/actions.ts";
import { rules as deliveryRules } from "../shop/fulfilment/domain.ts";
import { expireDue, rules } from "../shop/orders/actions.ts";
import { canMove } from "../shop/orders/domain.ts";
import { requestRefund, settleDue } from "../shop/payments/actions.ts";
import { recordPayerRefusal } from "../shop/payments/enquiry-store.ts";
import { completeRefund } from "../shop/payments/refund-store.ts";
import { replacePayment } from "../shop/payments/store.ts";
import { importCodes } from "../shop/stock/actions.ts";

let shop: TestShop;
const orders: PlacedOrder[] = [];
let samples = 0;
const broken: unknown[] = [];

/** The ledger and the codes, read by two statements of one snapshot, so that a torn moment would be seen. */
async function sample(): Promise<void> {
  await shop.db.transaction(async (sql) => {
    await sql.query("set transaction isolation level repeatable read, read only");
    const ledger = await sql.query(
      "select product_id, sum(imported)::int as imported from stock_imports group by 1 order by 1",
    );
    const codes = await sql.query(
      `select product_id, count(*)::int as imported from codes
        where status in ('available', 'held', 'sold', 'void') group by 1 order by 1`,
    );
    const stray = await sql.query(
      `select c.id, c.status, o.status as "order" from codes c left join orders o on o.id = c.order_id
        where (c.status = 'held' and o.status not in ('awaiting_payment', 'paid', 'delivering', 'delivery_failed'))
          or (c.status = 'sold' and o.status not in ('delivered', 'refunding', 'refunded')) or (c.order_id is not null and o.id is null)`,
    );
    const unsold = await sql.query(
      "select d.code_id from delivered_codes d join codes c on c.id = d.code_id where c.status <> 'sold'",
    );
    samples++;
    if (JSON.stringify(ledger.rows) !== JSON.stringify(codes.rows)) broken.push([ledger.rows, codes.rows]);
    broken.push(...stray.rows, ...unsold.rows);
  });
}

/** Whether everything that the tests look for has happened at least once. */
const isEnough = () =>
  shop.value<boolean>(
    `select (select count(*) from orders) > 150 and (select count(*) from delivered_codes) > 50
      and (select count(distinct status) from orders where status in ('expired', 'refunded', 'delivered', 'delivery_failed')) = 4
      and exists (select from payments where status = 'paid' group by order_id having count(*) > 1)`,
  );

const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(Math.random() * from.length)];

/** Buyers, companies, workers, an import and time itself, all at once; then everything is let come to its end. */
async function storm(): Promise<void> {
  const nodes = [shop.placer, shop.createPlacer()];
  const deps: FulfilDeps = { ...shop, supplier: undefined, fireLater: () => undefined };
  const recharger = createRecharger({ ...deps, onFreed: () => undefined });
  let isOver = false;
  let hasEnough = false;
  const buyers = Array.from({ length: 8 }, async (_, n) => {
    for (let bought = 0; !hasEnough && bought < 500; bought++) {
      const sku = pick(["A", "B", "B", "TOPUP"]) ?? "A";
      const body = orderBody(sku, 1 + Math.floor(Math.random() * 3), { rechargeAccount: "10001" });
      try {
        orders.push(
          await (nodes[n % 2] ?? shop.placer).place({
            key: randomUUID(),
            address: `10.6.${n}.${bought % 20}`,
            origin: "buyer",
            body,
          }),
        );
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        await delay(5);
      }
      if (bought % 5 === 0) hasEnough ||= await isEnough();
    }
  });
  const until = async (step: () => Promise<unknown>) => {
    while (!isOver) {
      await step();
      await delay(1);
    }
  };
  const payers = [1, 2].map(() =>
    until(async () => {
      const order = pick(Math.random() < 0.7 ? orders.slice(-30) : orders);
      if (!order) return;
      const fate = Math.random();
      if (fate < 0.6) await noteMoney(shop, [moneyOf(order)]);
      else if (fate < 0.8) {
        const id = shop.newId();
        const next = {
          id,
          orderId: order.id,
          method: "alipay",
          now: shop.clock.now(),
          at: shop.clock.now(),
          askAt: shop.clock.now(),
        } as const;
        if (await replacePayment(shop.db.sql, next))
          await noteMoney(shop, [{ id, method: "alipay", amountFen: order.amountFen }]);
      } else {
        const code = "payment.declined";
        const refusal = { paymentId: order.payment.id, code, detail: code, now: shop.clock.now() };
        await recordPayerRefusal(shop.db.sql, refusal);
      }
    }),
  );
  const refunds = async () => {
    const due = await shop.value<string[] | null>(
      "select jsonb_agg(id) from refunds where status = 'requested'",
    );
    await Promise.all((due ?? []).map((id) => completeRefund(shop.db, id, shop.clock.now())));
  };
  const spoil = () =>
    shop.db.sql.query(
      `update codes set sealed = $1 where id = (
        select id from codes where status = 'held' order by random() limit 1 for update skip locked)`,
      [randomBytes(60)],
    );
  // Staff give back whatever they come across, and take a product off the shelf now and then.
  const staff = async () => {
    const order = Math.random() < 0.05 ? pick(orders) : undefined;
    if (Math.random() < 0.02)
      await shop.db.sql.query("update products set archived = not archived where sku = 'A'");
    if (!order) return;
    const request = { orderId: order.id, code: "refund.by_staff", reason: "asked for", by: null } as const;
    await requestRefund(shop, request).catch((error: unknown) => {
      if (!(error instanceof DomainError)) throw error;
    });
  };
  const workers = [
    until(staff),
    ...[1, 2].map(() => until(() => settleDue(settling(shop), 20))),
    ...[1, 2].map(() => until(() => fulfilCodes(deps, 20))),
    until(() => recharger.begin()),
    ...[1, 2].map(() => until(() => expireDue(shop, 20))),
    until(refunds),
    until(sample),
    until(async () => {
      shop.clock.advance(Math.random() < 0.02 ? rules.holdMs : 400);
      if (Math.random() < 0.1) await spoil();
    }),
  ];
  const imports = (async () => {
    for (const sku of ["A", "B"])
      await importCodes(shop, {
        sku,
        codes: Array.from({ length: 4_000 }, () => randomBytes(9).toString("hex")),
        staffId: null,
      });
  })();
  await Promise.all([...buyers, imports]);
  isOver = true;
  await Promise.all([...workers, ...payers]);

  // Nothing new any more: all that can still move is brought to its end.
  for (let round = 0; round < 12; round++) {
    shop.clock.advance(Math.max(rules.holdMs, deliveryRules.leaseMs));
    await expireDue(shop);
    while ((await settleDue(settling(shop))).more);
    await fulfilCodes(deps);
    await recharger.begin();
    await recharger.idle();
    await refunds();
    await sample();
  }
}

beforeAll(async () => {
  shop = await openTestShop();
  await shop.addProduct({ sku: "A", codes: 60 });
  await shop.addProduct({ sku: "B", codes: 200 });
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
  await storm();
});
afterAll(() => shop.close());

describe("while orders, expiry, payments, deliveries, refunds and an import run at once", () => {
  it("everything happens that this file is about", async () => {
    expect(await isEnough()).toBe(true);
  });

  it("S2: available + held + sold + void = imported, and every code is where its order says, at every moment", () => {
    expect(samples).toBeGreaterThan(20);
    expect(broken).toEqual([]);
  });

  it("A1: every order went only along the contract's arrows, and ended where its last event says", async () => {
    const { rows } = await shop.db.sql.query<{ id: string; status: OrderStatus; way: OrderStatus[] }>(
      `select o.id, o.status, (select jsonb_agg(e.status order by e.id) from order_events e where e.order_id = o.id) as way
        from orders o`,
    );
    expect(rows.length).toBe(orders.length);
    const seen = new Set<OrderStatus>();
    for (const { id, status, way } of rows) {
      expect(way[0], id).toBe("awaiting_payment");
      expect(way.at(-1), id).toBe(status);
      for (const [n, to] of way.entries()) {
        const from = way[n - 1] ?? to;
        seen.add(to);
        expect(from === to || canMove(from, to), `${id}: ${way.join(" → ")}`).toBe(true);
      }
    }
    // Cancelling and review are not built yet; everything else must have happened, or the storm proves little.
    expect([...seen].sort()).toEqual(
      [
        ...["awaiting_payment", "delivered", "delivering", "delivery_failed", "expired", "paid"],
        ...["refunded", "refunding"],
      ].sort(),
    );
  });

  it("every move left one event, and none is left half way", async () => {
    expect(
      await shop.value(
        `select count(*)::int from (select order_id, type from order_events
          where type in ('placed', 'paid', 'expired', 'delivering', 'delivered', 'refunding', 'refunded')
          group by 1, 2 having count(*) > 1) doubled`,
      ),
    ).toBe(0);
    expect(
      await shop.value(
        "select jsonb_agg(distinct status) from orders where status not in ('delivered', 'delivery_failed', 'expired', 'refunded')",
      ),
    ).toBeNull();
  });

  it("P4, P7: what was paid was delivered, failed for a person to see, or went back; to the fen, once", async () => {
    const { rows } = await shop.db.sql.query<{ status: string; paid: number; back: number; price: number }>(
      `select o.status, o.amount_fen as price,
          (select coalesce(sum(amount_fen), 0)::int from payments p where p.order_id = o.id and p.status = 'paid') as paid,
          (select coalesce(sum(amount_fen), 0)::int from refunds r where r.order_id = o.id and r.status = 'done') as back
        from orders o`,
    );
    for (const { status, paid, back, price } of rows)
      expect(paid - back, status).toBe(status === "delivered" || status === "delivery_failed" ? price : 0);
    expect(rows.some(({ paid, price }) => paid > price)).toBe(true);
  });

  it("S1, D1: what was delivered holds exactly what was bought, each code once", async () => {
    expect(
      await shop.value(
        `select count(*)::int from orders o join order_lines l on l.order_id = o.id join products p on p.id = l.product_id
          where o.status = 'delivered' and (p.kind <> 'code' or l.quantity <> (
            select count(*) from codes c join delivered_codes d on d.code_id = c.id and d.order_id = o.id
            where c.line_id = l.id and c.status = 'sold'))`,
      ),
    ).toBe(0);
    expect(await shop.value("select count(*)::int from codes where status = 'sold'")).toBe(
      await shop.value("select count(*)::int from delivered_codes"),
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkMoment, checkOrders } from "../../src/shop/invariants/actions.ts";
import type { Books } from "./books.ts";
import { books, id, memory, trade } from "./shop-at-rest.ts";
import { event, madeAgain, openSpoiltShop, refused, type SpoiltShop } from "./spoilt-shop.ts";

let shop: SpoiltShop;
let client: SpoiltShop["client"];
let findSpoilt: SpoiltShop["findSpoilt"];
beforeAll(async () => {
  shop = await openSpoiltShop();
  ({ client, findSpoilt } = shop);
});
afterAll(() => shop.close());

const entry = (kind: string, amountFen: number) =>
  `insert into balance_entries (id, buyer_id, amount_fen, after_fen, kind, order_id, cause, at)
    values (uuidv7(), :buyer, ${amountFen}, 0, '${kind}', :codes, '${kind}', now())`;
const free = "select id from codes where status = 'available' limit 1";

describe("the campaign's checker", () => {
  it("finds nothing where everything is right", async () => {
    expect(await findSpoilt([])).toEqual([]);
  });

  it("S1, S2: sees in the middle of it all that a code went to two, or that one is missing", async () => {
    expect(await checkMoment(client)).toEqual([]);
    await client.query("begin");
    await client.query("alter table delivered_codes drop constraint if exists delivered_codes_pkey cascade");
    await client.query(
      `insert into delivered_codes (code_id, order_id, at)
        select code_id, (select id from orders o where o.id <> d.order_id limit 1), now() from delivered_codes d limit 1`,
    );
    await client.query(`delete from codes where id = (${free})`);
    const found = await checkMoment(client);
    await client.query("rollback");
    expect(new Set(found.map(({ invariant }) => invariant))).toEqual(new Set(["S1", "S2"]));
  });

  it("D2: looks at a span's orders alone, and leaves what is still under way in peace", async () => {
    const at = Date.parse("2026-03-02T10:00:00Z");
    const moment = (afterS: number) => new Date(at + afterS * 1_000);
    const place = (afterS: number, status: string) =>
      client.query(
        `insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at, paid_at)
          select uuidv7($1 - now()), $2, 'buyer', 1, 'wechat', 9, $1, $1::timestamptz + interval '5 minutes', $1`,
        [moment(afterS), status],
      );
    const stuck = async (span: { from: number; until: number; settledBy: number }) => {
      const found = await checkOrders(client, {
        ...{ from: moment(span.from), until: moment(span.until), settledBy: moment(span.settledBy) },
      });
      return found.find(({ what }) => what.startsWith("an order that got stuck"))?.count ?? 0;
    };
    await client.query("begin");
    try {
      await place(-10, "paid");
      await place(10, "delivering");
      await place(20, "awaiting_payment");
      await place(90, "paid");
      expect(await stuck({ from: 0, until: 60, settledBy: 5 })).toBe(0);
      expect(await stuck({ from: 0, until: 60, settledBy: 100 })).toBe(1);
      expect(await stuck({ from: 0, until: 60, settledBy: 400 })).toBe(2);
      expect(await stuck({ from: -60, until: 100, settledBy: 400 })).toBe(4);
    } finally {
      await client.query("rollback");
    }
  });

  it.each<[string, string, string[]]>([
    [
      "S6: an address that held more than its quota",
      "S6:",
      [
        `insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at)
          select uuidv7(), 'awaiting_payment', 'buyer', 1, 'wechat', 9, now(), now() from generate_series(1, 11)`,
        `insert into order_lines (order_id, line_no, id, product_id, quantity, price_fen)
          select id, 1, uuidv7(), :CODE, 10, 500 from orders where address_key = 9`,
      ],
    ],
    [
      "S6: an address whose one order held more than its quota",
      "S6:",
      [
        `insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at)
          values (uuidv7(), 'awaiting_payment', 'buyer', 1, 'wechat', 9, now(), now())`,
        `insert into order_lines (order_id, line_no, id, product_id, quantity, price_fen)
          select id, 1, uuidv7(), :CODE, 1000, 500 from orders where address_key = 9`,
      ],
    ],
    [
      "S1: a code handed to two orders",
      "S1: a code handed to two orders",
      [
        "alter table delivered_codes drop constraint delivered_codes_pkey",
        "insert into delivered_codes select code_id, :twice, now() from delivered_codes where order_id = :codes",
      ],
    ],
    [
      "S1: a code sold and not handed over",
      "S1: a code sold",
      ["delete from delivered_codes where order_id = :codes"],
    ],
    ["S2: a code that vanished", "S2: codes that differ", [`delete from codes where id = (${free})`]],
    [
      "S2: a ledger that tells staff other than there is",
      "S2: codes that differ",
      ["insert into stock_changes (product_id, available, held, sold, void) values (:CODE, 1, 0, 0, -1)"],
    ],
    [
      "S2: a code that an expired order still holds",
      "S2: a code held or sold by an order",
      [`update codes set status = 'held', order_id = :expired, line_id = :line-expired where id = (${free})`],
    ],
    [
      "S4: an order that holds one more than it bought",
      "S4:",
      [`update codes set status = 'held', order_id = :failed, line_id = :line-failed where id = (${free})`],
    ],
    ["S5: an order that expired twice", "S5:", [event("expired", "expired", "expired")]],
    ["P1: an order paid twice", "P1: an order paid", [event("codes", "paid", "delivered")]],
    [
      "P1: a notice that waits for ever",
      "P1: a believed",
      ["update payment_notices set verdict = 'pending' where id = :notice-codes"],
    ],
    [
      "P2: a payment without money",
      "P2: a payment that is paid without",
      ["delete from payment_notices where id = :notice-codes"],
    ],
    [
      "P4: money of an order twice paid that was never returned",
      "P4: an order that keeps",
      ["delete from refunds where id = :refund-twice-again"],
    ],
    [
      "P4: money of an order twice paid that a company would not give back",
      "P4: an order that keeps",
      refused("refund-twice-again"),
    ],
    [
      "P6: a refund that failed and of which only a part was made again",
      "P6: money that",
      [...refused("refund-late"), madeAgain(499)],
    ],
    [
      "P7: more returned than paid",
      "P7: a payment that more",
      [
        "alter table refunds disable trigger all",
        "update refunds set amount_fen = 501 where id = :refund-late",
      ],
    ],
    [
      "P7: an order that costs other than its lines",
      "P7: an order or a payment",
      ["update order_lines set price_fen = 499 where order_id = :codes"],
    ],
    [
      "P7: a balance without an entry",
      "P7: a balance below zero, or other",
      ["insert into balances values (:buyer, 5, now())"],
    ],
    [
      "P4: a balance that paid for an order which a company paid",
      "P4: an order that is paid from a balance without",
      ["insert into balances values (:buyer, 0, now())", entry("goodwill", 500), entry("spent", -500)],
    ],
    [
      "P7: money on a balance that no refund returned",
      "P7: a refund to a balance that is done",
      ["insert into balances values (:buyer, 500, now())", entry("returned", 500)],
    ],
    [
      "P7: more goodwill than the order cost",
      "P7: more goodwill than was paid",
      ["insert into balances values (:buyer, 501, now())", entry("goodwill", 501)],
    ],
    [
      "D1: a delivery without its code",
      "D1: delivered without",
      ["update order_lines set quantity = 2, price_fen = 250 where order_id = :codes"],
    ],
    [
      "D1: a recharge without its confirmation",
      "D1: delivered without",
      ["update order_lines set supplier_reference = null where order_id = :recharge"],
    ],
    [
      "D2: an order stuck on its way",
      "D2: an order that got stuck",
      [
        "update orders set status = 'delivering' where id = :failed",
        event("failed", "delivering", "delivering"),
      ],
    ],
    [
      "D2: a failure without its reason",
      "D2: a delivery that failed",
      ["update orders set failure_code = null where id = :failed"],
    ],
    [
      "D2: a lease on what is over",
      "D2: an order that is over",
      ["update orders set lease_token = gen_random_uuid() where id = :codes"],
    ],
    [
      "P6: a refund that was never made",
      "P6: money that",
      [
        "alter table refunds disable trigger all",
        "update refunds set status = 'requested' where id = :refund-late",
      ],
    ],
    [
      "A1: a change that there is not",
      "A1: a change of state",
      [
        event("expired", "delivered", "delivered"),
        "update orders set status = 'delivered' where id = :expired",
      ],
    ],
    [
      "A1: a change without its event",
      "A1: an order whose last",
      ["update orders set status = 'refunded' where id = :expired"],
    ],
    [
      "A2: a key of no order",
      "A2: an idempotency key",
      [
        "insert into idempotency_keys (key, body, order_id, created_at) values ('x', '', gen_random_uuid(), now())",
      ],
    ],
    [
      "A5: an event that was not counted",
      "A5:",
      ["update live_counts set n = n - 1 where step_s = 60 and type = 'paid'"],
    ],
    [
      "P5: money that we do not know of",
      "P5: money that a company has",
      ["update payments set status = 'closed' where id = :payment-late"],
    ],
    [
      "P3: money of another trade",
      "P3:",
      ["update payments set trade_no = 'other' where id = :payment-codes"],
    ],
    [
      "A2: an accepted order that is lost",
      "A2: an accepted order",
      ["delete from orders where id = :expired"],
    ],
  ])("finds %s", async (_, expected, statements) => {
    const found = await findSpoilt(statements);
    expect(found.filter((each) => each.startsWith(expected))).not.toEqual([]);
  });

  it.each<[string, string, (books: Books) => void]>([
    [
      "P2: a payment that no company has",
      "P2: a payment that no company",
      (of) => of.trades.delete(id("payment-codes")),
    ],
    [
      "P4: a buyer charged and not served",
      "P4: a buyer charged",
      (of) => of.trades.set(id("payment-late"), trade("payment-late")),
    ],
    [
      "P4: an order given away",
      "P4: an order delivered for less",
      (of) => of.trades.set(id("payment-codes"), trade("payment-codes", "x")),
    ],
    [
      "P6: a refund that was not made",
      "P6: a refund that the company",
      (of) => of.trades.set(id("payment-late"), trade("payment-late")),
    ],
    [
      "P7: a refund that nobody wanted",
      "P7: money returned that nobody",
      (of) => of.trades.set(id("payment-failed"), trade("payment-failed", "x")),
    ],
    ["D1: an invented confirmation", "D1: a confirmation", (of) => of.recharges.clear()],
    [
      "D2: a recharge of no order",
      "D2: a recharge of no order",
      (of) =>
        of.recharges.set("x", {
          lineId: "x",
          sku: "TOPUP",
          account: "1",
          quantity: 1,
          reference: "",
          doneAtMs: 0,
        }),
    ],
    [
      "D2: a recharge that nobody paid for",
      "D2: a recharge that nobody paid",
      (of) =>
        of.recharges.set(id("line-expired"), {
          ...{
            lineId: id("line-expired"),
            sku: "TOPUP",
            account: "1",
            quantity: 1,
            reference: "",
            doneAtMs: 0,
          },
        }),
    ],
  ])("finds in the companies' books %s", async (_, expected, spoil) => {
    const spoilt = books();
    spoil(spoilt);
    const expired = `update order_lines set product_id = :TOPUP where order_id = :expired`;
    const found = await findSpoilt(expected.includes("nobody paid") ? [expired] : [], { books: spoilt });
    expect(found.filter((each) => each.startsWith(expected))).not.toEqual([]);
  });

  it("finds what surprised a client, and a price that changed after the order", async () => {
    const remembered = memory();
    remembered.surprises.push("answered 400");
    remembered.accepted.set(id("codes"), { n: 0, token: "", amountFen: 499 });
    const found = await findSpoilt([], { memory: remembered });
    expect(found).toEqual([
      "A2: an order that costs other than its buyer was told",
      "client: an answer that no client should get",
    ]);
  });
});

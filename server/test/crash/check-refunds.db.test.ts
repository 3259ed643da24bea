import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkOrders, checkRows } from "../../src/shop/invariants/actions.ts";
import type { Memory } from "./memory.ts";
import { id, memory } from "./shop-at-rest.ts";
import { event, madeAgain, openSpoiltShop, refused, type SpoiltShop } from "./spoilt-shop.ts";

let shop: SpoiltShop;
let client: SpoiltShop["client"];
let findSpoilt: SpoiltShop["findSpoilt"];
beforeAll(async () => {
  shop = await openSpoiltShop();
  ({ client, findSpoilt } = shop);
});
afterAll(() => shop.close());

describe("the campaign's checker, of money that went back", () => {
  it("P4, P6, P7: finds nothing where a refund failed and was made again", async () => {
    const remade = [...refused("refund-late"), madeAgain(500)];
    const remembered = memory();
    remembered.refundsByStaff.set(id("late"), { refundId: id("refund-again"), fen: 500, answered: true });
    const found = await findSpoilt(remade, { memory: remembered });
    // The companies' books of this test know the first one alone.
    expect(found.filter((each) => !each.startsWith("P6: a refund that the company"))).toEqual([]);
  });

  it("P4: leaves a failed refund in peace while a person may come to it", async () => {
    const at = new Date("2026-03-02T10:00:00Z");
    const later = new Date(at.getTime() + 3_600_000);
    const kept = async (span: { from: Date; until: Date; settledBy: Date } | null) => {
      const found = await (span ? checkOrders(client, span) : checkRows(client));
      return found.filter(({ what }) => what.startsWith("an order that keeps")).length;
    };
    await client.query("begin");
    try {
      const order = "(select id from orders where address_key = 8)";
      await client.query(
        `insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at)
          select uuidv7($1 - now()), 'refunding', 'buyer', 500, 'wechat', 8, $1, $1`,
        [at],
      );
      await client.query(
        `insert into payments (id, order_id, method, status, amount_fen, created_at)
          values ($1, ${order}, 'wechat', 'paid', 500, now())`,
        [id("refused")],
      );
      await client.query(
        `insert into refunds (id, payment_id, order_id, amount_fen, reason, status, created_at)
          values (uuidv7(), $1, ${order}, 500, '', 'failed', now())`,
        [id("refused")],
      );
      expect(await kept({ from: at, until: later, settledBy: later })).toBe(0);
      expect(await kept(null)).toBe(1);
    } finally {
      await client.query("rollback");
    }
  });

  const returned = [
    "update orders set status = 'refunded' where id = :recharge",
    event("recharge", "refunded", "refunded"),
  ];
  const byStaff = (name: string, fen: number) =>
    `insert into refunds (id, payment_id, order_id, amount_fen, code, reason, status, created_at)
      values (:${name}, :payment-recharge, :recharge, ${fen}, 'refund.by_staff', '', 'done', now())`;
  const unknowing = "D2: a recharge that was made although its money went back";

  it("D2: wants the money of a recharge that was made to stay, unless staff gave it back knowingly", async () => {
    expect(await findSpoilt(returned)).toContain(unknowing);
    expect(await findSpoilt([...returned, byStaff("refund-staff", 500)])).not.toContain(unknowing);
  });

  it("P6, P7: wants each refund of staff once, with its amount, and none that they did not ask for", async () => {
    const asked = (fen: number | undefined, answered = true) => {
      const remembered = memory();
      remembered.refundsByStaff.set(id("recharge"), { refundId: id("refund-staff"), fen, answered });
      return remembered;
    };
    const check = async (remembered: Memory, ...statements: string[]) =>
      (await findSpoilt(statements, { memory: remembered })).filter((each) => each.includes("staff"));
    const once = byStaff("refund-staff", 125);
    expect(await check(asked(125), once)).toEqual([]);
    expect(await check(asked(125, false))).toEqual([]);
    expect(await check(asked(undefined), byStaff("refund-staff", 500))).toEqual([]);
    const unwanted = "P7: a refund of staff that none of them asked for";
    const wrong = "P7: a refund of staff of more or less than they asked for";
    expect(await check(memory(), once)).toEqual([unwanted]);
    expect(await check(asked(125), byStaff("another", 125))).toEqual([unwanted]);
    expect(await check(asked(125), once, byStaff("another", 125))).toEqual([wrong]);
    expect(await check(asked(undefined), once)).toEqual([wrong]);
    expect(await check(asked(125))).toEqual(["P6: a refund that staff were promised and that is not there"]);
  });
});

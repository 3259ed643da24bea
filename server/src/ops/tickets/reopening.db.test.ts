import type { DomainError } from "@orderwatch/shared/problem.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { orderBody } from "../../../test/order-backend.ts";
import { payFor } from "../../../test/pay.ts";
import { type Member, openTestTickets, type TestTickets } from "../../../test/tickets.ts";
import { expireDue, rules } from "../../shop/orders/actions.ts";
import { completeRefund, stopRefund } from "../../shop/payments/refund-store.ts";
import { dayAt, readyAt } from "../../shop/reconciliation/day-domain.ts";
import { beginAction, endAction } from "../../shop/reconciliation/difference-store.ts";
import { openByHand, openDue, reopen, reply, resolve } from "./actions.ts";
import { mergeTicket } from "./merge-actions.ts";

let desk: TestTickets;
let li: Member;
beforeEach(async () => {
  desk = await openTestTickets();
  li = await desk.hire("Li");
});
afterEach(() => desk.close());

const later = () => desk.shop.clock.advance(1_000);
const look = () => Promise.all([openDue(desk.context), openDue(desk.context)]);

describe("D4: a failure whose ticket was merged", () => {
  it("and that happens again opens what it became part of, through however many merges, once and no other", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    const [own = ""] = await desk.ids();
    const middle = await openByHand(desk.context, li, { orderId: order.id, subject: "twice" });
    const last = await openByHand(desk.context, li, { orderId: order.id, subject: "thrice" });
    await mergeTicket(desk.context, li, own, { into: middle });
    await mergeTicket(desk.context, li, middle, { into: last });
    await look();
    later();
    await resolve(desk.context, li, last, {});
    await look();
    expect(await desk.read(last)).toMatchObject({ state: "resolved", reopened: 0 });
    later();
    await desk.fail(order.id);
    await look();
    await look();
    expect(await desk.ids()).toEqual([own, middle, last]);
    expect(await desk.read(last)).toMatchObject({ state: "open", reopened: 1, unanswered: true });
    expect((await desk.read(last)).timeline.filter(({ type }) => type === "reopened")).toMatchObject([
      { facts: { reason: "happened_again", code: "delivery.supplier_failed" } },
    ]);
    for (const id of [own, middle]) expect(await desk.read(id)).toMatchObject({ state: "closed" });
    const refusal = await reopen(desk.context, li, own, "again").catch(({ code }: DomainError) => code);
    expect(refusal).toBe("ticket.conflict");
  });
});

describe("D4: a delivery that fails again", () => {
  /** A failed order whose ticket waits for its buyer, who was told that it is delivered again. */
  async function waiting(): Promise<{ orderId: string; id: string }> {
    const { id: orderId } = await desk.failed();
    await openDue(desk.context);
    const [id = ""] = await desk.ids();
    await reply(desk.context, li, id, { text: "On its way again.", thenState: "waiting_buyer" });
    await desk.shop.db.sql.query("update orders set status = 'delivering' where id = $1", [orderId]);
    return { orderId, id };
  }
  const did = async (id: string, what: string) =>
    (await desk.read(id)).timeline.filter(({ type }) => type === what);

  it("while its ticket waits for the buyer takes it back to work, its clock going, once", async () => {
    const { orderId, id } = await waiting();
    await look();
    expect((await desk.read(id)).state).toBe("waiting_buyer");
    later();
    await desk.fail(orderId);
    await look();
    await look();
    const ticket = await desk.read(id);
    expect(ticket).toMatchObject({ state: "open", unanswered: true, reopened: 0 });
    expect(ticket.clocks.find(({ kind }) => kind === "resolution")).toMatchObject({
      ...{ dueAt: expect.any(String), metAt: null },
    });
    expect(await did(id, "happened_again")).toMatchObject([{ facts: { code: "delivery.supplier_failed" } }]);
    expect(await desk.ids()).toEqual([id]);
  });

  it("opens a ticket again that was resolved before anybody had seen it, and only once", async () => {
    const { orderId, id } = await waiting();
    await desk.fail(orderId);
    later();
    await resolve(desk.context, li, id, {});
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "open", reopened: 1, unanswered: true });
    await resolve(desk.context, li, id, {});
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "resolved", reopened: 1 });
  });

  it("opens a resolved ticket again whatever the clock of the node says that tried", async () => {
    const { orderId, id } = await waiting();
    await resolve(desk.context, li, id, {});
    desk.shop.clock.advance(-600_000);
    await desk.fail(orderId);
    desk.shop.clock.advance(600_000);
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "open", reopened: 1 });
  });

  it("is known to a ticket that is worked on, which changes no state and leaves it resolved afterwards", async () => {
    const { id: orderId } = await desk.failed();
    await openDue(desk.context);
    const [id = ""] = await desk.ids();
    await desk.fail(orderId);
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "new" });
    expect(await did(id, "happened_again")).toHaveLength(1);
    await resolve(desk.context, li, id, {});
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "resolved", reopened: 0 });
  });
});

describe("a late payment whose ticket was resolved while its refund was under way", () => {
  /** Money that came when its stock was gone, with the refund that follows by itself. */
  async function late(): Promise<string> {
    const { shop } = desk;
    await shop.addProduct({ sku: "CARD", codes: 1 });
    const order = await shop.place({ address: "198.51.100.1", body: orderBody("CARD") });
    shop.clock.advance(rules.holdMs);
    await expireDue(shop);
    await shop.place({ address: "198.51.100.2", body: orderBody("CARD") });
    await payFor(shop, [order]);
    return await shop.value<string>("select id from refunds where order_id = $1", [order.id]);
  }
  const stop = (refundId: string, status: "abnormal" | "failed") =>
    stopRefund(desk.shop.db.sql, { refundId, status, now: desk.shop.clock.now(), until: null });

  it.each(["abnormal", "failed"] as const)("is open again once when that is %s", async (status) => {
    const refundId = await late();
    await look();
    const [id = "", ...more] = await desk.ids();
    expect(more).toEqual([]);
    expect(await desk.read(id)).toMatchObject({ cause: "payment_problem", code: "payment.late" });
    later();
    await resolve(desk.context, li, id, {});
    await look();
    expect((await desk.read(id)).state).toBe("resolved");
    later();
    expect(await stop(refundId, status)).toBe(true);
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "open", reopened: 1 });
    later();
    // Whoever resolves it knows of it; the company's next "still stuck" is no news.
    await resolve(desk.context, li, id, {});
    later();
    await stop(refundId, status);
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "resolved", reopened: 1 });
    expect(await desk.ids()).toEqual([id]);
  });

  it("that is stuck while the ticket waits for its buyer takes it back to work", async () => {
    const refundId = await late();
    await look();
    const [id = ""] = await desk.ids();
    await reply(desk.context, li, id, { text: "It comes back by itself.", thenState: "waiting_buyer" });
    await stop(refundId, "abnormal");
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "open", unanswered: true, reopened: 0 });
  });

  it("stays resolved when the money arrives", async () => {
    const refundId = await late();
    await look();
    const [id = ""] = await desk.ids();
    await resolve(desk.context, li, id, {});
    later();
    await completeRefund(desk.shop.db, refundId, desk.shop.clock.now());
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "resolved", reopened: 0 });
  });
});

describe("the books", () => {
  const newId = () => desk.shop.newId();
  const run = async (state: "done" | "failed" | "waiting", failure: string | null, day = "2026-01-31") => {
    const id = newId();
    await desk.shop.db.sql.query(
      `insert into reconciliation_runs (id, provider, day, state, failure, next_attempt_at, created_at, finished_at)
        values ($1, 'alipay', $2, $3, $4, $5, $5, $5)`,
      [id, day, state, failure, desk.shop.clock.now()],
    );
    return id;
  };

  it("D4: a difference that is open again, since an action about it changed nothing, opens its ticket again", async () => {
    const { shop } = desk;
    const found = { id: newId(), by: { id: "staff-1", name: "Li" }, reason: "r" };
    await shop.db.sql.query(
      `insert into reconciliation_differences (id, run_id, provider, day, key, kind, state, out_trade_no, pass, first_seen_at)
        values ($1, $2, 'alipay', '2026-01-31', 'k', 'unknown_trade', 'open', 'n', 1, $3)`,
      [found.id, await run("done", null), shop.clock.now()],
    );
    await look();
    const [id = ""] = await desk.ids();
    await beginAction(shop.db.sql, {
      ...found,
      state: "acting",
      action: "ask_payment",
      now: shop.clock.now(),
    });
    later();
    await resolve(desk.context, li, id, {});
    await look();
    expect((await desk.read(id)).state).toBe("resolved");
    later();
    const end = { id: found.id, state: "open", outcome: "provider.unreachable" } as const;
    await endAction(shop.db.sql, { ...end, now: shop.clock.now() });
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "open", reopened: 1 });
    later();
    await resolve(desk.context, li, id, {});
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "resolved", reopened: 1 });
    expect(await desk.ids()).toEqual([id]);
  });

  it("D4: a day that could not be compared has a ticket, also one that has waited for its bill for a day, and no other", async () => {
    const failed = await run("failed", "unreadable");
    await run("failed", "no_merchant", "2026-01-30");
    await run("done", null, "2026-01-29");
    await run("waiting", null, "2026-01-28");
    const { clock } = desk.shop;
    const day = dayAt(clock.now());
    await run("waiting", "unreachable", day);
    await look();
    expect(await desk.ids()).toHaveLength(1);
    const [id = ""] = await desk.ids();
    expect(await desk.read(id)).toMatchObject({
      ...{ cause: "reconciliation", code: "reconciliation.not_compared", orderId: null },
    });
    clock.advance(readyAt(day).getTime() + 24 * 3_600_000 - clock.now().getTime() - 1);
    await look();
    expect(await desk.ids()).toHaveLength(1);
    clock.advance(1);
    await look();
    expect(await desk.ids()).toHaveLength(2);
    await resolve(desk.context, li, id, {});
    await look();
    expect((await desk.read(id)).state).toBe("resolved");
    later();
    // Asked for again by hand, and in vain.
    await desk.shop.db.sql.query("update reconciliation_runs set finished_at = $2 where id = $1", [
      failed,
      clock.now(),
    ]);
    await look();
    expect(await desk.read(id)).toMatchObject({ state: "open", reopened: 1 });
  });
});

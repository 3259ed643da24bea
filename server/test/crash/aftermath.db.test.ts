import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDue } from "../../src/ops/tickets/actions.ts";
import { createVisitLog } from "../../src/shop/funnel/actions.ts";
import { orderBody } from "../order-backend.ts";
import { openTestTickets, type TestTickets } from "../tickets.ts";
import { checkAccounts } from "./accounts.ts";
import { checkSteps } from "./beacons.ts";
import { newMemory } from "./memory.ts";
import { checkTickets } from "./tickets.ts";

let desk: TestTickets;
beforeAll(async () => {
  desk = await openTestTickets();
});
afterAll(() => desk.close());

const found = async (what: Promise<{ invariant: string; what: string; count: number }[]>) =>
  (await what).map(({ invariant, what: which, count }) => `${invariant}: ${which} (${count})`);
const tickets = () => found(checkTickets(desk.shop.db.sql));

describe("the campaign's checker, at rest", () => {
  it("D2, D4, P6: wants exactly one ticket for each failed delivery and each payment that came too late", async () => {
    const { sql } = desk.shop.db;
    const failed = await desk.failed();
    const late = await desk.failed();
    await sql.query("update orders set status = 'refunded', failure_code = 'payment.late' where id = $1", [
      late.id,
    ]);
    await sql.query("update order_events set code = 'payment.late' where order_id = $1", [late.id]);
    expect(await tickets()).toEqual([
      "D2: what needs a person and has no ticket (1)",
      "P6: what needs a person and has no ticket (1)",
    ]);
    await openDue(desk.context);
    expect(await tickets()).toEqual([]);

    const again = `insert into tickets (id, cause, cause_key, subject, order_id, origin, language, state, priority, team,
        unanswered, policy, opened_at, changed_at)
      select gen_random_uuid(), cause, cause_key || ' again', subject, order_id, origin, language, state, priority, team,
        unanswered, policy, opened_at, changed_at from tickets where order_id = $1`;
    await sql.query(again, [failed.id]);
    expect(await tickets()).toEqual(["D4: more than one ticket of one cause and order (1)"]);
    await sql.query("delete from tickets where cause_key like '% again'");
    await sql.query("delete from order_events where order_id = $1 and type = 'failed'", [failed.id]);
    expect(await tickets()).toEqual(["D4: a ticket of an order that nothing is wrong with (1)"]);
  });

  it("wants every step of a visit that was answered in the rows", async () => {
    const { db } = desk.shop;
    const memory = newMemory();
    const steps = [
      { step: "visit", sku: "" },
      { step: "product", sku: "CARD" },
    ] as const;
    for (const session of ["session-1", "session-2"]) memory.steps.set(session, [...steps]);
    const visits = createVisitLog({ db, isListed: async () => true, at: () => null });
    const from = { device: "phone", origin: "buyer" } as const;
    await visits.record(
      [
        { session: "session-1", step: "visit" },
        { session: "session-1", step: "product", sku: "CARD" },
        { session: "session-2", step: "visit" },
      ],
      from,
    );
    const missing = "client: a step of a visit that was answered as written and is not there";
    expect(await found(checkSteps(db.sql, memory))).toEqual([`${missing} (1)`]);
    await visits.record([{ session: "session-2", step: "product", sku: "CARD" }], from);
    expect(await checkSteps(db.sql, memory)).toEqual([]);
    await db.sql.query("delete from visits where session = 'session-1'");
    expect(await found(checkSteps(db.sql, memory))).toEqual([`${missing} (1)`]);
  });

  it("D1: wants a corrected account to be the one that was recharged", async () => {
    const { shop } = desk;
    await shop.addProduct({ sku: "AFTERMATH", kind: "recharge" });
    const order = await shop.place({ body: orderBody("AFTERMATH", 1, { rechargeAccount: "invalid-1" }) });
    const lineId = await shop.value<string>("select id from order_lines where order_id = $1", [order.id]);
    const memory = newMemory();
    memory.corrected.set(order.id, "player-1");
    const recharged = (account: string) => ({
      trades: new Map(),
      recharges: new Map([
        [lineId, { lineId, sku: "AFTERMATH", account, quantity: 1, reference: "SR1", doneAtMs: 0 }],
      ]),
    });
    const check = (account: string) => checkAccounts(shop.db.sql, memory, recharged(account));
    expect(await check("player-1")).toEqual([]);
    expect(await found(check("player-2"))).toEqual([
      "D1: a recharge of another account than its buyer named last (1)",
    ]);
  });
});

import type { DomainError } from "@orderwatch/shared/problem.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestTickets, type TestTickets } from "../../../test/tickets.ts";
import {
  assign,
  assignWaiting,
  claim,
  claimNext,
  countTickets,
  listTickets,
  openDue,
  pageUnowned,
  readTicket,
  release,
  releaseAbandoned,
  reopen,
  resolve,
  sweepTickets,
} from "./actions.ts";

let desk: TestTickets;
beforeEach(async () => {
  desk = await openTestTickets();
});
afterEach(() => desk.close());

const minutes = (n: number) => n * 60_000;
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code }: DomainError) => code,
  );
const openOne = async () => {
  await desk.failed();
  await openDue(desk.context);
  const id = (await desk.ids()).at(-1);
  if (!id) throw new Error("no ticket was opened");
  return id;
};
const openMany = async (count: number) => {
  for (let n = 0; n < count; n++) await desk.failed();
  await openDue(desk.context);
  return await desk.ids();
};
const query = { limit: 50, sort: "queue" } as const;

describe("a delivery that failed", () => {
  it("D4: has exactly one ticket, with its reason and its remedies, however often and by how many it is looked for", async () => {
    const order = await desk.failed();
    const looks = Array.from({ length: 5 }, () => openDue(desk.context));
    await Promise.all(looks);
    await openDue(desk.context);
    const [id, ...others] = await desk.ids();
    expect(others).toEqual([]);
    expect(await desk.read(id ?? "")).toMatchObject({
      ...{ cause: "delivery_failed", orderId: order.id, sku: "TOPUP", code: "delivery.supplier_failed" },
      ...{ state: "new", team: "support", priority: 2, assignee: null, unanswered: true },
      contact: { phone: "138****8000" },
      timeline: [
        {
          type: "opened",
          facts: { code: "delivery.supplier_failed", remedies: "wait contact_support" },
        },
      ],
    });
    expect(desk.heard).toEqual(["opened 1"]);
  });

  it("D4: has none while it is delivered again and again, and none when it is delivered in the end", async () => {
    const order = await desk.failed();
    await desk.shop.db.sql.query("update orders set status = 'delivering' where id = $1", [order.id]);
    await openDue(desk.context);
    expect(await desk.ids()).toEqual([]);
  });

  it("that fails again after its ticket was resolved opens that ticket again, and no other", async () => {
    const order = await desk.failed();
    await openDue(desk.context);
    const [id = ""] = await desk.ids();
    const li = await desk.hire("Li Na");
    await resolve(desk.context, li, id, {});
    await openDue(desk.context);
    expect(await desk.read(id)).toMatchObject({ state: "resolved", reopened: 0 });
    desk.shop.clock.advance(1_000);
    await desk.fail(order.id);
    await openDue(desk.context);
    await openDue(desk.context);
    expect(await desk.ids()).toEqual([id]);
    expect(await desk.read(id)).toMatchObject({ state: "open", reopened: 1, unanswered: true });
    expect(desk.heard).toEqual(["opened 1", "reopened 1"]);
  });

  it("tickets of shoppers are told apart from buyers'", async () => {
    await desk.failed({ origin: "simulated" });
    await openDue(desk.context);
    const all = await listTickets(desk.context, "nobody", { ...query, origin: "buyer" });
    expect(all.items).toEqual([]);
    const [shopper] = (await listTickets(desk.context, "nobody", query)).items;
    expect(shopper?.origin).toBe("simulated");
  });
});

describe("claiming", () => {
  it("has one winner of many, and the others are told who has it", async () => {
    const id = await openOne();
    const people = await Promise.all(["A", "B", "C", "D"].map((name) => desk.hire(name, { capacity: 5 })));
    const outcomes = await Promise.all(people.map((by) => refusal(claim(desk.context, by, id))));
    expect(outcomes.filter((code) => code === null)).toHaveLength(1);
    expect(outcomes.filter((code) => code === "ticket.owned")).toHaveLength(3);
    const { timeline, state } = await desk.read(id);
    expect(state).toBe("open");
    expect(timeline.filter(({ type }) => type === "claimed")).toHaveLength(1);
  });

  it("never takes more than one's capacity, also when all is claimed at once", async () => {
    const ids = await openMany(6);
    const by = await desk.hire("Li Na", { capacity: 2 });
    const outcomes = await Promise.all(ids.map((id) => refusal(claim(desk.context, by, id))));
    expect(outcomes.filter((code) => code === null)).toHaveLength(2);
    expect(outcomes.filter((code) => code === "ticket.capacity")).toHaveLength(4);
    expect(await countTickets(desk.context, by.staff.id)).toMatchObject({ active: 6, mine: 2, unowned: 4 });
  });

  it("the next takes the most urgent and of these the oldest, each a different one", async () => {
    const [first = "", second = "", third = ""] = await openMany(3);
    const people = await Promise.all(["A", "B"].map((name) => desk.hire(name, { capacity: 5 })));
    await desk.shop.db.sql.query("update tickets set priority = 1 where id = $1", [third]);
    const taken = await Promise.all(people.map((by) => claimNext(desk.context, by)));
    expect(taken.sort()).toEqual([first, third].sort());
    const [one] = people;
    if (!one) throw new Error("nobody");
    expect(await claimNext(desk.context, one)).toBe(second);
    expect(await claimNext(desk.context, one)).toBeNull();
  });

  it("given back it waits for the next; only who has it can give it back", async () => {
    const id = await openOne();
    const [li, wang] = [await desk.hire("Li"), await desk.hire("Wang")];
    await claim(desk.context, li, id);
    expect(await refusal(release(desk.context, wang, id))).toBe("ticket.conflict");
    await release(desk.context, li, id);
    expect((await desk.read(id)).assignee).toBeNull();
    await claim(desk.context, wang, id);
    expect((await desk.read(id)).assignee?.name).toBe("Wang");
  });

  it("is given only to who works on tickets", async () => {
    const id = await openOne();
    const [li, viewer] = [await desk.hire("Li"), await desk.hire("Eve", { role: "viewer" })];
    expect(await refusal(assign(desk.context, li, id, { staffId: viewer.staff.id }))).toBe(
      "ticket.person_unknown",
    );
    await assign(desk.context, li, id, { staffId: li.staff.id });
    expect((await desk.read(id)).assignee?.name).toBe("Li");
  });
});

describe("what nobody has", () => {
  it("is given out oldest first, up to everybody's capacity, by several consoles at once", async () => {
    const ids = await openMany(7);
    await desk.hire("A", { capacity: 2, autoAssign: true });
    await desk.hire("B", { capacity: 3, autoAssign: true });
    await desk.hire("C", { capacity: 9 });
    await Promise.all([1, 2, 3].map(() => assignWaiting(desk.context)));
    await assignWaiting(desk.context);
    const owners = await Promise.all(ids.map(async (id) => (await desk.read(id)).assignee?.name ?? "-"));
    expect(owners.slice(5)).toEqual(["-", "-"]);
    expect(owners.slice(0, 5).sort()).toEqual(["A", "A", "B", "B", "B"]);
  });

  it("goes to nobody who is out of office or lacks the skill, and what they had goes back", async () => {
    const [first = "", second = ""] = await openMany(2);
    await desk.shop.db.sql.query("update tickets set skills = '{payments}' where id = $1", [second]);
    const li = await desk.hire("Li", { capacity: 5, autoAssign: true });
    await assignWaiting(desk.context);
    expect((await desk.read(first)).assignee?.name).toBe("Li");
    expect((await desk.read(second)).assignee).toBeNull();
    const out = desk.shop.clock.now();
    await desk.shop.db.sql.query("update ticket_agents set out_from = $2 where user_id = $1", [
      li.staff.id,
      out,
    ]);
    await Promise.all([releaseAbandoned(desk.context), releaseAbandoned(desk.context)]);
    await assignWaiting(desk.context);
    const { assignee, timeline } = await desk.read(first);
    expect(assignee).toBeNull();
    expect(timeline.filter(({ type }) => type === "released")).toHaveLength(1);
  });

  it("pages the duty once when its deadline has passed, and never for what somebody has", async () => {
    const [id = "", other = ""] = await openMany(2);
    const li = await desk.hire("Li");
    await claim(desk.context, li, other);
    const pages: string[] = [];
    const page = () =>
      pageUnowned(desk.context, async (_, { text, link }) => void pages.push(`${text.en} ${link}`));
    await sweepTickets(desk.context);
    expect(await page()).toBe(0);
    desk.shop.clock.advance(minutes(16));
    await Promise.all([sweepTickets(desk.context), sweepTickets(desk.context)]);
    await Promise.all([page(), page()]);
    expect(await page()).toBe(0);
    expect(pages).toEqual([`The oldest is #1; its buyer still waits for an answer. /tickets/${id}`]);
    const missed = (await desk.read(id)).timeline.filter(({ type }) => type === "due_missed");
    expect(missed.map(({ facts }) => facts.clock)).toEqual(["first_response"]);
  });
});

describe("an end", () => {
  it("is followed by closing when the buyer says nothing for a week, and staff can open it again", async () => {
    const id = await openOne();
    const li = await desk.hire("Li");
    await resolve(desk.context, li, id, { reason: "done" });
    desk.shop.clock.advance(minutes(7 * 24 * 60 - 1));
    await sweepTickets(desk.context);
    expect((await desk.read(id)).state).toBe("resolved");
    desk.shop.clock.advance(minutes(1));
    await sweepTickets(desk.context);
    expect(await desk.read(id)).toMatchObject({ state: "closed", transitions: ["open"] });
    await reopen(desk.context, li, id, "the buyer called");
    expect(await desk.read(id)).toMatchObject({
      state: "open",
      reopened: 1,
      resolvedAt: null,
      closedAt: null,
    });
    expect(await refusal(reopen(desk.context, li, id, "again"))).toBe("ticket.conflict");
  });
});

describe("the list", () => {
  it("finds by number, order, phone, its end, product and code, and nothing of what it does not know", async () => {
    const order = await desk.failed({ phone: "13912345678" });
    await desk.failed({ phone: "13800138000" });
    await openDue(desk.context);
    const numbers = async (q: string) =>
      (await listTickets(desk.context, "nobody", { ...query, q })).items.map(({ number }) => number).sort();
    const mine = (await desk.read((await desk.ids())[0] ?? "")).orderId === order.id ? 1 : 2;
    expect(await numbers(order.id)).toEqual([mine]);
    expect(await numbers(`#${mine}`)).toEqual([mine]);
    expect(await numbers("139 1234 5678")).toEqual([mine]);
    expect(await numbers("5678")).toEqual([mine]);
    expect(await numbers("TOPUP")).toEqual([1, 2]);
    expect(await numbers("delivery.supplier_failed")).toEqual([1, 2]);
    for (const q of ["9999", "13900000000", "OTHER", "a@example.com", "#77"])
      expect(await numbers(q)).toEqual([]);
  });

  it("pages through everything once, in the queue's order", async () => {
    await openMany(7);
    await desk.shop.db.sql.query("update tickets set priority = 1 where number in (3, 6)");
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await listTickets(desk.context, "nobody", {
        ...{ ...query, limit: 3, state: "active" },
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.items.map(({ number }) => number));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.slice(0, 2)).toEqual([3, 6]);
    expect(new Set(seen).size).toBe(7);
    expect(seen.slice(2)).toEqual([1, 2, 4, 5, 7]);
    for (const cursor of ["x", "1~x", "5~019a0000-0000-7000-8000-000000000001"])
      expect(await refusal(listTickets(desk.context, "nobody", { ...query, cursor }))).toBe(
        "request.invalid",
      );
  });
});

it("a ticket that does not exist is not found", async () => {
  expect(await refusal(readTicket(desk.context, desk.shop.newId()))).toBe("ticket.not_found");
});

import type { DomainError } from "@orderwatch/shared/problem.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Member, openTestTickets, type TestTickets } from "../../../test/tickets.ts";
import { addNote, claim, openDue, release, reopen, reply, resolve } from "./actions.ts";
import {
  answerHandoff,
  type HandoffContext,
  offerHandoff,
  sweepHandoffs,
  withdrawHandoff,
} from "./handoff-actions.ts";

let desk: TestTickets;
let context: HandoffContext;
let told: string[];
let agent: Member;
let engineer: Member;
let id: string;

beforeEach(async () => {
  desk = await openTestTickets();
  told = [];
  context = {
    ...desk.context,
    handoffs: {
      offered: async (_, ticket, { toTeam }) => void told.push(`#${ticket.number} offered to ${toTeam}`),
      answered: async (_, ticket, __, { accepted, by }) =>
        void told.push(`#${ticket.number} ${accepted ? "accepted" : "declined"} by ${by.name}`),
      lapsed: async (_, ticket, handoff) =>
        void told.push(`#${ticket.number} lapsed ${handoff ? "unanswered" : "without an engineer"}`),
    },
  };
  agent = await desk.hire("Ana");
  engineer = await desk.hire("Eve", { role: "engineer" });
  await desk.failed();
  await openDue(context);
  id = (await desk.ids())[0] ?? "";
  await claim(context, agent, id);
});
afterEach(() => desk.close());

const minutes = (n: number) => n * 60_000;
const offer = (by = agent) => offerHandoff(context, by, id, { note: "the supplier answers 500" });
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code }: DomainError) => code,
  );

describe("handing a ticket over", () => {
  it("goes to engineering and back, in one thread, with notes that both sides read", async () => {
    await offer();
    expect(await desk.read(id)).toMatchObject({
      ...{ state: "waiting_engineering", team: "support", assignee: { name: "Ana" } },
      handoff: {
        to: "engineering",
        state: "offered",
        note: "the supplier answers 500",
        offeredBy: { name: "Ana" },
      },
    });
    await answerHandoff(context, engineer, id, { accept: true });
    expect(await desk.read(id)).toMatchObject({
      ...{ state: "waiting_engineering", team: "engineering", assignee: { name: "Eve" }, handoff: null },
      handoffs: [{ state: "accepted", answeredBy: { name: "Eve" } }],
    });
    await addNote(context, engineer, id, "their key had expired");
    await reply(context, engineer, id, { text: "We found it", thenState: "waiting_buyer" });
    // A word to the buyer takes nothing from engineering.
    expect((await desk.read(id)).state).toBe("waiting_engineering");
    await offerHandoff(context, engineer, id, { note: "it works again" });
    expect(await desk.read(id)).toMatchObject({ team: "engineering", assignee: { name: "Eve" } });
    await answerHandoff(context, agent, id, { accept: true });
    expect(await desk.read(id)).toMatchObject({
      ...{ state: "open", team: "support", assignee: { name: "Ana" }, handoff: null },
      notes: [{ text: "their key had expired" }],
      thread: [{ text: "We found it" }],
    });
    expect(told).toEqual([
      "#1 offered to engineering",
      "#1 accepted by Eve",
      "#1 offered to support",
      "#1 accepted by Ana",
    ]);
  });

  it("that is declined leaves it with whoever offered it, with the reason", async () => {
    await offer();
    await answerHandoff(context, engineer, id, { accept: false, reason: "their bill is unpaid" });
    expect(await desk.read(id)).toMatchObject({
      ...{ state: "open", team: "support", assignee: { name: "Ana" }, handoff: null },
      handoffs: [{ state: "declined", reason: "their bill is unpaid" }],
    });
  });

  it("that nobody answers in time is back in the queue with a page, once, however many consoles look", async () => {
    await offer();
    desk.shop.clock.advance(minutes(15) - 1);
    await sweepHandoffs(context);
    expect((await desk.read(id)).handoff?.state).toBe("offered");
    desk.shop.clock.advance(1);
    await Promise.all([sweepHandoffs(context), sweepHandoffs(context), sweepHandoffs(context)]);
    expect(await desk.read(id)).toMatchObject({
      ...{ state: "open", team: "support", assignee: null, handoff: null },
      handoffs: [{ state: "timed_out", answeredBy: null }],
    });
    expect(told.filter((line) => line.includes("lapsed"))).toEqual(["#1 lapsed unanswered"]);
    expect(await refusal(answerHandoff(context, engineer, id, { accept: true }))).toBe("ticket.conflict");
  });

  it("is won by one of two who answer at once", async () => {
    const other = await desk.hire("Eli", { role: "engineer" });
    await offer();
    const answers = await Promise.all(
      [engineer, other].map((by) => refusal(answerHandoff(context, by, id, { accept: true }))),
    );
    expect(answers.sort()).toEqual([null, "ticket.conflict"].sort());
  });

  it("is for those who work in the team: support offers its own, engineering answers", async () => {
    expect(await refusal(offer(engineer))).toBe("session.forbidden");
    await offer();
    expect(await refusal(offer())).toBe("ticket.conflict");
    expect(await refusal(answerHandoff(context, agent, id, { accept: true }))).toBe("session.forbidden");
    expect(await refusal(withdrawHandoff(context, engineer, id))).toBe("session.forbidden");
    await withdrawHandoff(context, agent, id);
    expect(await desk.read(id)).toMatchObject({ state: "open", handoffs: [{ state: "withdrawn" }] });
  });

  it("of what was resolved meanwhile ends by itself, and opens nothing", async () => {
    await offer();
    await resolve(context, agent, id, {});
    await sweepHandoffs(context);
    expect(await desk.read(id)).toMatchObject({ state: "resolved", handoff: null });
    expect(told).toEqual(["#1 offered to engineering"]);
  });
});

describe("there is no limbo", () => {
  const accepted = async () => {
    await offer();
    await answerHandoff(context, engineer, id, { accept: true });
  };
  const queued = { state: "open", team: "support", assignee: null };

  it("a ticket that its engineer gave back is in support's queue again, and somebody is paged", async () => {
    await accepted();
    await release(context, engineer, id);
    await sweepHandoffs(context);
    expect(await desk.read(id)).toMatchObject(queued);
    expect(told.at(-1)).toBe("#1 lapsed without an engineer");
    const before = told.length;
    await sweepHandoffs(context);
    expect(told).toHaveLength(before);
  });

  it("so is one whose engineer is out of office, or left", async () => {
    await accepted();
    await sweepHandoffs(context);
    expect((await desk.read(id)).assignee?.name).toBe("Eve");
    await desk.shop.db.sql.query("update ticket_agents set out_from = $2 where user_id = $1", [
      engineer.staff.id,
      desk.shop.clock.now(),
    ]);
    await sweepHandoffs(context);
    expect(await desk.read(id)).toMatchObject(queued);
  });

  it("so is one that was engineering's, ended, was opened again and has nobody", async () => {
    await accepted();
    await resolve(context, engineer, id, {});
    await reopen(context, agent, id, "the buyer says no");
    await release(context, engineer, id);
    expect(await desk.read(id)).toMatchObject({ team: "engineering", assignee: null });
    await sweepHandoffs(context);
    expect(await desk.read(id)).toMatchObject(queued);
  });
});

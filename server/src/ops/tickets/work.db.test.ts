import type { DomainError } from "@orderwatch/shared/problem.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findInDatabase } from "../../../test/canary.ts";
import { type Member, openTestTickets, type TestTickets } from "../../../test/tickets.ts";
import { LogKeeper } from "../../live/kept-logs/keeper.ts";
import { createLog } from "../../platform/log.ts";
import { listAudit } from "../audit/actions.ts";
import { claim, listTickets, openByHand, openDue, readTicket, resolve, ticketById } from "./actions.ts";
import { changeAgent, listAgents } from "./agent-actions.ts";
import { cancelCall, planCall, recordCall } from "./call-actions.ts";
import { revealContact } from "./contact-actions.ts";
import { exportTickets } from "./export-actions.ts";
import { mergeTicket, splitTicket } from "./merge-actions.ts";
import {
  changeSupportPolicy,
  createSupportPolicy,
  deleteSupportPolicy,
  listSupportPolicies,
} from "./policy-actions.ts";
import { listCalls, readTicketContext } from "./work-actions.ts";

const phone = "13800138000";

let desk: TestTickets;
let context: TestTickets["context"];
let agent: Member;
let lead: Member;
let id: string;
let orderId: string;

beforeEach(async () => {
  desk = await openTestTickets();
  context = desk.context;
  agent = await desk.hire("Ana");
  lead = await desk.hire("Ola", { role: "operations" });
  orderId = (await desk.failed({ phone })).id;
  await openDue(context);
  id = (await desk.ids())[0] ?? "";
  await claim(context, agent, id);
});
afterEach(() => desk.close());

const minutes = (n: number) => n * 60_000;
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code }: DomainError) => code,
  );
const audit = async () =>
  (await listAudit(context, { limit: 20 })).items.map(({ action, reason }) => `${action}: ${reason}`);

describe("contact data", () => {
  it("is masked until it is asked for with a reason, which the audit log keeps and the timeline does not", async () => {
    expect(JSON.stringify(await desk.read(id))).not.toContain(phone);
    await planCall(context, agent, id, { phone: "13911112222" });
    expect(await revealContact(context, agent, id, { reason: "the buyer asked" })).toMatchObject({
      phone,
      calls: [{ phone: "13911112222" }],
    });
    const ticket = await desk.read(id);
    expect(JSON.stringify(ticket)).not.toMatch(/13800138000|13911112222/);
    expect(ticket.timeline.at(-1)).toMatchObject({ type: "revealed", by: { name: "Ana" }, facts: {} });
    expect(await audit()).toContain("ticket.contactRevealed: the buyer asked");
    expect(await findInDatabase(context.db, [phone, "13911112222"])).toEqual([]);
  });

  it("leaves with a file only with its permission and reason, and what was exported is audited", async () => {
    const plain = await exportTickets(context, agent, { format: "csv", contacts: false });
    expect(plain).toMatchObject({ tickets: 1, isPartial: false, contentType: "text/csv; charset=utf-8" });
    expect(plain.content).toContain(orderId);
    expect(plain.content).not.toContain(phone);
    const engineer = await desk.hire("Eve", { role: "engineer" });
    const wanted = { format: "ndjson", contacts: true, reason: "a recall" } as const;
    expect(await refusal(exportTickets(context, engineer, wanted))).toBe("session.forbidden");
    const full = await exportTickets(context, agent, wanted);
    expect(JSON.parse(full.content)).toMatchObject({ number: 1, phone });
    expect(await audit()).toContain("tickets.exported: a recall");
  });

  it("R1: that a file was searched by is audited as what kind of thing it was, and stands nowhere in clear", async () => {
    const mine = "13987654321";
    const [email, elsewhere] = ["canary@example.com", "139 8765 4321"];
    const filterOf = async (narrow: { q?: string; sku?: string }) => {
      await exportTickets(context, agent, { format: "csv", contacts: false, state: "active", ...narrow });
      const [entry] = (await listAudit(context, { limit: 1 })).items;
      return JSON.parse(String(entry?.facts.filter)) as object;
    };
    expect(await filterOf({ q: mine })).toEqual({ state: "active", search: "phone" });
    expect(await filterOf({ q: email })).toEqual({ state: "active", search: "email" });
    expect(await filterOf({ q: "Zhang San" })).toEqual({ state: "active", search: "sku" });
    expect(await filterOf({ sku: elsewhere })).toEqual({ state: "active", sku: "left out" });
    expect(await filterOf({ sku: "TOPUP" })).toEqual({ state: "active", sku: "TOPUP" });
    expect(await findInDatabase(context.db, [mine, email, elsewhere, "Zhang San"])).toEqual([]);
  });
});

describe("a call", () => {
  const call = async () => (await desk.read(id)).calls[0];

  it("goes to the buyer's own phone, is tried again when nobody answers, and is done when somebody does", async () => {
    await planCall(context, agent, id, {});
    const planned = await call();
    expect(planned).toMatchObject({ state: "open", phone: "138****8000", attempts: [] });
    const at = { ticketId: id, callId: planned?.id ?? "" };
    await recordCall(context, agent, at, { outcome: "no_answer", note: "rang out" });
    const later = new Date(desk.shop.clock.now().getTime() + minutes(60)).toISOString();
    expect(await call()).toMatchObject({
      ...{ state: "open", nextAt: later },
      attempts: [{ outcome: "no_answer", note: "rang out", by: { name: "Ana" } }],
    });
    expect((await listCalls(context, { limit: 10 })).items).toMatchObject([
      { call: { id: at.callId, phone: "138****8000" }, ticket: { id } },
    ]);
    await recordCall(context, agent, at, { outcome: "reached" });
    expect(await call()).toMatchObject({ state: "done", nextAt: null });
    expect((await listCalls(context, { limit: 10 })).items).toEqual([]);
    expect(await refusal(recordCall(context, agent, at, { outcome: "busy" }))).toBe("call.not_found");
  });

  it("is called off with a note for others, and those that wait come in the order of their time", async () => {
    const inHours = (hours: number) =>
      new Date(desk.shop.clock.now().getTime() + minutes(60 * hours)).toISOString();
    await planCall(context, agent, id, { nextAt: inHours(2) });
    await planCall(context, agent, id, { nextAt: inHours(1) });
    const first = await listCalls(context, { limit: 1 });
    const second = await listCalls(context, { limit: 1, cursor: first.nextCursor ?? undefined });
    const times = [first, second].map(({ items }) => items[0]?.call.nextAt);
    expect(times).toEqual([inHours(1), inHours(2)]);
    expect(second.nextCursor).toBeNull();
    const at = { ticketId: id, callId: first.items[0]?.call.id ?? "" };
    await cancelCall(context, agent, at, { reason: "they wrote instead" });
    expect((await listCalls(context, { limit: 10 })).items).toHaveLength(1);
    expect((await desk.read(id)).notes).toMatchObject([{ text: "they wrote instead" }]);
  });
});

describe("merging", () => {
  it("O6: keeps the earlier deadline of both and whoever waited in either waiting", async () => {
    desk.shop.clock.advance(minutes(3));
    const other = await openByHand(context, agent, { orderId, subject: "the same again" });
    const due = (ticket: Awaited<ReturnType<typeof desk.read>>) =>
      ticket.clocks.find(({ kind }) => kind === "resolution")?.dueAt ?? "";
    const [older, newer] = [await desk.read(id), await desk.read(other)];
    expect(newer.unanswered).toBe(false);
    await mergeTicket(context, agent, id, { into: other, reason: "twice" });
    const merged = await desk.read(other);
    expect(merged).toMatchObject({ state: "open", unanswered: true, priority: 2 });
    expect(due(merged)).toBe([due(older), due(newer)].sort()[0]);
    expect(merged.timeline.map(({ type }) => type)).toContain("merged_in");
    expect(await desk.read(id)).toMatchObject({ state: "closed", mergedInto: other, transitions: [] });
    expect(await audit()).toContain("ticket.merged: twice");
  });

  it("moves calls along, and is refused for other buyers' tickets, ended ones and itself", async () => {
    const other = await openByHand(context, agent, { orderId, subject: "the same again" });
    await planCall(context, agent, id, {});
    await desk.failed({ phone: "13700137000" });
    await openDue(context);
    const stranger = (await desk.ids()).find((one) => one !== id && one !== other) ?? "";
    for (const into of [id, stranger])
      expect(await refusal(mergeTicket(context, agent, id, { into }))).toBe("ticket.conflict");
    await mergeTicket(context, agent, id, { into: other });
    expect((await desk.read(other)).calls).toHaveLength(1);
    expect(await refusal(mergeTicket(context, agent, id, { into: other }))).toBe("ticket.conflict");
    await resolve(context, agent, other, {});
    const third = await openByHand(context, agent, { orderId, subject: "and again" });
    expect(await refusal(mergeTicket(context, agent, third, { into: other }))).toBe("ticket.conflict");
  });

  it("of two with each other, at once and both ways, leaves one of them open", async () => {
    const other = await openByHand(context, agent, { orderId, subject: "the same again" });
    const tries = await Promise.all([
      refusal(mergeTicket(context, agent, id, { into: other })),
      refusal(mergeTicket(context, lead, other, { into: id })),
    ]);
    expect(tries.filter((code) => code === null)).toHaveLength(1);
    const states = await Promise.all([id, other].map(async (one) => (await desk.read(one)).state));
    expect(states.filter((state) => state === "closed")).toHaveLength(1);
  });
});

it("R1: a subject that staff type holds no contact, and the refusal leaves nothing behind", async () => {
  const before = await desk.ids();
  const subject = `call ${phone}`;
  expect(await refusal(openByHand(context, agent, { orderId, subject }))).toBe("request.invalid");
  expect(await refusal(splitTicket(context, agent, id, { subject, claim: true }))).toBe("request.invalid");
  expect(await desk.ids()).toEqual(before);
  expect(await findInDatabase(desk.shop.db, phone)).toEqual([]);
});

it("splitting makes a second ticket of the same buyer, with deadlines of its own", async () => {
  desk.shop.clock.advance(minutes(10));
  const made = await splitTicket(context, agent, id, {
    ...{ subject: "an invoice", note: "for the tax office", priority: 4, claim: true },
  });
  const [source, split] = [await desk.read(id), await desk.read(made)];
  expect(split).toMatchObject({
    ...{ splitFrom: id, orderId, priority: 4, state: "open", assignee: { name: "Ana" } },
    ...{ conversationId: source.conversationId, subject: { en: "an invoice" } },
    ...{ notes: [{ text: "for the tax office" }], unanswered: true },
  });
  expect(split.openedAt > source.openedAt).toBe(true);
  expect(split.nextDueAt && source.nextDueAt && split.nextDueAt > source.nextDueAt).toBe(true);
  expect(source.timeline.at(-1)).toMatchObject({ type: "split", facts: { number: 2 } });
  const tail = { q: "8000", limit: 10, sort: "queue" } as const;
  expect((await listTickets(context, agent.staff.id, tail)).items).toHaveLength(2);
});

it("whoever looks into a ticket finds what the processes logged about its order", async () => {
  const keeper = new LogKeeper(desk.shop.newId);
  const log = createLog({ level: "info", name: "shop-1", warnings: keeper }, { write: () => undefined });
  keeper.start(context.db.sql, context.log);
  log.error({ orderId, failure: "delivery.supplier_failed" }, "a delivery failed for good");
  log.warn({ requestId: "request-7" }, "the buyer saw this");
  await keeper.stop();
  const found = await readTicketContext(context, id, { requestId: "request-7" });
  expect(found.order).toMatchObject({ id: orderId, failure: { code: "delivery.supplier_failed" } });
  expect(found.order?.trace.length).toBeGreaterThan(0);
  expect(found.logs.map(({ node, message }) => `${node}: ${message}`)).toEqual([
    "shop-1: a delivery failed for good (delivery.supplier_failed)",
    "shop-1: the buyer saw this",
  ]);
  expect((await readTicketContext(context, id, {})).logs).toHaveLength(1);
});

describe("agents' settings", () => {
  it("let people say that they are away, and only those who may set anything else", async () => {
    const away = { outFrom: "2026-10-01T00:00:00.000Z", outUntil: "2026-10-08T00:00:00.000Z" };
    const own = agent.staff.id;
    expect(await changeAgent(context, agent, own, away)).toMatchObject({ ...away, capacity: 20, load: 1 });
    expect(await refusal(changeAgent(context, agent, own, { capacity: 99 }))).toBe("session.forbidden");
    expect(await refusal(changeAgent(context, agent, lead.staff.id, away))).toBe("session.forbidden");
    await changeAgent(context, lead, own, {
      capacity: 3,
      skills: ["payments", "payments"],
      outFrom: null,
      outUntil: null,
    });
    const [found] = (await listAgents(context)).items.filter((one) => one.id === own);
    expect(found).toMatchObject({ capacity: 3, skills: ["payments"], outFrom: null, outUntil: null });
    const backwards = { outFrom: away.outUntil, outUntil: away.outFrom };
    expect(await refusal(changeAgent(context, agent, own, backwards))).toBe("request.invalid");
    expect(await refusal(changeAgent(context, lead, "nobody", { capacity: 1 }))).toBe(
      "ticket.person_unknown",
    );
    expect(await audit()).toContain("ticketAgent.changed: null");
  });
});

describe("support's policies", () => {
  it("are added for causes, written anew by one at a time, and one always serves all the others", async () => {
    const [standard] = (await listSupportPolicies(context)).items;
    if (!standard) throw new Error("no policy serves all causes");
    const { id: standardId, revision, ...fields } = standard;
    const mine = { ...fields, name: "Payments", causes: ["payment_problem" as const] };
    const made = await createSupportPolicy(context, lead, mine);
    expect(await refusal(createSupportPolicy(context, lead, mine))).toBe("request.invalid");
    expect(await refusal(createSupportPolicy(context, lead, fields))).toBe("request.invalid");
    const faster = { ...mine, handoffTimeoutMin: 5, revision: made.revision };
    expect(await changeSupportPolicy(context, lead, made.id, faster)).toMatchObject({ handoffTimeoutMin: 5 });
    expect(await refusal(changeSupportPolicy(context, lead, made.id, faster))).toBe("support_policy.changed");
    const narrowed = { ...fields, causes: ["staff" as const], revision };
    expect(await refusal(changeSupportPolicy(context, lead, standardId, narrowed))).toBe(
      "support_policy.needed",
    );
    expect(await refusal(deleteSupportPolicy(context, lead, standardId))).toBe("support_policy.needed");
    await deleteSupportPolicy(context, lead, made.id);
    expect(await refusal(deleteSupportPolicy(context, lead, made.id))).toBe("support_policy.not_found");
    const asleep = {
      ...fields,
      causes: ["staff" as const],
      calendar: { ...fields.calendar, timeZone: "Mars/Base" },
    };
    expect(await refusal(createSupportPolicy(context, lead, asleep))).toBe("request.invalid");
  });

  it("hold for tickets that are opened from then on: those that are open keep theirs", async () => {
    const [standard] = (await listSupportPolicies(context)).items;
    if (!standard) throw new Error("no policy serves all causes");
    const { id: standardId, ...fields } = standard;
    await changeSupportPolicy(context, lead, standardId, { ...fields, handoffTimeoutMin: 99 });
    expect((await ticketById(context, id)).policy.handoffTimeoutMin).toBe(fields.handoffTimeoutMin);
    const next = await openByHand(context, agent, { subject: "another" });
    expect((await ticketById(context, next)).policy.handoffTimeoutMin).toBe(99);
    expect((await readTicket(context, next)).state).toBe("open");
  });
});

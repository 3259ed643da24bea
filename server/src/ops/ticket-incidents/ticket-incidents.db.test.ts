import type { Alert } from "@orderwatch/shared/ops/detection.ts";
import type { DomainError } from "@orderwatch/shared/problem.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { orderBody } from "../../../test/order-backend.ts";
import { openTestTickets, type TestTickets } from "../../../test/tickets.ts";
import { armFaults, type FaultPoint } from "../../platform/faultpoint.ts";
import { viewConversation } from "../../shop/support/actions.ts";
import { askForCall, askForCallWithoutOrder, writeMessage } from "../../shop/support/buyer-actions.ts";
import { countTicketBursts } from "../detection/truth-store.ts";
import { alertHooks, type IncidentContext, readIncident, sweep } from "../incidents/actions.ts";
import { openDue, takeNews } from "../tickets/actions.ts";
import {
  answerOutcomes,
  linkByHand,
  linkTickets,
  listSuggestions,
  noteCounts,
  readIncidentTickets,
  tellProgress,
  tellProgressDue,
} from "./actions.ts";

let desk: TestTickets;
let incidents: IncidentContext;
beforeEach(async () => {
  desk = await openTestTickets();
  incidents = { ...desk.shop, on: {} };
});
afterEach(async () => {
  armFaults(undefined);
  await desk.close();
});

const by = { staff: { id: "staff-1", name: "Li Na" }, requestId: "request-1" };
const seconds = (n: number) => desk.shop.clock.advance(n * 1_000);
const sql = (text: string, values: unknown[] = []) => desk.shop.db.sql.query(text, values);

function fire(rule: string, labels: Alert["labels"] = {}, run: string | null = null): Promise<string> {
  const now = desk.shop.clock.now().toISOString();
  const alert: Alert = {
    ...{
      id: desk.shop.newId(),
      key: `${rule} ${JSON.stringify(labels)}`,
      rule,
      ruleVersion: 0,
      level: 2,
      labels,
    },
    ...{ title: { "zh-CN": "故障", en: "Trouble" }, facts: {}, runbook: "supplier-failing", state: "firing" },
    ...{ source: "rule", conditionSince: now, firedAt: now, lastTrueAt: now },
    ...{ resolvedAt: null, incidentId: null, suppressedBy: null },
  };
  return desk.shop.db.transaction((within) => alertHooks(incidents).alertFired(within, alert, { run }));
}

/** Orders that failed, with their tickets: as two consoles would open them. */
async function burst(n: number): Promise<{ orderId: string; ticketId: string }[]> {
  const made = [];
  for (let i = 0; i < n; i++) made.push(await desk.failed());
  await Promise.all([openDue(desk.context), openDue(desk.context)]);
  const { rows } = await desk.shop.db.sql.query<{ orderId: string; ticketId: string }>(
    `select id as "ticketId", order_id as "orderId" from tickets where order_id = any ($1::uuid[]) order by number`,
    [made.map(({ id }) => id)],
  );
  expect(rows).toHaveLength(n);
  return rows;
}

/** All that the consoles do of themselves, at two of them at once, until there is nothing more to do. */
async function bothConsoles(): Promise<void> {
  const once = async () => {
    await linkTickets(desk.context);
    await tellProgressDue(desk.context);
    await answerOutcomes(desk.context);
  };
  for (let i = 0; i < 3; i++) await Promise.all([once(), once()]);
}

const end = (orderId: string, status: string) =>
  sql("update orders set status = $2, failure_code = null where id = $1", [orderId, status]);
const resolveIncident = (id: string) =>
  sql("update incidents set state = 'resolved', resolved_at = $2, frozen_at = $2 where id = $1", [
    ...[id, desk.shop.clock.now()],
  ]);
const said = async (orderId: string, kind: string) =>
  (await viewConversation(desk.shop, orderId)).messages.filter((message) => message.kind === kind);
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code }: DomainError) => code,
  );

/** Every step fails once at each of these; what it was part of leaves no trace. */
function failOnceAt(...points: FaultPoint[]): FaultPoint[] {
  const left = new Set(points);
  armFaults((point) => (left.delete(point) ? { kind: "fail" } : undefined));
  return points;
}

describe("linking", () => {
  it("a failing supplier's incident gets each ticket of the code once, whoever fails at it and at two consoles", async () => {
    const incident = await fire("supplier-failing");
    const tickets = await burst(4);
    failOnceAt("ticket.linking");
    await bothConsoles();
    for (const { ticketId } of tickets) {
      const ticket = await desk.read(ticketId);
      expect(ticket.incident?.id).toBe(incident);
      expect(ticket.timeline.filter(({ type }) => type === "linked_incident")).toHaveLength(1);
    }
    await Promise.all([noteCounts(desk.context), noteCounts(desk.context)]);
    const { timeline } = await readIncident(desk.context, incident);
    expect(timeline.filter(({ type }) => type === "tickets.counted")).toMatchObject([
      { facts: { linked: 4, answered: 0 } },
    ]);
  });

  it("an order that an incident affected joins it; another channel's or code's ticket does not", async () => {
    const other = await fire("payment-channel-failing", { channel: "alipay" });
    const [ticket] = await burst(1);
    await linkTickets(desk.context);
    expect((await desk.read(ticket?.ticketId ?? "")).incident).toBeNull();
    await sql("insert into incident_orders (incident_id, order_id, added_at) values ($1, $2, now())", [
      ...[other, ticket?.orderId],
    ]);
    await linkTickets(desk.context);
    expect((await desk.read(ticket?.ticketId ?? "")).incident?.id).toBe(other);
  });

  it("what people take out of an incident is not put back, and is still suggested", async () => {
    const incident = await fire("supplier-failing");
    const [{ ticketId } = { ticketId: "" }] = await burst(1);
    await linkTickets(desk.context);
    await linkByHand(desk.context, by, ticketId, { incidentId: null });
    await bothConsoles();
    expect((await desk.read(ticketId)).incident).toBeNull();
    expect((await listSuggestions(desk.context, ticketId)).items).toMatchObject([
      { incident: { id: incident }, because: ["code", "time"] },
    ]);
    await linkByHand(desk.context, by, ticketId, { incidentId: incident });
    expect((await desk.read(ticketId)).incident?.id).toBe(incident);
    const nowhere = "00000000-0000-7000-8000-000000000000";
    expect(await refusal(linkByHand(desk.context, by, ticketId, { incidentId: nowhere }))).toBe(
      "incident.not_found",
    );
  });

  it("tickets of a merged incident are the other one's", async () => {
    const incident = await fire("supplier-failing");
    const [{ ticketId } = { ticketId: "" }] = await burst(1);
    await linkTickets(desk.context);
    const into = await fire("queue-lag", { queue: "delivery" });
    await sql("update incidents set state = 'merged', merged_into = $2 where id = $1", [incident, into]);
    await bothConsoles();
    expect((await desk.read(ticketId)).incident?.id).toBe(into);
  });
});

describe("a burst", () => {
  it("that no incident explains is counted by its code, opens one incident, and goes on counting towards it", async () => {
    const count = () => countTicketBursts(desk.shop.db.sql, desk.shop.clock.now());
    const tickets = await burst(5);
    expect(await count()).toEqual([]);
    seconds(11);
    expect(await count()).toEqual([{ code: "delivery.supplier_failed", tickets: 5 }]);
    const labels = { code: "delivery.supplier_failed" };
    const [one, two] = await Promise.all([fire("ticket-burst", labels), fire("ticket-burst", labels)]);
    expect(two).toBe(one);
    await bothConsoles();
    for (const { ticketId } of tickets) expect((await desk.read(ticketId)).incident?.id).toBe(one);
    expect(await count()).toEqual([{ code: "delivery.supplier_failed", tickets: 5 }]);
  });

  it("is not what one address wishes for without paying, with orders or without; of as many addresses it is", async () => {
    const { shop } = desk;
    const count = () => countTicketBursts(shop.db.sql, shop.clock.now());
    await shop.addProduct({ sku: "CARD", codes: 20 });
    const language = "en";
    const callAbout = async (address: string, phone: string) => {
      const order = await shop.place({ address, body: orderBody("CARD", 1, { contact: { phone } }) });
      await sql("update orders set status = 'expired', failure_code = 'order.expired' where id = $1", [
        order.id,
      ]);
      await askForCall(shop, order.id, { phone, language });
      return order.id;
    };
    const mine = [];
    for (let n = 0; n < 6; n++) {
      const phone = `1380013800${n}`;
      const wish = { phone, language, code: "server.busy" } as const;
      await askForCallWithoutOrder(shop, `a key of the shop ${n}`, "buyer", wish);
      mine.push(await callAbout("198.51.100.7", phone));
    }
    await takeNews(desk.context);
    expect(await desk.ids()).toHaveLength(12);
    seconds(11);
    expect(await count()).toEqual([{ code: "order.expired", tickets: 1 }]);
    for (let n = 0; n < 4; n++) await callAbout(`203.0.113.${n}`, `1390013900${n}`);
    await takeNews(desk.context);
    seconds(11);
    expect(await count()).toEqual([{ code: "order.expired", tickets: 5 }]);
    // Who paid and is without goods counts, wherever they sit.
    await sql("update orders set paid_at = now() where id = any ($1::uuid[])", [mine]);
    expect(await count()).toEqual([{ code: "order.expired", tickets: 10 }]);
  });

  it("that an open incident explains raises nothing", async () => {
    await fire("supplier-failing");
    await burst(6);
    await linkTickets(desk.context);
    seconds(11);
    expect(await countTicketBursts(desk.shop.db.sql, desk.shop.clock.now())).toEqual([]);
  });
});

describe("progress", () => {
  it("is said once in each thread, at two consoles and when a step fails; who is linked later hears the last of it", async () => {
    const incident = await fire("supplier-failing");
    const [first, second] = await burst(2);
    await linkTickets(desk.context);
    const id = desk.shop.newId();
    const text = { "zh-CN": "供货商正在修复", en: "The supplier is at it" };
    expect(await tellProgress(desk.context, by, incident, { id, text })).toMatchObject({ tickets: 2 });
    await tellProgress(desk.context, by, incident, { id, text });
    failOnceAt("progress.telling");
    await bothConsoles();
    for (const one of [first, second])
      expect(await said(one?.orderId ?? "", "progress")).toMatchObject([{ author: "staff", text }]);
    seconds(1);
    await tellProgress(desk.context, by, incident, { text: "Ten minutes more" });
    seconds(1);
    const [late] = await burst(1);
    await bothConsoles();
    expect((await said(first?.orderId ?? "", "progress")).map((message) => message.text)).toEqual([
      text,
      "Ten minutes more",
    ]);
    expect((await said(late?.orderId ?? "", "progress")).map((message) => message.text)).toEqual([
      "Ten minutes more",
    ]);
    const { timeline } = await readIncident(desk.context, incident);
    expect(timeline.filter(({ type }) => type === "tickets.progress")).toHaveLength(2);
    expect(await readIncidentTickets(desk.context, incident)).toMatchObject({
      byState: { new: 3, open: 0, resolved: 0 },
      reach: 3,
      progress: [
        { text: "Ten minutes more", told: 3, by: by.staff },
        { id, text, told: 2 },
      ],
    });
    await resolveIncident(incident);
    expect(await refusal(tellProgress(desk.context, by, incident, { text: "Too late" }))).toBe(
      "incident.conflict",
    );
  });
});

it("O10: what is said of a drill's incident reaches no buyer's thread", async () => {
  const incident = await fire("supplier-failing", {}, desk.shop.newId());
  const [buyers, shoppers] = await burst(2);
  await sql("update tickets set origin = 'simulated' where id = $1", [shoppers?.ticketId]);
  await linkTickets(desk.context);
  await tellProgress(desk.context, by, incident, { text: "The supplier is at it" });
  await bothConsoles();
  expect(await said(buyers?.orderId ?? "", "progress")).toEqual([]);
  expect(await said(shoppers?.orderId ?? "", "progress")).toHaveLength(1);
});

describe("the end of an incident", () => {
  it("answers each buyer with their own order's outcome once; what is open stays open, and is answered when it ends", async () => {
    const incident = await fire("supplier-failing");
    const [delivered, refunded, refunding, open] = await burst(4);
    await bothConsoles();
    await end(delivered?.orderId ?? "", "delivered");
    await bothConsoles();
    expect(await said(delivered?.orderId ?? "", "outcome")).toEqual([]);
    await end(refunded?.orderId ?? "", "refunded");
    await end(refunding?.orderId ?? "", "refunding");
    await resolveIncident(incident);
    failOnceAt("outcome.telling");
    await bothConsoles();
    const words = async (one?: { orderId: string }) =>
      (await said(one?.orderId ?? "", "outcome")).map(({ text }) =>
        typeof text === "string"
          ? text
          : /has been delivered|has been refunded|is being refunded/.exec(text.en)?.[0],
      );
    expect(await words(delivered)).toEqual(["has been delivered"]);
    expect(await words(refunded)).toEqual(["has been refunded"]);
    expect(await words(refunding)).toEqual(["is being refunded"]);
    expect(await words(open)).toEqual([]);
    expect((await desk.read(open?.ticketId ?? "")).state).toBe("new");
    expect((await desk.read(delivered?.ticketId ?? "")).state).toBe("resolved");
    expect(desk.heard.filter((line) => line.startsWith("replied"))).toHaveLength(3);
    await end(open?.orderId ?? "", "delivered");
    await end(refunding?.orderId ?? "", "refunded");
    await bothConsoles();
    expect(await words(open)).toEqual(["has been delivered"]);
    expect(await words(refunding)).toEqual(["is being refunded"]);
    await noteCounts(desk.context);
    const { timeline } = await readIncident(desk.context, incident);
    expect(timeline.at(-1)).toMatchObject({ type: "tickets.counted", facts: { linked: 4, answered: 4 } });
  });

  it("waits for what a buyer wrote just before; who writes again has their ticket opened, and is not answered by it again", async () => {
    const incident = await fire("supplier-failing");
    const [{ orderId, ticketId } = { orderId: "", ticketId: "" }] = await burst(1);
    await bothConsoles();
    await writeMessage(desk.shop, orderId, { text: "Where is it?", language: "en" });
    await end(orderId, "delivered");
    await resolveIncident(incident);
    await answerOutcomes(desk.context);
    expect(await said(orderId, "outcome")).toEqual([]);
    await takeNews(desk.context);
    await bothConsoles();
    expect(await said(orderId, "outcome")).toHaveLength(1);
    seconds(1);
    await writeMessage(desk.shop, orderId, { text: "The code is wrong", language: "en" });
    await takeNews(desk.context);
    await bothConsoles();
    expect(await desk.read(ticketId)).toMatchObject({ state: "open", unanswered: true });
    expect(await said(orderId, "outcome")).toHaveLength(1);
    await sweep(incidents);
  });
});

import { type ProblemCode, remediesOf } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import {
  applyChange,
  type ConversationNews,
  insertTicket,
  lockTicket,
  type TicketChange,
  type TicketContext,
  type TicketNote,
  type TicketRecord,
} from "./change-actions.ts";
import { causes, isActive } from "./domain.ts";
import * as opener from "./opener-store.ts";
import { sealedAs } from "./sealing.ts";
import { reopenLocked } from "./staff-actions.ts";
import * as store from "./store.ts";

const atOnce = 200;

/**
 * Opens a ticket for whatever needs a person and has none, and opens again what happened again. It goes by what stands in
 * the orders, not by having seen it happen: whatever was killed in between, the next look finds it, and the unique cause
 * lets only one of several consoles open it.
 */
export async function openDue(context: TicketContext): Promise<{ more: boolean }> {
  const due = await opener.listDue(context.db.sql, context.clock.now(), atOnce);
  for (const cause of due)
    if (await alone(context, { causeKey: cause.causeKey }, (sql) => openFor(context, sql, cause)))
      await faultPoint("ticket.opened");
  return { more: due.length >= atOnce };
}

/** One that cannot be opened holds no other up; it is tried again at the next look. */
async function alone(
  { db, log }: TicketContext,
  facts: Record<string, string>,
  work: (sql: Sql) => Promise<void>,
): Promise<boolean> {
  try {
    await db.transaction(work);
    return true;
  } catch (error) {
    log.error({ err: error, ...facts }, "a ticket could not be opened; it is tried again");
    return false;
  }
}

async function openFor(context: TicketContext, sql: Sql, due: opener.DueCause): Promise<void> {
  await faultPoint("ticket.due");
  const known = await store.readByCause(sql, due.causeKey);
  if (known) return await openAgain(context, sql, known.id, due);
  const order = due.orderId === null ? null : await opener.readOrder(sql, due.orderId);
  const conversationId = order ? await context.buyers.openFor(sql, { orderId: order.orderId }) : null;
  const code = due.code ?? order?.code ?? null;
  await insertTicket(
    context,
    sql,
    {
      ...(order ?? opener.noOrder),
      ...{ id: context.newId(), conversationId, cause: due.cause, causeKey: due.causeKey, code },
      ...{ subject: causes[due.cause].subject, priority: causes[due.cause].priority },
      ...{ state: "new", team: "support", skills: causes[due.cause].skills, splitFrom: null },
      ...{ unanswered: true, policy: await store.policyFor(sql, due.cause), openedAt: context.clock.now() },
    },
    { type: "opened", facts: { cause: due.cause, ...reasonOf(code) } },
  );
  await faultPoint("ticket.written");
}

/** Why, and what can be done about it. */
function reasonOf(code: string | null): Record<string, string> {
  if (code === null) return {};
  const remedies = remediesOf[code as ProblemCode];
  return { code, ...(remedies ? { remedies: remedies.join(" ") } : {}) };
}

async function openAgain(context: TicketContext, sql: Sql, id: string, due: opener.DueCause): Promise<void> {
  const ticket = await lockTicket(sql, id);
  if (isActive(ticket.state) || ticket.mergedInto !== null) return;
  const facts = { reason: "happened_again", ...reasonOf(due.code) };
  await reopenLocked(context, sql, ticket, { type: "reopened", facts });
}

/**
 * Takes in what buyers wrote, asked for and rated. A ticket that had ended opens again for what they write; a rating alone
 * opens nothing. What comes while this runs stays news.
 */
export async function takeNews(context: TicketContext): Promise<{ more: boolean }> {
  const news = await context.buyers.listNews(context.db.sql, atOnce);
  for (const one of news)
    await alone(context, { conversationId: one.conversationId }, (sql) => takeOne(context, sql, one));
  return { more: news.length >= atOnce };
}

async function takeOne(context: TicketContext, sql: Sql, news: ConversationNews): Promise<void> {
  // Whoever takes it in holds the conversation until the end, so that two consoles do not both open a ticket.
  if (!(await context.buyers.taken(sql, news.conversationId, news.newsAt))) return;
  const known = await opener.ticketOfConversation(sql, news.conversationId, news.orderId);
  if (known === null) {
    const { id } = await openBuyers(context, sql, news);
    await addCalls(context, sql, id, news);
  } else await takeInto(context, sql, await lockTicket(sql, known), news);
}

/** A rating alone changes no state; a message or a wish opens again what had ended. */
async function takeInto(
  context: TicketContext,
  sql: Sql,
  ticket: TicketRecord,
  news: ConversationNews,
): Promise<void> {
  const { conversationId, rating, wroteAt, language } = news;
  const wishes = await addCalls(context, sql, ticket.id, news);
  const heard = await opener.readHeard(sql, ticket.id);
  const wrote = wroteAt !== null && (heard.wroteAt === null || wroteAt > heard.wroteAt);
  const notes: TicketNote[] = [
    ...(wrote ? [{ type: "buyer_wrote", facts: { wroteAt: wroteAt.toISOString() } }] : []),
    ...(wishes > 0 ? [{ type: "call_wished" }] : []),
    ...(rating === null || rating === ticket.rating ? [] : [{ type: "rated", facts: { stars: rating } }]),
  ];
  if (notes.length === 0) return;
  const change: TicketChange = { conversationId, language, ...(rating === null ? {} : { rating }) };
  // Read and answered before it was taken in: nobody waits for that any more.
  const waits =
    wishes > 0 || (wrote && (heard.repliedAt === null || wroteAt.getTime() > heard.repliedAt.getTime()));
  if (!waits) await applyChange(context, sql, ticket, change, notes);
  else if (isActive(ticket.state)) {
    const state = ticket.state === "waiting_buyer" ? "open" : ticket.state;
    await applyChange(context, sql, ticket, { ...change, state, unanswered: true }, notes);
  } else {
    const open = await reopenLocked(context, sql, ticket, { type: "reopened", facts: { reason: "buyer" } });
    await applyChange(context, sql, open, change, notes);
  }
}

async function openBuyers(context: TicketContext, sql: Sql, news: ConversationNews): Promise<TicketRecord> {
  const cause = news.kind === "call_back" || news.wishes.length > 0 ? "call_back" : "buyer";
  const order = news.orderId === null ? null : await opener.readOrder(sql, news.orderId);
  const { conversationId, phoneKey, phoneTailKey, emailKey, language, origin } = news;
  const row = await insertTicket(
    context,
    sql,
    {
      ...(order ?? { ...opener.noOrder, phoneKey, phoneTailKey, emailKey }),
      ...{ id: context.newId(), conversationId, cause, causeKey: `${cause}:${conversationId}` },
      ...{ language, origin, sku: news.sku ?? order?.sku ?? null, code: news.code ?? order?.code ?? null },
      ...{ subject: causes[cause].subject, priority: causes[cause].priority, skills: causes[cause].skills },
      ...{ state: "new", team: "support", splitFrom: null, unanswered: true },
      ...{ policy: await store.policyFor(sql, cause), openedAt: context.clock.now() },
    },
    { type: "opened", facts: { cause, ...(news.wroteAt ? { wroteAt: news.wroteAt.toISOString() } : {}) } },
  );
  if (!row) throw new Error("a conversation whose ticket could not be found has one");
  return row;
}

async function addCalls(
  { newId, keys, clock }: TicketContext,
  sql: Sql,
  ticketId: string,
  news: ConversationNews,
): Promise<number> {
  let added = 0;
  for (const { id: wishId, phone, bestFrom, bestTo } of news.wishes) {
    const id = newId();
    const call = { id, ticketId, wishId, phone: keys.seal(phone, sealedAs.callPhone(id)), bestFrom, bestTo };
    if (await opener.addCall(sql, { ...call, now: clock.now() })) added++;
  }
  return added;
}

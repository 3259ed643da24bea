import { type ProblemCode, remediesOf } from "@orderwatch/shared/problem.ts";
import type { Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import { overdueDay } from "../../shop/reconciliation/actions.ts";
import {
  listNews,
  openFor as openConversation,
  readWish,
  type SupportNews,
  settle,
  taken,
  waitsForAnswer,
} from "../../shop/support/actions.ts";
import {
  applyChange,
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
 * Opens a ticket for whatever needs a person and has none, and tells the ticket of what has one that it happened again. It
 * goes by what stands in the orders, not by having seen it happen: whatever was killed in between, the next look finds it,
 * and the unique cause lets only one of several consoles open it.
 */
export async function openDue(context: TicketContext): Promise<{ more: boolean }> {
  const now = context.clock.now();
  const due = await opener.listDue(context.db.sql, { now, overdueDay: overdueDay(now), limit: atOnce });
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
  const known = await opener.ticketOfCause(sql, due.causeKey);
  if (known !== null) return await openAgain(context, sql, known, due);
  const order = due.orderId === null ? null : await opener.readOrder(sql, due.orderId);
  const conversationId = order ? await openConversation(context, sql, { orderId: order.orderId }) : null;
  const code = due.code ?? order?.code ?? null;
  await insertTicket(
    context,
    sql,
    {
      ...(order ?? opener.noOrder),
      ...{ id: context.newId(), conversationId, cause: due.cause, causeKey: due.causeKey, code },
      occurrence: due.occurrence,
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

/** A ticket that ended opens again; one that is worked on says so, and no longer waits for its buyer. */
async function openAgain(context: TicketContext, sql: Sql, id: string, due: opener.DueCause): Promise<void> {
  const ticket = await lockTicket(sql, id);
  // Merged since it was looked for: the next look finds what it is part of by then.
  if (ticket.mergedInto !== null) return;
  if (due.occurrence === null || !(await opener.takeIn(sql, due.causeKey, due.occurrence))) return;
  const why = reasonOf(due.code);
  if (!isActive(ticket.state)) {
    const facts = { reason: "happened_again", ...why };
    await reopenLocked(context, sql, ticket, { type: "reopened", facts });
    return;
  }
  const waits = ticket.state === "waiting_buyer";
  const change: TicketChange = waits ? { state: "open", unanswered: true } : {};
  await applyChange(context, sql, ticket, change, [{ type: "happened_again", facts: why }]);
  if (waits && ticket.conversationId !== null) await settle(context, sql, ticket.conversationId, "open");
}

/**
 * Takes in what buyers wrote, asked for and rated. A ticket that had ended opens again for what they write; a rating alone
 * opens nothing. What comes while this runs stays news.
 */
export async function takeNews(context: TicketContext): Promise<{ more: boolean }> {
  const news = await listNews(context, atOnce);
  for (const one of news)
    await alone(context, { conversationId: one.conversationId }, (sql) => takeOne(context, sql, one));
  return { more: news.length >= atOnce };
}

async function takeOne(context: TicketContext, sql: Sql, news: SupportNews): Promise<void> {
  const { conversationId, orderId } = news;
  const find = () => opener.ticketOfConversation(sql, conversationId, orderId);
  // The ticket before the conversation, as whoever answers does; so neither waits for the other for ever.
  const before = await find();
  const locked = before === null ? null : await lockTicket(sql, before);
  if (!(await taken(sql, news))) return;
  // Nothing was there when it was looked for; the opener may have been faster since.
  const known = locked ?? (await find().then((id) => (id === null ? null : lockTicket(sql, id))));
  if (news.forgotten) {
    await opener.forgetBuyer(sql, { conversationId, orderId, now: context.clock.now() });
    if (known === null && news.unread === 0 && !news.wantsCall) return;
  }
  const ticket = known ?? (await openBuyers(context, sql, news));
  if (news.wantsCall) await noteCall(context, sql, ticket.id, conversationId);
  if (known) await takeInto(context, sql, known, news);
}

/** A rating alone changes no state; a message or a wish opens again what had ended. */
async function takeInto(
  context: TicketContext,
  sql: Sql,
  ticket: TicketRecord,
  news: SupportNews,
): Promise<void> {
  const { conversationId, rated, unread, wantsCall, language } = news;
  const notes: TicketNote[] = [
    ...(unread > 0 ? [{ type: "buyer_wrote", facts: { messages: unread } }] : []),
    ...(wantsCall ? [{ type: "call_wished" }] : []),
    ...(rated === null ? [] : [{ type: "rated", facts: { stars: rated } }]),
  ];
  const change: TicketChange = { conversationId, language, ...(rated === null ? {} : { rating: rated }) };
  // Where staff read and answered before it was taken in, nobody waits.
  const waits = wantsCall || (unread > 0 && (await waitsForAnswer(sql, conversationId)));
  if (!waits) await applyChange(context, sql, ticket, change, notes);
  else if (isActive(ticket.state)) {
    const state = ticket.state === "waiting_buyer" ? "open" : ticket.state;
    await applyChange(context, sql, ticket, { ...change, state, unanswered: true }, notes);
  } else {
    const open = await reopenLocked(context, sql, ticket, { type: "reopened", facts: { reason: "buyer" } });
    await applyChange(context, sql, open, change, notes);
  }
}

async function openBuyers(context: TicketContext, sql: Sql, news: SupportNews): Promise<TicketRecord> {
  const cause = news.wantsCall ? "call_back" : "buyer";
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
    { type: "opened", facts: { cause } },
  );
  if (!row) throw new Error("a conversation whose ticket could not be found has one");
  return row;
}

async function noteCall(
  context: TicketContext,
  sql: Sql,
  ticketId: string,
  conversationId: string,
): Promise<void> {
  const { keys, clock } = context;
  const wish = await readWish(context, sql, conversationId);
  if (!wish) return;
  await opener.wishCall(sql, {
    ...{ id: context.newId(), ticketId, conversationId, now: clock.now() },
    seal: (id) => ({
      phone: keys.seal(wish.phone, sealedAs.callPhone(id)),
      note: wish.note === null ? null : keys.seal(wish.note, sealedAs.callWish(id)),
    }),
    bestFrom: wish.bestFrom === null ? null : new Date(wish.bestFrom),
    bestTo: wish.bestTo === null ? null : new Date(wish.bestTo),
  });
}

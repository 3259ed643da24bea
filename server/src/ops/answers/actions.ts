import type {
  Answer,
  AnswerFigures,
  AnswerPreview,
  AnswerSummary,
  PreviewAnswer,
  SendAnswer,
} from "@orderwatch/shared/ops/answers.ts";
import type { StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import type { Role } from "@orderwatch/shared/ops/roles.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { type PaymentMethod, paymentMethods } from "@orderwatch/shared/shop/orders.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Database } from "../../platform/db.ts";
import { askRestockNotice } from "../../shop/customers/actions.ts";
import type { SupplierTestimony } from "../../shop/fulfilment/enquiry-actions.ts";
import { readLevers } from "../../shop/levers/actions.ts";
import { contactOf } from "../../shop/orders/contact-actions.ts";
import { readStaffOrder } from "../../shop/orders/search-actions.ts";
import { closeSwitched, type Switched } from "../../shop/payments/actions.ts";
import { recordAudit } from "../audit/actions.ts";
import {
  askBeforeRefund,
  deliverAgain,
  giveBack,
  payOtherwise,
  type RepairContext,
} from "../orders/actions.ts";
import {
  applyChange,
  type ByRole,
  lockTicket,
  reply,
  type TicketContext,
  type TicketRecord,
  ticketById,
} from "../tickets/actions.ts";
import { fillAnswer, fitsTicket } from "./domain.ts";
import { deedOf, factsOf, otherMethod, refundOf } from "./facts-domain.ts";
import * as store from "./store.ts";

export interface AnswersContext extends TicketContext, Pick<RepairContext, "providers" | "supplier"> {
  answers: ReadonlyMap<string, Answer>;
  shopUrl: string;
}

const figuresOverMs = 90 * 86_400_000;
const unused: AnswerFigures = { uses: 0, settled: 0, succeeded: 0, rating: null, ratings: 0 };

/** All of them with their figures of 90 days; those that fit the ticket first, of these the more successful. */
export async function listAnswers(
  context: AnswersContext,
  { ticketId }: { ticketId?: string | undefined },
): Promise<{ items: AnswerSummary[]; nextCursor: null }> {
  const { db, clock, answers } = context;
  const ticket = ticketId === undefined ? null : await ticketById(context, ticketId);
  const now = clock.now();
  const figures = await store.readFigures(db.sql, { since: new Date(now.getTime() - figuresOverMs), now });
  const items = [...answers.values()].map((answer) => ({
    ...answer,
    fits: ticket !== null && fitsTicket(answer, ticket),
    figures: figures.get(answer.slug) ?? unused,
  }));
  const share = ({ settled, succeeded }: AnswerFigures) => (settled === 0 ? 0 : succeeded / settled);
  items.sort(
    (a, b) =>
      Number(b.fits) - Number(a.fits) ||
      share(b.figures) - share(a.figures) ||
      b.figures.uses - a.figures.uses ||
      (a.slug < b.slug ? -1 : 1),
  );
  return { items, nextCursor: null };
}

/** Throws `ticket.not_found` and `answer.not_found`. */
export async function previewAnswer(
  context: AnswersContext,
  by: { role: Role },
  ticketId: string,
  given: PreviewAnswer,
): Promise<AnswerPreview> {
  const answer = requireAnswer(context, given.answer);
  const ticket = await ticketById(context, ticketId);
  const order = await orderOf(context, ticket);
  return fill(
    context,
    answer,
    { ticket, order, role: by.role, closedMethods: await closedMethods(context) },
    given,
  );
}

function requireAnswer({ answers }: AnswersContext, slug: string): Answer {
  const answer = answers.get(slug);
  if (!answer) throw new DomainError("answer.not_found", `No ready answer ${slug}`);
  return answer;
}

async function orderOf(context: AnswersContext, ticket: TicketRecord): Promise<StaffOrder | null> {
  return ticket.orderId === null ? null : await readStaffOrder(context, ticket.orderId);
}

/** Payment methods that this shop does not take, or that are paused. */
async function closedMethods({ db, providers }: AnswersContext): Promise<PaymentMethod[]> {
  const { paused } = await readLevers(db.sql);
  return paymentMethods.filter((method) => providers[method] === undefined || paused.includes(method));
}

/** What an answer goes by: its ticket and order as they stand, and who sends it. */
interface Situation {
  ticket: TicketRecord;
  order: StaffOrder | null;
  role: Role;
  closedMethods: readonly PaymentMethod[];
}

function fill(
  context: AnswersContext,
  answer: Answer,
  situation: Situation,
  given: PreviewAnswer,
): AnswerPreview {
  const { ticket, order } = situation;
  const { timeZone } = ticket.policy.calendar;
  const language = given.language ?? ticket.language;
  const facts = factsOf(ticket, order, timeZone);
  const filled = fillAnswer(answer, { facts, inputs: given.inputs, language, timeZone });
  const amountFen = refundOf(answer, given.inputs);
  const asksAmount = answer.does === "refund" && answer.inputs.some(({ name }) => name === "amount");
  const missing = asksAmount && amountFen === null ? [...filled.missing, "input.amount"] : filled.missing;
  const deed = answer.does
    ? deedOf(answer.does, { ...situation, amountFen, now: context.clock.now() })
    : null;
  return { text: filled.text, missing: [...new Set(missing)], language, deed };
}

/**
 * Says a ready answer and does what it does, both or neither, audited; the same `messageId` again does nothing. Throws
 * `ticket.not_found`, `answer.not_found`, `answer.incomplete` where something is missing, `answer.conflict` where its deed
 * cannot be done, and as `reply`, `askBeforeRefund`, `giveBack`, `deliverAgain` and `payOtherwise`.
 */
export async function sendAnswer(
  context: AnswersContext,
  by: ByRole,
  ticketId: string,
  given: SendAnswer,
): Promise<void> {
  const answer = requireAnswer(context, given.answer);
  if (answer.use === "call") throw new DomainError("answer.conflict", "This is said on the phone, not sent");
  const useId = given.messageId ?? context.newId();
  // What is read here words the answer and refuses early; the repairs decide by what they find under their own locks.
  const order = await orderOf(context, await ticketById(context, ticketId));
  const closed = await closedMethods(context);
  const testimony =
    order && answer.does === "refund" ? await askBeforeRefund(context, by, order.id) : undefined;
  const switched = await context.db.transaction(async (sql, within) => {
    const inside = { ...context, db: within };
    const ticket = await lockTicket(sql, ticketId);
    const filled = fill(context, answer, { ticket, order, role: by.role, closedMethods: closed }, given);
    const { staff } = by;
    const isNew = await store.insertUse(sql, {
      ...{ id: useId, answer: answer.slug, ticketId, language: filled.language },
      ...{ byId: staff.id, byName: staff.name, at: context.clock.now() },
    });
    if (!isNew) return null;
    if (filled.deed?.obstacle) throw new DomainError("answer.conflict", filled.deed.obstacle.en);
    const text = given.text ?? filled.text;
    // What was edited by hand may do without a fact, but not with the gap that it left.
    if ((given.text === undefined && filled.missing.length > 0) || text.includes("____"))
      throw new DomainError("answer.incomplete", `Missing: ${filled.missing.join(", ") || "____"}`);
    const { language } = filled;
    const done =
      order &&
      (await act(inside, by, answer, { ticket, order, useId, inputs: given.inputs, language, testimony }));
    const { threadRevision, reopen } = given;
    await reply(inside, by, ticketId, {
      ...{ text, thenState: given.thenState ?? answer.thenState, messageId: useId, threadRevision, reopen },
    });
    const facts = { answer: answer.slug, language: filled.language, deed: answer.does ?? null };
    await applyChange(inside, sql, await lockTicket(sql, ticketId), {}, [
      { type: "answer_used", by: staff, facts },
    ]);
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "ticket.answered", target: { kind: "ticket", id: ticketId } },
      facts: { ...facts, number: ticket.number },
    });
    return done;
  });
  if (switched) await closeSwitched(context, switched.closed);
}

/**
 * The ordinary repairs, with their own audit entries, in the answer's transaction. What it answers is still to be closed at
 * payment companies, once that has ended.
 */
async function act(
  context: AnswersContext & { db: Database },
  by: ByRole,
  answer: Answer,
  given: {
    ticket: TicketRecord;
    order: StaffOrder;
    useId: string;
    inputs: Record<string, string>;
    language: Language;
    testimony: SupplierTestimony | undefined;
  },
): Promise<Switched | null> {
  const { ticket, order, useId, inputs, language, testimony } = given;
  const reason = `#${ticket.number}: ${answer.title.en}`;
  switch (answer.does) {
    case "refund": {
      const amountFen = refundOf(answer, inputs) ?? undefined;
      await giveBack(context, by, order.id, { reason, amountFen, refundId: useId, testimony });
      return null;
    }
    case "redeliver":
      await deliverAgain(context, by, order.id, { reason });
      return null;
    case "restock_notice": {
      const contact = await contactOf(context, order.id);
      for (const { sku } of order.items) await askRestockNotice(context, { sku, contact, language });
      return null;
    }
    case "switch_payment": {
      const from = order.paymentMethod;
      return await payOtherwise(context, by, order.id, { reason, from, to: otherMethod[from] });
    }
    case undefined:
      return null;
  }
}

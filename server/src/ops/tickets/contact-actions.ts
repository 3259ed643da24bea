import type { RevealContact, RevealedContact } from "@orderwatch/shared/ops/ticket-work.ts";
import type { Contact } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";
import { contactOf } from "../../shop/orders/contact-actions.ts";
import { buyerOf } from "../../shop/support/actions.ts";
import { type AuditContext, recordAudit } from "../audit/actions.ts";
import type { ByPerson } from "./assign-actions.ts";
import { listCallPhones } from "./call-store.ts";
import { applyChange, lockTicket, type TicketContext, type TicketRecord } from "./change-actions.ts";
import { sealedAs } from "./sealing.ts";

/** How a ticket's buyer can be reached, in clear: for calling and revealing, never for an answer by itself. */
export async function contactOfTicket(
  { keys }: Pick<TicketContext, "keys">,
  sql: Sql,
  ticket: Pick<TicketRecord, "conversationId" | "orderId">,
): Promise<Contact> {
  if (ticket.conversationId !== null) return await buyerOf({ db: { sql }, keys }, ticket.conversationId);
  if (ticket.orderId === null) return {};
  return await contactOf({ db: { sql }, keys }, ticket.orderId);
}

/**
 * Shows a buyer's contact data in clear. That it was shown, to whom and why is in the audit log before it is; the timeline
 * says that it was. Throws `ticket.not_found`.
 */
export async function revealContact(
  context: TicketContext & AuditContext,
  by: ByPerson,
  id: string,
  { reason }: RevealContact,
): Promise<RevealedContact> {
  return await context.db.transaction(async (sql, within) => {
    const ticket = await lockTicket(sql, id);
    const { phone, email } = await contactOfTicket(context, sql, ticket);
    const calls = (await listCallPhones(sql, id)).map((call) => ({
      id: call.id,
      phone: context.keys.open(call.phone, sealedAs.callPhone(call.id)),
    }));
    await applyChange(context, sql, ticket, {}, [{ type: "revealed", by: by.staff }]);
    await recordAudit({ ...context, db: within }, by, {
      ...{ action: "ticket.contactRevealed", target: { kind: "ticket", id }, reason },
      facts: { number: ticket.number, order: ticket.orderId },
    });
    return { ...(phone === undefined ? {} : { phone }), ...(email === undefined ? {} : { email }), calls };
  });
}

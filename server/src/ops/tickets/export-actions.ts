import { may } from "@orderwatch/shared/ops/roles.ts";
import { type ExportTickets, mostExported, type TicketFile } from "@orderwatch/shared/ops/ticket-work.ts";
import type { TicketRow } from "@orderwatch/shared/ops/tickets.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Keys } from "../../platform/crypto.ts";
import { type AuditContext, recordAudit } from "../audit/actions.ts";
import type { TicketContext } from "./change-actions.ts";
import { contactOfTicket } from "./contact-actions.ts";
import { columnsOf, toCsv, toExported, toNdjson } from "./export-domain.ts";
import { kindOfTerm, listTickets } from "./list-actions.ts";
import type { ByRole } from "./staff-actions.ts";
import { saysContact } from "./subject-domain.ts";

const pageSize = 200;

/**
 * Tickets as a file, oldest first; audited, with its reason where contact data is in it, before the file is handed out.
 * Throws `session.forbidden` for contact data without `tickets.reveal`.
 */
export async function exportTickets(
  context: TicketContext & AuditContext,
  by: ByRole,
  { format, contacts, reason, ...filter }: ExportTickets,
): Promise<TicketFile> {
  if (contacts && !may(by.role, "tickets.reveal"))
    throw new DomainError("session.forbidden", "Contact data needs tickets.reveal");
  const rows: TicketRow[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...filter, sort: "newest" as const, limit: pageSize, cursor };
    const page = await listTickets(context, by.staff.id, query);
    rows.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && rows.length < mostExported);
  const tickets = [];
  for (const row of rows.reverse())
    tickets.push(toExported(row, contacts ? await contactOfTicket(context, context.db.sql, row) : null));
  const now = context.clock.now();
  await recordAudit(context, by, {
    ...{ action: "tickets.exported", target: { kind: "tickets", id: "export" }, reason },
    facts: { tickets: tickets.length, format, contacts, filter: auditable(context.keys, filter) },
  });
  return {
    fileName: `tickets-${now.toISOString().slice(0, 10)}.${format}`,
    contentType: format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson",
    content: format === "csv" ? toCsv(columnsOf(contacts), tickets) : toNdjson(tickets),
    tickets: tickets.length,
    isPartial: cursor !== undefined,
  };
}

/** What the file was narrowed to, for a log that never forgets: of what was typed only which kind of thing it was. */
function auditable(
  keys: Keys,
  { q, ...filter }: Omit<ExportTickets, "format" | "contacts" | "reason">,
): string {
  const kept = { ...filter, ...(q === undefined ? {} : { search: kindOfTerm(keys, q) }) };
  return JSON.stringify(kept, (_, value: unknown) =>
    typeof value === "string" && saysContact(value) ? "left out" : value,
  );
}

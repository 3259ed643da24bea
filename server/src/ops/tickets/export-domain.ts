import type { TicketRow } from "@orderwatch/shared/ops/tickets.ts";

// A file of tickets leaves the house, so it holds what is listed here and nothing else: no message, no note, and contact
// data only in columns of its own.

export interface ExportedTicket {
  number: number;
  state: string;
  cause: string;
  priority: number;
  team: string;
  assignee: string | null;
  orderId: string | null;
  sku: string | null;
  channel: string | null;
  code: string | null;
  incident: number | null;
  origin: string;
  reopened: number;
  rating: number | null;
  missed: string;
  openedAt: string;
  resolvedAt: string | null;
  closedAt: string | null;
  phone?: string | null;
  email?: string | null;
}

/** With `contact` null the file has no columns for it. */
export function toExported(
  row: TicketRow,
  contact: { phone?: string | undefined; email?: string | undefined } | null,
): ExportedTicket {
  return {
    ...{ number: row.number, state: row.state, cause: row.cause, priority: row.priority, team: row.team },
    assignee: row.assignee?.name ?? null,
    ...{ orderId: row.orderId, sku: row.sku, channel: row.channel, code: row.code },
    incident: row.incident?.number ?? null,
    ...{ origin: row.origin, reopened: row.reopened, rating: row.rating },
    missed: row.clocks
      .filter(({ missed }) => missed)
      .map(({ kind }) => kind)
      .join(" "),
    ...{ openedAt: row.openedAt, resolvedAt: row.resolvedAt, closedAt: row.closedAt },
    ...(contact ? { phone: contact.phone ?? null, email: contact.email ?? null } : {}),
  };
}

/** RFC 4180 with a byte order mark, so that spreadsheets read Chinese. */
export function toCsv(columns: readonly string[], tickets: readonly ExportedTicket[]): string {
  const lines = tickets.map((ticket) => {
    const cells = new Map<string, unknown>(Object.entries(ticket));
    return columns.map((name) => cell(cells.get(name))).join(",");
  });
  return `\uFEFF${[columns.join(","), ...lines].join("\r\n")}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  // A spreadsheet would calculate with what begins like a formula (OWASP: CSV injection).
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const toNdjson = (tickets: readonly ExportedTicket[]): string =>
  tickets.map((ticket) => `${JSON.stringify(ticket)}\n`).join("");

const plain = [
  ...["number", "state", "cause", "priority", "team", "assignee", "orderId", "sku", "channel", "code"],
  ...["incident", "origin", "reopened", "rating", "missed", "openedAt", "resolvedAt", "closedAt"],
] as const;

export const columnsOf = (withContacts: boolean): readonly string[] =>
  withContacts ? [...plain, "phone", "email"] : plain;

/** What was said to the buyer and among staff, in one order of time, and never mistaken for each other. */
import type { InternalNote, Ticket, TicketMessage } from "@orderwatch/shared/ops/tickets.ts";

export type Said =
  | { kind: "message"; id: string; at: string; message: TicketMessage }
  | { kind: "note"; id: string; at: string; note: InternalNote };

/** Oldest first; of the same moment messages before notes. */
export function saidOf({ thread, notes }: Pick<Ticket, "thread" | "notes">): Said[] {
  const all: Said[] = [
    ...thread.map((message) => ({ kind: "message" as const, id: message.id, at: message.at, message })),
    ...notes.map((note) => ({ kind: "note" as const, id: note.id, at: note.at, note })),
  ];
  return all.sort((a, b) => a.at.localeCompare(b.at) || a.kind.localeCompare(b.kind));
}

/** The ways of looking at the queue that everybody needs, kept in the address. */
import type { TicketSearch, TicketState } from "@orderwatch/shared/ops/tickets.ts";

export const ticketViews = ["mine", "unowned", "overdue", "engineering", "active", "ended"] as const;
export type TicketView = (typeof ticketViews)[number];

export interface TicketsSearch {
  view?: TicketView;
  incidentId?: string;
  orderId?: string;
}

/** What may stand in the address; whatever else does is left aside. */
export function readTicketsSearch(search: Record<string, unknown>): TicketsSearch {
  const view = ticketViews.find((each) => each === search.view);
  const id = (value: unknown) =>
    typeof value === "string" && /^[0-9a-f-]{36}$/.test(value) ? value : undefined;
  const incidentId = id(search.incidentId);
  const orderId = id(search.orderId);
  return {
    ...(view === undefined ? {} : { view }),
    ...(incidentId === undefined ? {} : { incidentId }),
    ...(orderId === undefined ? {} : { orderId }),
  };
}

type Query = Partial<Omit<TicketSearch, "cursor" | "limit">>;

const queries: Record<TicketView, Query> = {
  mine: { state: "active", assignee: "me", sort: "queue" },
  unowned: { state: "active", assignee: "nobody", sort: "queue" },
  overdue: { state: "active", sort: "due" },
  engineering: { state: "active", team: "engineering", sort: "queue" },
  active: { state: "active", sort: "queue" },
  ended: { state: "ended", sort: "newest" },
};

/** What the list asks for. Whoever searches searches everything, ended tickets too. */
export function queryOf({ view = "active", incidentId, orderId }: TicketsSearch, text: string): Query {
  const narrow = { ...(incidentId ? { incidentId } : {}), ...(orderId ? { orderId } : {}) };
  const isNarrow = incidentId !== undefined || orderId !== undefined;
  if (text !== "") return { q: text, sort: "newest", ...narrow };
  return isNarrow && view === "active" ? { sort: "queue", ...narrow } : { ...queries[view], ...narrow };
}

/** States in which nobody has anything left to do. */
export const hasEnded = (state: TicketState): boolean => state === "resolved" || state === "closed";

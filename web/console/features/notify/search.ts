import type { NotificationState } from "@orderwatch/shared/ops/notify.ts";

export const states = [
  "queued",
  "sending",
  "sent",
  "delivered",
  "exhausted",
] as const satisfies readonly NotificationState[];

/** What the address of Mailbox says: whose messages, and in which state. */
export interface MailboxSearch {
  of?: "all";
  state?: NotificationState;
}

export function readMailboxSearch(search: Record<string, unknown>): MailboxSearch {
  const state = states.find((each) => each === search.state);
  return { ...(search.of === "all" ? { of: "all" } : {}), ...(state === undefined ? {} : { state }) };
}

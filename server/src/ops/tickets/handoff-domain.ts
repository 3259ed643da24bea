import { may, type Role } from "@orderwatch/shared/ops/roles.ts";
import type { TicketState, TicketTeam } from "@orderwatch/shared/ops/tickets.ts";

// An offered ticket always has somebody who is asked and a time by which it goes back to the queue: there is no limbo.

export const otherTeam = (team: TicketTeam): TicketTeam => (team === "support" ? "engineering" : "support");

/** Whether a role works in a team. */
export const worksIn = (role: Role, team: TicketTeam): boolean =>
  may(role, team === "support" ? "tickets.act" : "tickets.engineer");

/** What a ticket is while it is offered; an offer to engineering says so, one back to support leaves it where it is. */
export const offeredState = (to: TicketTeam): TicketState | null =>
  to === "engineering" ? "waiting_engineering" : null;

export type HandoffEnd = "accepted" | "declined" | "timed_out" | "withdrawn";

/** `keep` leaves the ticket with whoever has it, `answerer` gives it to who accepted, `nobody` puts it into the queue. */
export interface AfterHandoff {
  state: TicketState;
  team: TicketTeam;
  owner: "keep" | "answerer" | "nobody";
}

/** What becomes of a ticket whose offer `from` one team `to` the other has ended. */
export function afterHandoff(
  { from, to }: { from: TicketTeam; to: TicketTeam },
  end: HandoffEnd,
): AfterHandoff {
  const stateIn = (team: TicketTeam): TicketState => (team === "support" ? "open" : "waiting_engineering");
  switch (end) {
    case "accepted":
      return { state: stateIn(to), team: to, owner: "answerer" };
    case "declined":
    case "withdrawn":
      return { state: stateIn(from), team: from, owner: "keep" };
    case "timed_out":
      return { state: "open", team: "support", owner: "nobody" };
  }
}

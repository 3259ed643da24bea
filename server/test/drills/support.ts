import type { TicketRow } from "@orderwatch/shared/ops/tickets.ts";
import type { Player } from "./player.ts";

/** As many tickets as support looks after during one drill: one is handed to engineering, the other it keeps. */
const takenAtMost = 2;

/**
 * Support during one drill: takes over tickets of orders whose delivery failed, hands the first to engineering with what
 * it knows, where an engineer accepts it, and has both delivered again once the incident is over.
 */
export class Support {
  readonly #agent: Player;
  readonly #engineer: Player;
  readonly #since = new Date().toISOString();
  readonly #taken: TicketRow[] = [];

  constructor(agent: Player, engineer: Player) {
    this.#agent = agent;
    this.#engineer = engineer;
  }

  get refused(): readonly string[] {
    return [...this.#agent.refused, ...this.#engineer.refused];
  }

  /** Does the next thing about whatever failed since the drill began. */
  async look(): Promise<void> {
    if (this.#taken.length >= takenAtMost) return;
    const { items } = await this.#agent.staff.call<{ items: TicketRow[] }>(
      "GET",
      "/api/tickets?cause=delivery_failed&state=active&assignee=nobody&sort=newest&limit=1",
    );
    const [ticket] = items;
    if (!ticket || ticket.openedAt < this.#since) return;
    await this.#agent.think();
    if (!(await this.#agent.attempt("POST", `/api/tickets/${ticket.id}/claim`))) return;
    this.#taken.push(ticket);
    if (this.#taken.length === 1) await this.#handOff(ticket);
  }

  async #handOff({ id, code }: TicketRow): Promise<void> {
    await this.#agent.think();
    const note = `Paid and not delivered: ${code}. The buyer was told that we look into it.`;
    if (!(await this.#agent.attempt("POST", `/api/tickets/${id}/handoff`, { note, to: "engineering" })))
      return;
    await this.#engineer.think();
    await this.#engineer.attempt("POST", `/api/tickets/${id}/handoff/answer`, { accept: true });
  }

  /** With the supplier well again what was taken over is delivered, each order once. */
  async finish(): Promise<void> {
    const reason = "The supplier answers again";
    for (const { orderId } of this.#taken.splice(0))
      if (orderId !== null) await this.#agent.attempt("POST", `/api/orders/${orderId}/redeliver`, { reason });
  }
}

import {
  openTicketStates,
  type TicketCause,
  type TicketPriority,
  type TicketState,
} from "@orderwatch/shared/ops/tickets.ts";
import type { Words } from "@orderwatch/shared/words.ts";

// A ticket belongs to one cause, has one owner at most, and ends only resolved or closed: nobody loses it on the way.

/** What may follow what; one that was merged into another stays closed, which its row says. */
export const transitions = {
  new: ["open", "waiting_buyer", "waiting_engineering", "resolved", "closed"],
  open: ["waiting_buyer", "waiting_engineering", "resolved", "closed"],
  waiting_buyer: ["open", "waiting_engineering", "resolved", "closed"],
  waiting_engineering: ["open", "waiting_buyer", "resolved", "closed"],
  resolved: ["open", "closed"],
  closed: ["open"],
} as const satisfies Record<TicketState, readonly TicketState[]>;

export function mayMove(from: TicketState, to: TicketState): boolean {
  return (transitions[from] as readonly TicketState[]).includes(to);
}

/** Where it may go from here. */
export function movesOf(ticket: { state: TicketState; mergedInto: string | null }): TicketState[] {
  return ticket.mergedInto === null ? [...transitions[ticket.state]] : [];
}

export const isActive = (state: TicketState): boolean =>
  (openTicketStates as readonly TicketState[]).includes(state);

/** What keeps its owner busy: not what waits for a buyer, who may never write again. */
export const busyStates = ["new", "open", "waiting_engineering"] as const satisfies readonly TicketState[];

/** Where a ticket that is owned by nobody waits for an owner. */
export const ownableStates = ["new", "open"] as const satisfies readonly TicketState[];

/** How urgent each cause is, who can do it, and how it is called. */
export const causes = {
  delivery_failed: {
    priority: 2,
    skills: [],
    subject: { "zh-CN": "已付款但发货失败", en: "Paid for, and the delivery failed" },
  },
  payment_problem: {
    priority: 2,
    skills: ["payments"],
    subject: { "zh-CN": "付款需要人工处理", en: "A payment needs a person" },
  },
  risk_review: {
    priority: 2,
    skills: ["risk"],
    subject: { "zh-CN": "订单等待人工审核", en: "An order waits for its review" },
  },
  reconciliation: {
    priority: 3,
    skills: ["payments"],
    subject: { "zh-CN": "对账差异", en: "The bill and our rows differ" },
  },
  buyer: { priority: 3, skills: [], subject: { "zh-CN": "买家来信", en: "A buyer wrote" } },
  call_back: {
    priority: 2,
    skills: [],
    subject: { "zh-CN": "买家希望回电", en: "A buyer wants to be called" },
  },
  staff: { priority: 3, skills: [], subject: { "zh-CN": "员工创建", en: "Opened by staff" } },
} as const satisfies Record<
  TicketCause,
  { priority: TicketPriority; skills: readonly string[]; subject: Words }
>;

export interface FreeAgent {
  id: string;
  name: string;
  capacity: number;
  load: number;
  skills: readonly string[];
}

const hasSkills = (agent: Pick<FreeAgent, "skills">, wanted: readonly string[]): boolean =>
  wanted.every((skill) => agent.skills.includes(skill));

/**
 * Who gets which of the tickets that wait, given in the queue's order: always the first goes first, to whoever can do it
 * and has the largest share of their capacity left. What nobody can do is passed by, and waits.
 */
export function distribute<T extends { id: string; skills: readonly string[] }>(
  waiting: readonly T[],
  agents: readonly FreeAgent[],
): { ticket: T; agent: FreeAgent }[] {
  const load = new Map(agents.map((agent) => [agent.id, agent.load]));
  const loadOf = (agent: FreeAgent) => load.get(agent.id) ?? 0;
  const share = (agent: FreeAgent) => loadOf(agent) / agent.capacity;
  return waiting.flatMap((ticket) => {
    const [agent] = agents
      .filter((one) => loadOf(one) < one.capacity && hasSkills(one, ticket.skills))
      .sort((a, b) => share(a) - share(b) || (a.id < b.id ? -1 : 1));
    if (!agent) return [];
    load.set(agent.id, loadOf(agent) + 1);
    return [{ ticket, agent }];
  });
}

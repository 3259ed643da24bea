/** Steps where a process may be made to die, wait or fail. Each is reached by the crash campaign. */
export const faultPoints = [
  "order.placing",
  "order.placed",
  "payment.prepaying",
  "payment.prepaid",
  "payment.opened",
  "payment.switched",
  "payment.asked",
  "notice.verified",
  "notice.stored",
  "settle.committing",
  "settle.committed",
  "trigger.added",
  "delivery.claimed",
  "supplier.calling",
  "supplier.answered",
  "supplier.recorded",
  "delivery.completing",
  "delivery.completed",
  "delivery.postponed",
  "delivery.failed",
  "refund.claimed",
  "refund.sent",
  "refund.recorded",
  "expiry.committed",
  "account.corrected",
  "beacons.written",
  "transaction.committing",
  "hub.counted",
  "hub.recorded",
  "sandbox.trade_saved",
  "sandbox.recharge_saved",
] as const;
/** Steps of an action about a difference to a company's bill: claimed, and done but not noted. A campaign's day has none. */
export const reconciliationFaultPoints = ["difference.claimed", "difference.acted"] as const;
/** Steps of paying from a buyer's balance and of returning money to it; none is committed yet. */
export const balanceFaultPoints = [
  "balance.replaced",
  "balance.spent",
  "balance.noted",
  "balance.refunding",
  "balance.returned",
] as const;
/** Steps of a message's way to its recipient; no order passes them. */
export const notifyFaultPoints = [
  "notify.claimed",
  "notify.calling",
  "notify.called",
  "notify.recorded",
] as const;
/** Steps of telling an incident's buyers, and of the all-clear. */
export const buyerFaultPoints = [
  "buyers.approved",
  "buyers.telling",
  "buyers.told",
  "buyers.clearing",
] as const;
/** Steps of an escalation's turn, and of noting what became of its pages. */
export const escalationFaultPoints = [
  "escalation.claimed",
  "escalation.moved",
  "escalation.paged",
  "escalation.asked",
  "escalation.noted",
] as const;
/** Steps of a ticket's opening: found to be due, written but not committed, and committed. */
export const ticketFaultPoints = ["ticket.due", "ticket.written", "ticket.opened"] as const;
/** Steps of linking tickets to an incident, and of telling their buyers of it; none is committed yet. */
export const ticketIncidentFaultPoints = ["ticket.linking", "progress.telling", "outcome.telling"] as const;
/** Steps of a drill, each committed or done when it is passed. */
export const drillFaultPoints = [
  "drill.begun",
  "drill.checked",
  "drill.recorded",
  "drill.granted",
  "drill.injected",
  "drill.over",
  "drill.taken_back",
  "drill.reverted",
  "drill.verified",
  "drill.scored",
] as const;
export const allFaultPoints = [
  ...faultPoints,
  ...reconciliationFaultPoints,
  ...balanceFaultPoints,
  ...notifyFaultPoints,
  ...buyerFaultPoints,
  ...escalationFaultPoints,
  ...ticketFaultPoints,
  ...ticketIncidentFaultPoints,
  ...drillFaultPoints,
] as const;
export type FaultPoint = (typeof allFaultPoints)[number];

/** `kill`: SIGKILL of the process itself, at this very place; `fail`: the step throws; `delay`: it waits so long first. */
export type Fault = { kind: "kill" } | { kind: "fail" } | { kind: "delay"; ms: number };

/** Answers what is to happen to whoever passes a point now; asked at every pass. */
export type FaultSource = (point: FaultPoint) => Fault | undefined;

let source: FaultSource | undefined;

/** For composition alone, and never in production: see `FAULTS_DIR`. Undefined disarms everything. */
export function armFaults(armed: FaultSource | undefined): void {
  source = armed;
}

export class InjectedFault extends Error {
  override name = "InjectedFault";
}

/** Passes a named step. Awaiting it costs nothing while no source is armed. Throws InjectedFault for `fail`. */
export function faultPoint(point: FaultPoint): Promise<void> | undefined {
  if (source === undefined) return undefined;
  const fault = source(point);
  return fault && suffer(point, fault);
}

async function suffer(point: FaultPoint, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case "kill":
      process.kill(process.pid, "SIGKILL");
      // Nothing of this process may go on in the moment until the signal is there.
      return new Promise(() => undefined);
    case "delay":
      return new Promise((resolve) => setTimeout(resolve, fault.ms));
    case "fail":
      throw new InjectedFault(`injected at ${point}`);
  }
}

import { z } from "zod";
import { Id } from "../ids.ts";
import { page } from "../list.ts";
import { Fen } from "../money.ts";
import { OrderStatus, Origin } from "../shop/orders.ts";
import { text } from "../text.ts";
import { Words } from "../words.ts";
import { AlertLevel, Facts, Labels, runbookSlugs } from "./detection.ts";

/** detected → acknowledged → mitigating → monitoring → resolved → reviewed; merged and false_alarm end it otherwise. */
export const incidentStates = [
  "detected",
  "acknowledged",
  "mitigating",
  "monitoring",
  "resolved",
  "reviewed",
  "merged",
  "false_alarm",
] as const;
export const IncidentState = z.enum(incidentStates);
export type IncidentState = z.infer<typeof IncidentState>;

export const incidentRoles = ["commander", "operations", "communications", "support_liaison"] as const;
export const IncidentRole = z.enum(incidentRoles);
export type IncidentRole = z.infer<typeof IncidentRole>;

/** What has to be done in time: level 1 has a plan, level 2 a third party and a repair, level 3 a hotfix. */
export const deadlineKinds = ["plan_started", "third_party_engaged", "repaired", "hotfix_live"] as const;
export const DeadlineKind = z.enum(deadlineKinds);
export type DeadlineKind = z.infer<typeof DeadlineKind>;

const Time = z.iso.datetime();
export const Person = z.object({ id: z.string(), name: z.string() });
export type Person = z.infer<typeof Person>;

export const Deadline = z.object({
  kind: DeadlineKind,
  level: AlertLevel,
  dueAt: Time,
  metAt: Time.nullable(),
  /** True from the moment that it passed unmet. */
  missed: z.boolean(),
});
export type Deadline = z.infer<typeof Deadline>;

/** Affected orders of buyers by how they ended; those of shoppers are counted apart and hold nothing up. */
export const AffectedOrders = z.object({
  total: z.int(),
  /** Paid for, and neither delivered, given back nor waived: what keeps the incident from being closed. */
  unreconciled: z.int(),
  /** Under way by themselves: a payment that may come, a delivery or a refund that runs. */
  waiting: z.int(),
  delivered: z.int(),
  refunded: z.int(),
  /** No money came, so nothing is owed. */
  unpaid: z.int(),
  waived: z.int(),
  /** Money of those that are unreconciled or waiting. */
  valueAtRiskFen: z.int(),
  simulated: z.int(),
  /** Since when the list is fixed; null while it grows. */
  frozenAt: Time.nullable(),
});
export type AffectedOrders = z.infer<typeof AffectedOrders>;

export const Incident = z.object({
  id: Id,
  /** 1, 2, 3 …: what people call it by. */
  number: z.int(),
  level: AlertLevel,
  state: IncidentState,
  title: Words,
  /** The rule that opened it; null when a person did. */
  rule: z.string().nullable(),
  labels: Labels,
  runbook: z.string().nullable(),
  drill: z.boolean(),
  /** When the trouble began, as far as is known; when it was noticed. */
  startedAt: Time,
  openedAt: Time,
  detectedAt: Time,
  acknowledgedAt: Time.nullable(),
  planStartedAt: Time.nullable(),
  thirdPartyEngagedAt: Time.nullable(),
  mitigatedAt: Time.nullable(),
  /** Since when none of its alerts fires; null while one does, or when it has none. */
  healedAt: Time.nullable(),
  resolvedAt: Time.nullable(),
  reviewedAt: Time.nullable(),
  acknowledgedBy: Person.nullable(),
  commander: Person.nullable(),
  roles: z.partialRecord(IncidentRole, Person),
  deadlines: z.array(Deadline),
  /** Its alerts, and those that fire now. */
  alerts: z.object({ total: z.int(), firing: z.int() }),
  affected: AffectedOrders,
  mergedInto: Id.nullable(),
  /** States that it may be moved to now. `resolved` and `reviewed` are refused while orders are unreconciled. */
  transitions: z.array(IncidentState),
  /** Grows with each change; of two views of one incident the larger is the newer. */
  revision: z.int(),
  changedAt: Time,
});
export type Incident = z.infer<typeof Incident>;

export const TimelineLink = z.object({
  kind: z.enum(["order", "alert", "incident", "node", "run", "notification", "update", "url"]),
  id: z.string(),
});
export type TimelineLink = z.infer<typeof TimelineLink>;

/** One entry of the timeline; entries are never changed, a correction is an entry that names the one it corrects. */
export const TimelineEntry = z.object({
  id: Id,
  at: Time,
  /** `incident.opened`, `alert.joined`, `note`, `correction`, `deadline.missed`, `runbook.*`, `page.*`, … */
  type: z.string(),
  by: Person.nullable(),
  /** Words where the server wrote it, a plain text where a person did. */
  text: z.union([Words, z.string()]).nullable(),
  facts: Facts,
  links: z.array(TimelineLink),
  corrects: Id.nullable(),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const SimilarIncident = z.object({
  id: Id,
  number: z.int(),
  level: AlertLevel,
  state: IncidentState,
  title: Words,
  labels: Labels,
  openedAt: Time,
  resolvedAt: Time.nullable(),
  /** What people wrote when they resolved it, or the step that preceded recovery. */
  endedBy: z.string().nullable(),
});
export type SimilarIncident = z.infer<typeof SimilarIncident>;

export const IncidentDetail = Incident.extend({
  /** Oldest first. */
  timeline: z.array(TimelineEntry),
  /** Seen before: past ones of the same rule, those with the same labels first. */
  similar: z.array(SimilarIncident),
  /** Who had a role, and from when to when. */
  roleHistory: z.array(z.object({ role: IncidentRole, person: Person, since: Time, until: Time.nullable() })),
});
export type IncidentDetail = z.infer<typeof IncidentDetail>;

export const IncidentsQuery = z.strictObject({
  ...page,
  /** `open`: not yet resolved, merged or a false alarm. */
  state: z.union([z.enum(["open", "ended"]), IncidentState]).optional(),
  level: z.coerce.number().pipe(AlertLevel).optional(),
  rule: text(64).optional(),
});
export type IncidentsQuery = z.output<typeof IncidentsQuery>;

/** Declared by hand, from anywhere. Of the orders of the time since `startedAt`, those of channel and product count. */
export const DeclareIncident = z.strictObject({
  level: AlertLevel,
  title: text(200),
  note: text(2_000).optional(),
  runbook: z.enum(runbookSlugs).optional(),
  startedAt: Time.optional(),
  channel: z.enum(["wechat", "alipay"]).optional(),
  sku: text(64).optional(),
  /** Orders that are known to be affected. */
  orderIds: z.array(Id).max(200).optional(),
});
export type DeclareIncident = z.output<typeof DeclareIncident>;

export const TransitionIncident = z.strictObject({ to: IncidentState, note: text(2_000).optional() });
export const ChangeLevel = z.strictObject({ level: AlertLevel, note: text(2_000) });
/** Null takes the role away; another person is a handover. */
export const AssignRole = z.strictObject({
  role: IncidentRole,
  staffId: text(100).nullable(),
  note: text(2_000).optional(),
});

/** A note, or a correction of an earlier entry, which may set right when something happened. */
export const AddNote = z.strictObject({
  text: text(4_000),
  corrects: Id.optional(),
  times: z
    .strictObject({
      startedAt: Time,
      acknowledgedAt: Time,
      thirdPartyEngagedAt: Time,
      mitigatedAt: Time,
    })
    .partial()
    .optional(),
  /** The third party was called: stops that clock. */
  thirdPartyEngaged: z.literal(true).optional(),
});
export type AddNote = z.output<typeof AddNote>;

export const MergeIncident = z.strictObject({ into: Id, note: text(2_000).optional() });

export const orderOutcomes = [
  "unreconciled",
  "waiting",
  "delivered",
  "refunded",
  "unpaid",
  "waived",
] as const;
export const OrderOutcome = z.enum(orderOutcomes);
export type OrderOutcome = z.infer<typeof OrderOutcome>;

export const AffectedOrder = z.object({
  orderId: Id,
  status: OrderStatus,
  origin: Origin,
  amountFen: Fen,
  outcome: OrderOutcome,
  failureCode: z.string().nullable(),
  createdAt: Time,
  /** Who waived it, and why. */
  waivedBy: z.string().nullable(),
  waivedReason: z.string().nullable(),
});
export type AffectedOrder = z.infer<typeof AffectedOrder>;

export const AffectedOrdersQuery = z.strictObject({ ...page, outcome: OrderOutcome.optional() });
export type AffectedOrdersQuery = z.output<typeof AffectedOrdersQuery>;

/** At most 50 at a time; whoever repairs more sends more of them and shows how far it has come. */
export const ActOnOrders = z.strictObject({
  action: z.enum(["redeliver", "refund", "waive"]),
  orderIds: z.array(Id).min(1).max(50),
  reason: text(500),
  /** Gives back although the supplier has done a recharge, or may have. */
  despiteSupplier: z.boolean().optional(),
});
export type ActOnOrders = z.output<typeof ActOnOrders>;

export const OrderActionResults = z.object({
  /** In the order that was asked for; `code` says why one was refused. */
  results: z.array(
    z.object({ orderId: Id, ok: z.boolean(), code: z.string().nullable(), detail: z.string().nullable() }),
  ),
  affected: AffectedOrders,
});
export type OrderActionResults = z.infer<typeof OrderActionResults>;

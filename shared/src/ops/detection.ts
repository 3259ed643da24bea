import { z } from "zod";
import { Id } from "../ids.ts";
import { page } from "../list.ts";
import { text } from "../text.ts";
import { Words } from "../words.ts";

/** 1: the shop does not sell. 2: a part of it fails, or soon will. 3: something is wrong that can wait for hours. */
export const AlertLevel = z.union([z.literal(1), z.literal(2), z.literal(3)]);
export type AlertLevel = z.infer<typeof AlertLevel>;

export const runbookSlugs = [
  "system-down",
  "database-down",
  "payment-channel-failing",
  "supplier-failing",
  "order-rate-drop",
  "oversell-suspicion",
  "attack",
  "page-broken",
  "queue-stuck",
  "data-loss",
] as const;

const Slug = z.string().regex(/^[a-z0-9-]{1,64}$/);

/** Names of what is measured, with its values: `{ channel: "alipay" }`. */
export const Labels = z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/), z.string().max(200));
export type Labels = z.infer<typeof Labels>;

/** Figures that tell what was seen; free of personal data. */
export const Facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export type Facts = z.infer<typeof Facts>;

/** What is read as it stands, rather than counted over time. Those that speak of several things carry a label. */
export const gauges = [
  /** Shop nodes that take orders. */
  "active_nodes",
  /** Per node: 1 from the moment it died unasked. */
  "dead_node",
  /** Seconds since the database last answered, while it does not. */
  "database_silent_s",
  /** Per queue: age of the oldest row that is due, in seconds. */
  "queue_lag_s",
  /** Paid orders that have waited longer than a minute for their codes. */
  "paid_without_code",
  /** Codes that were handed to a buyer and are for sale again, or belong to another order now. */
  "code_delivered_twice",
  /** Per product of which none is missing: by how many codes ledger and stock differ. */
  "stock_mismatch",
  /** Per product: how many codes that were imported are gone. */
  "codes_missing",
  /** Per channel: signed queries of the last 10 s that were not answered properly. */
  "channel_probe_failures",
  "supplier_probe_failures",
  /** Recharges that wait for another try. */
  "recharges_retried",
  /** Per code: tickets of the last 5 minutes that belong to no incident, or to the one that they opened. */
  "ticket_burst",
  /** Sign-ins of staff that were refused in the last minute, for a wrong password or for too many tries. */
  "failed_sign_ins",
  /** Accounts in whose names one device ordered in the last 10 minutes without paying: the worst device's. */
  "unpaid_accounts_on_device",
  /** Per node: by how many seconds its clock and the console's differ. */
  "clock_skew_s",
  /** Per node that takes orders: seconds since the database last answered it, while it does not. */
  "node_database_silent_s",
] as const;
export const Gauge = z.enum(gauges);
export type Gauge = z.infer<typeof Gauge>;

/**
 * A counter of the live ring: `placed`, `failed:delivery.supplier_failed`, `refused:risk.*` (all that begin so),
 * `beacon:visit`, `requests`, `timed` (orders whose latency is known), `slow` (those over the target),
 * `callbacks_accepted`, `callbacks_repeated` and `callbacks_refused` (the payment companies'; not kept over a restart).
 */
export const Counter = z.string().regex(/^[a-z_]+(:[a-z0-9_.]*\*?)?$/);
const Counters = z.array(Counter).min(1).max(16);

const WindowS = z.int().min(3).max(3_600);
const Share = z.number().min(0).max(1);
const MinEvents = z.number().min(0).max(1_000_000);

/**
 * When a condition holds (`fireAt`) and when it is over (`clearAt`): between the two nothing changes. Counts are over the
 * last `windowS` seconds. With `per`, counters are those of each payment channel by itself.
 */
export const Condition = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("gauge"),
      gauge: Gauge,
      direction: z.enum(["above", "below"]),
      fireAt: z.number().min(0),
      clearAt: z.number().min(0),
    }),
    z.strictObject({
      kind: z.literal("share"),
      per: z.literal("channel").optional(),
      bad: Counters,
      /** All of it, the bad ones included. */
      of: Counters,
      windowS: WindowS,
      fireAt: Share,
      clearAt: Share,
      minEvents: MinEvents,
    }),
    z.strictObject({
      kind: z.literal("count"),
      of: Counters,
      windowS: WindowS,
      fireAt: z.number().min(1),
      clearAt: z.number().min(0),
    }),
    z.strictObject({
      kind: z.literal("burn"),
      bad: Counters,
      of: Counters,
      /** The objective, as a share of good ones; what is left to 1 is the error budget. */
      objective: z.number().min(0.5).max(0.9999),
      /** Each holds when the budget burns `burn` times too fast over both of its spans. */
      windows: z
        .array(
          z.strictObject({
            longS: z
              .int()
              .min(60)
              .max(3 * 86_400),
            shortS: z.int().min(10).max(21_600),
            burn: z.number().min(0.1).max(1_000),
          }),
        )
        .min(1)
        .max(4),
      clearBurn: z.number().min(0).max(1_000),
      /** In the long span. */
      minEvents: MinEvents,
    }),
    z.strictObject({
      kind: z.literal("absence"),
      of: Counters,
      /** What should have led to it, at least `minEvents` times. */
      despite: Counters,
      windowS: WindowS,
      minEvents: z.number().min(1).max(1_000_000),
    }),
    z.strictObject({
      kind: z.literal("drop"),
      of: Counters,
      windowS: z.int().min(60).max(3_600),
      /** Missing share of what the same time of earlier weeks had (their median). */
      fireAt: Share,
      clearAt: Share,
      /** Expected in the window; a quieter hour says nothing. */
      minEvents: z.number().min(1).max(1_000_000),
      /** With fewer weeks of history it learns and raises nothing. */
      minWeeks: z.int().min(1).max(4),
    }),
  ])
  .refine(
    (condition) => {
      if (condition.kind === "burn" || condition.kind === "absence") return true;
      const isBelow = condition.kind === "gauge" && condition.direction === "below";
      return isBelow ? condition.clearAt >= condition.fireAt : condition.clearAt <= condition.fireAt;
    },
    { path: ["clearAt"], message: "must lie on the healthy side of fireAt" },
  );
export type Condition = z.infer<typeof Condition>;
export type ConditionKind = Condition["kind"];

/** What staff can change of a rule. */
export const RuleSettings = z.strictObject({
  enabled: z.boolean(),
  level: AlertLevel,
  /** Any of them is enough; over when all are. */
  conditions: z.array(Condition).min(1).max(6),
  /** For how long a condition must hold, and must be over, in seconds. */
  forS: z.number().min(0).max(86_400),
  clearForS: z.number().min(0).max(86_400),
  /** Labels that keep alerts of this rule apart; others are put together. */
  groupBy: z.array(z.string().max(64)).max(4),
  /** While one of these rules fires, this one stays silent. */
  inhibitedBy: z.array(Slug).max(20),
  runbook: z.enum(runbookSlugs),
});
export type RuleSettings = z.infer<typeof RuleSettings>;

export const Rule = RuleSettings.extend({
  slug: Slug,
  title: Words,
  /** 0 as shipped; each edit is one more. */
  version: z.int().min(0),
});
export type Rule = z.infer<typeof Rule>;

export const RuleView = Rule.extend({
  /** As shipped, for comparing and going back. */
  shipped: RuleSettings,
  /** Alerts that fire now. */
  firing: z.int().min(0),
  /** Weeks of history that a `drop` still waits for; 0 when it has learned enough, or has nothing to learn. */
  learningWeeks: z.int().min(0),
  editedAt: z.iso.datetime().nullable(),
  editedBy: z.string().nullable(),
});
export type RuleView = z.infer<typeof RuleView>;

export const RuleVersion = z.object({
  version: z.int().min(1),
  settings: RuleSettings,
  at: z.iso.datetime(),
  by: z.string(),
  reason: z.string(),
});
export type RuleVersion = z.infer<typeof RuleVersion>;

/** `baseVersion` is the version that was looked at; an edit on an older one is refused (`rule.conflict`). */
export const RuleEdit = z.strictObject({
  settings: RuleSettings,
  baseVersion: z.int().min(0),
  reason: text(500),
});

/** What a rule would have done over the last 7 days, by the minute. */
export const RulePreview = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** Times that it would have fired; `to` is null where it would still fire. */
  episodes: z.array(
    z.object({ from: z.iso.datetime(), to: z.iso.datetime().nullable(), labels: Labels, facts: Facts }),
  ),
  /** All episodes; the list holds the newest 100. */
  total: z.int().min(0),
  /** Times that it did fire in these 7 days, with whatever settings it had. */
  fired: z.int().min(0),
  /** Minutes of the 7 days that anything is known of. */
  knownMinutes: z.int().min(0),
  /** Conditions that no history is kept for, so that the preview says nothing about them. */
  unmeasured: z.array(z.int().min(0)),
});
export type RulePreview = z.infer<typeof RulePreview>;

export const AlertState = z.enum(["firing", "resolved"]);
export type AlertState = z.infer<typeof AlertState>;

/** Why an alert that fires is held back: nobody is called, but it is still measured. */
export const Suppression = z.object({
  by: z.enum(["silence", "maintenance", "rule"]),
  /** The silence's or window's id, or the rule's slug. */
  id: z.string(),
});
export type Suppression = z.infer<typeof Suppression>;

export const Alert = z.object({
  id: Id,
  /** Rule and sorted labels; one alert of a key fires at a time. */
  key: z.string(),
  rule: z.string(),
  /** Null for what others sent. */
  ruleVersion: z.int().nullable(),
  level: AlertLevel,
  labels: Labels,
  title: Words,
  facts: Facts,
  runbook: z.string().nullable(),
  state: AlertState,
  source: z.enum(["rule", "alertmanager"]),
  /** Since when its condition held, when it fired, was last seen true, and was over. */
  conditionSince: z.iso.datetime(),
  firedAt: z.iso.datetime(),
  lastTrueAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
  incidentId: Id.nullable(),
  suppressedBy: Suppression.nullable(),
});
export type Alert = z.infer<typeof Alert>;

export const AlertsQuery = z.strictObject({
  ...page,
  state: AlertState.optional(),
  rule: Slug.optional(),
});

/** Matches when every named label has this very value; `rule` names the rule. */
export const Matchers = z
  .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/), text(200))
  .refine((matchers) => Object.keys(matchers).length <= 8, { message: "at most 8" });
export type Matchers = z.infer<typeof Matchers>;

const startsBeforeItEnds = (span: { startsAt: string; endsAt: string }) =>
  Date.parse(span.startsAt) < Date.parse(span.endsAt);
const endsLater = { path: ["endsAt"], message: "must be after startsAt" };

/** Holds back alerts that match, however often they come and go, until it ends. */
export const NewSilence = z.strictObject({
  matchers: Matchers.refine((matchers) => Object.keys(matchers).length > 0, { message: "at least one" }),
  endsAt: z.iso.datetime(),
  reason: text(500),
});
export const Silence = z.object({
  id: Id,
  matchers: Matchers,
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  reason: z.string(),
  by: z.string(),
  active: z.boolean(),
});
export type Silence = z.infer<typeof Silence>;

/** Work that is planned: measured all the while, and what is still wrong when it ends is raised then. */
export const NewMaintenanceWindow = z
  .strictObject({
    title: text(200),
    /** Empty: everything. */
    matchers: Matchers,
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
  })
  .refine(startsBeforeItEnds, endsLater);
export const MaintenanceWindow = z.object({
  id: Id,
  title: z.string(),
  matchers: Matchers,
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  by: z.string(),
  state: z.enum(["planned", "active", "over"]),
});
export type MaintenanceWindow = z.infer<typeof MaintenanceWindow>;

const AlertmanagerTime = z.iso.datetime({ offset: true });
const Annotations = z.record(z.string().max(200), z.string().max(4_000));

/**
 * What a Prometheus sends. `alertname` is required; `level` (1–3) or `severity` says how bad it is. Resolved when
 * `endsAt` has passed; without one, five minutes after it was last heard of.
 * Source: https://prometheus.io/docs/alerting/latest/clients/
 */
export const AlertmanagerAlert = z.object({
  labels: Labels.refine((labels) => (labels.alertname ?? "") !== "", { message: "needs alertname" }),
  annotations: Annotations.default({}),
  startsAt: AlertmanagerTime.optional(),
  endsAt: AlertmanagerTime.optional(),
  generatorURL: z.string().max(2_000).optional(),
});
export type AlertmanagerAlert = z.infer<typeof AlertmanagerAlert>;

import { z } from "zod";
import { Id } from "../ids.ts";
import { text } from "../text.ts";

/** Staff's ids are those of the sign-in library, so they are text here. */
const StaffId = text(64);
const Person = z.object({ id: z.string(), name: z.string() });
const Moment = z.iso.datetime();

/** A day of the calendar in the rota's zone. */
const LocalDay = z.iso.date();
/** A time on the wall in the rota's zone, `00:00` to `23:59`. */
const LocalTime = z.iso.time({ precision: -1 });
/** ISO 8601: Monday is 1, Sunday is 7. */
const Weekday = z.int().min(1).max(7);

const TimeZone = text(64).refine(isTimeZone, { message: "must be a time zone such as Asia/Shanghai" });

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/**
 * Hours of the week. `from` is in, `until` is not; a pair that runs backwards goes over the end of the week, and a pair
 * of equal moments is the whole week.
 */
const Restriction = z.strictObject({
  from: z.strictObject({ weekday: Weekday, time: LocalTime }),
  until: z.strictObject({ weekday: Weekday, time: LocalTime }),
});
export type Restriction = z.infer<typeof Restriction>;

export const holidayModes = ["as_usual", "off", "only"] as const;

const Layer = z.strictObject({
  name: text(80),
  /** In the order of their turns. */
  people: z.array(StaffId).min(1).max(50),
  /** Each turn lasts `count` days or weeks of the calendar and is handed over at `handoffAt` on the wall. */
  rotation: z.strictObject({
    unit: z.enum(["day", "week"]),
    count: z.int().min(1).max(52),
    handoffAt: LocalTime,
  }),
  /** The first person's first turn begins on this day at `handoffAt`; before it the layer is empty. */
  startsOn: LocalDay,
  /** The layer is empty from this day's `handoffAt` on. */
  endsOn: LocalDay.nullable().default(null),
  /** The hours it covers; none means all. */
  restrictions: z.array(Restriction).max(21).default([]),
  /** What a holiday of the rota does to it. */
  onHolidays: z.enum(holidayModes).default("as_usual"),
});
export type Layer = z.infer<typeof Layer>;

const Holiday = z.strictObject({ day: LocalDay, name: text(80) });

export const NewRota = z.strictObject({
  name: text(80),
  timeZone: TimeZone,
  /** The first layer that has somebody at a moment decides it; the later ones fill its gaps. */
  layers: z.array(Layer).min(1).max(10),
  holidays: z.array(Holiday).max(200).default([]),
  /** Tell who comes and who goes. */
  handoffNotices: z.boolean().default(true),
});
export type NewRota = z.infer<typeof NewRota>;

/** A whole new version of a rota; `version` is the one that was read, so that no two edits overwrite each other. */
export const RotaChange = NewRota.extend({ version: z.int().min(1) });

export const Rota = NewRota.extend({
  id: Id,
  version: z.int(),
  /** Everybody named in its layers. */
  people: z.array(Person),
  updatedAt: Moment,
});
export type Rota = z.infer<typeof Rota>;

const Period = { from: Moment, until: Moment };
const runsForward = ({ from, until }: { from: string; until: string }) =>
  Date.parse(from) < Date.parse(until);
const forward = { message: "must be later than from", path: ["until"] };

export const NewOverride = z
  .strictObject({ ...Period, userId: StaffId, reason: text(200).optional() })
  .refine(runsForward, forward);

/** Two shifts change places: whoever is on duty in `give` takes `take`, and the other way round. */
export const NewSwap = z.strictObject({
  give: z.strictObject(Period).refine(runsForward, forward),
  take: z.strictObject(Period).refine(runsForward, forward),
  reason: text(200).optional(),
});

/** Stands above the layers; of several at one moment the one made last decides. */
export const Override = z.object({
  id: Id,
  rotaId: Id,
  ...Period,
  person: Person,
  /** The two overrides of a swap have the same; taking back one takes back both. */
  swapId: Id.nullable(),
  reason: z.string().nullable(),
  createdBy: z.string(),
  createdAt: Moment,
});
export type Override = z.infer<typeof Override>;

export const ScheduleQuery = z.object(Period).refine(runsForward, forward);

/** A stretch of time with the same person for the same reason; `person` is null where nobody is on duty. */
export const Shift = z.object({
  ...Period,
  person: Person.nullable(),
  source: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("layer"), layer: z.int() }),
    z.object({ kind: z.literal("override"), overrideId: Id }),
    z.object({ kind: z.literal("swap"), overrideId: Id }),
    z.object({ kind: z.literal("gap") }),
  ]),
});
export type Shift = z.infer<typeof Shift>;

/** Shifts without a hole from `from` to `until`, by the same function that pages. */
export const Schedule = z.object({ rotaId: Id, timeZone: z.string(), ...Period, shifts: z.array(Shift) });
export type Schedule = z.infer<typeof Schedule>;

export const OnDuty = z.object({
  rotaId: Id,
  rota: z.string(),
  timeZone: z.string(),
  person: Person.nullable(),
  since: Moment,
  until: Moment,
  /** Who comes after; null when nobody does within two weeks. */
  next: z.object({ person: Person, from: Moment }).nullable(),
});
export type OnDuty = z.infer<typeof OnDuty>;

const Target = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("rota"), rotaId: Id }),
  z.strictObject({ kind: z.literal("person"), userId: StaffId }),
]);
export type Target = z.infer<typeof Target>;

export const NewPolicy = z.strictObject({
  name: text(80),
  steps: z
    .array(
      z.strictObject({
        targets: z.array(Target).min(1).max(10),
        /** How long its people have to acknowledge before the next step. */
        ackTimeoutSeconds: z.int().min(10).max(86_400),
      }),
    )
    .min(1)
    .max(20),
  /** How often all steps are gone through again when nobody acknowledged. */
  repeats: z.int().min(0).max(20),
  /** An acknowledgement that nothing followed lapses after this; null: never. */
  autoUnackSeconds: z.int().min(60).max(86_400).nullable(),
});
export type NewPolicy = z.infer<typeof NewPolicy>;

export const PolicyChange = NewPolicy.extend({
  version: z.int().min(1),
  /** The incident levels that it serves from now on; a level is taken over from the policy that had it. */
  levels: z.array(z.int().min(1).max(3)).max(3).optional(),
});

export const Policy = NewPolicy.extend({
  id: Id,
  version: z.int(),
  /** The incident levels that it serves. */
  levels: z.array(z.int().min(1).max(3)),
  updatedAt: Moment,
});
export type Policy = z.infer<typeof Policy>;

/** Why somebody cannot be reached, or nobody would be. */
export const readinessProblems = [
  "no_contact_point",
  "unverified",
  "person_gone",
  "nobody_on_duty",
  "gap",
  "level_without_policy",
] as const;

export const Readiness = z.object({
  checkedAt: Moment,
  ready: z.boolean(),
  problems: z.array(
    z.object({
      kind: z.enum(readinessProblems),
      person: Person.optional(),
      rotaId: Id.optional(),
      rota: z.string().optional(),
      from: Moment.optional(),
      until: Moment.optional(),
      level: z.int().optional(),
    }),
  ),
});
export type Readiness = z.infer<typeof Readiness>;

export const NewTestPage = z.strictObject({ userId: StaffId });

/** reached: it arrived, or was taken by the last way that there is; exhausted: every way failed or stayed silent. */
export const pageStates = ["pending", "reached", "exhausted"] as const;

export const TestPage = z.object({
  id: Id,
  state: z.enum(pageStates),
  /** Why it reached nobody. */
  reason: z.string().nullable(),
});
export type TestPage = z.infer<typeof TestPage>;

export const OnCallPerson = Person.extend({ role: z.string() });

/** paging: the next step is due at `nextAt`; acknowledged: it lapses at `nextAt`; exhausted: nobody is left to page. */
export const escalationStates = ["paging", "acknowledged", "stopped", "exhausted"] as const;

export const Escalation = z.object({
  incidentId: Id,
  state: z.enum(escalationStates),
  policy: z.string(),
  step: z.int(),
  steps: z.int(),
  round: z.int(),
  rounds: z.int(),
  nextAt: Moment.nullable(),
  startedAt: Moment,
  acknowledgedBy: z.string().nullable(),
  pages: z.array(
    z.object({
      notificationId: Id,
      person: Person,
      step: z.int(),
      round: z.int(),
      at: Moment,
      state: z.enum(pageStates),
      reason: z.string().nullable(),
    }),
  ),
});
export type Escalation = z.infer<typeof Escalation>;

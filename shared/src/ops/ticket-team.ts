import { z } from "zod";
import { Id } from "../ids.ts";
import { text } from "../text.ts";
import { TicketCause } from "./tickets.ts";

const WallTime = z.string().regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, "a time such as 09:30");
const Day = z.iso.date();

/** From and to as clocks on the wall show it; one that ends before it begins ends on the next day. */
export const Shift = z.strictObject({ from: WallTime, to: WallTime });
export type Shift = z.infer<typeof Shift>;

const shifts = z.array(Shift).max(8);

/** When support works. Only this time counts against deadlines. */
export const SupportCalendar = z.strictObject({
  /** IANA name, such as `Asia/Shanghai`. */
  timeZone: z.string().max(64),
  /** Monday first: seven days, each with its shifts, none for a day off. */
  week: z.array(shifts).length(7),
  /** Days that are not like others of the week; without shifts nobody works. */
  holidays: z.array(z.strictObject({ day: Day, name: text(100).optional(), shifts })).max(200),
});
export type SupportCalendar = z.infer<typeof SupportCalendar>;

const Minutes = z
  .int()
  .min(1)
  .max(60 * 24 * 60);

/** Working minutes that each deadline allows. */
export const SupportTargets = z.strictObject({
  firstResponseMin: Minutes,
  nextResponseMin: Minutes,
  resolutionMin: Minutes,
});
export type SupportTargets = z.infer<typeof SupportTargets>;

const policyFields = {
  name: text(100),
  /** For tickets of these causes; null for all that no other policy names. */
  causes: z.array(TicketCause).min(1).nullable(),
  /** By priority, urgent first. */
  targets: z.tuple([SupportTargets, SupportTargets, SupportTargets, SupportTargets]),
  calendar: SupportCalendar,
  /** An offer that nobody answers goes back to the queue after so long. */
  handoffTimeoutMin: z
    .int()
    .min(1)
    .max(24 * 60),
  /** What was resolved is closed when the buyer says nothing for so long. */
  closeAfterDays: z.int().min(1).max(90),
};

/** What tickets promise. A ticket keeps the policy that it was opened under. */
export const SupportPolicy = z.object({ id: Id, ...policyFields, revision: z.int() });
export type SupportPolicy = z.infer<typeof SupportPolicy>;

export const NewSupportPolicy = z.strictObject(policyFields);
export type NewSupportPolicy = z.output<typeof NewSupportPolicy>;

/** `revision` is the one that was read; refused when somebody changed it meanwhile. */
export const ChangeSupportPolicy = z.strictObject({ ...policyFields, revision: z.int() });
export type ChangeSupportPolicy = z.output<typeof ChangeSupportPolicy>;

/** What a ticket keeps of its policy. */
export type PolicySnapshot = Omit<SupportPolicy, "name" | "causes" | "revision">;

/** Somebody who works on tickets. */
export const Agent = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  /** How many unresolved tickets they have at most. */
  capacity: z.int(),
  /** How many they have. */
  load: z.int(),
  skills: z.array(z.string()),
  /** Gets tickets without asking for them. */
  autoAssign: z.boolean(),
  /** Out of office; null where it is not said. */
  outFrom: z.iso.datetime().nullable(),
  outUntil: z.iso.datetime().nullable(),
});
export type Agent = z.infer<typeof Agent>;

export const ChangeAgent = z
  .strictObject({
    capacity: z.int().min(0).max(500),
    skills: z.array(text(40)).max(30),
    autoAssign: z.boolean(),
    outFrom: z.iso.datetime().nullable(),
    outUntil: z.iso.datetime().nullable(),
  })
  .partial();
export type ChangeAgent = z.output<typeof ChangeAgent>;

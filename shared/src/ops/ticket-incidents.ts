import { z } from "zod";
import { Id } from "../ids.ts";
import { text } from "../text.ts";
import { Words } from "../words.ts";
import { Incident, Person } from "./incidents.ts";
import { ticketStates } from "./tickets.ts";

/** Why an incident may be what a ticket is about. */
export const incidentFits = ["order", "channel", "sku", "code", "time"] as const;
export type IncidentFit = (typeof incidentFits)[number];

export const IncidentSuggestion = z.object({
  incident: Incident.pick({ id: true, number: true, level: true, state: true, title: true, startedAt: true }),
  because: z.array(z.enum(incidentFits)),
});
export type IncidentSuggestion = z.infer<typeof IncidentSuggestion>;

/** Null: it is about no incident, and is not linked to the one that it had by itself again. */
export const LinkIncident = z.strictObject({ incidentId: Id.nullable() });
export type LinkIncident = z.infer<typeof LinkIncident>;

const said = text(1_000);

/** What every buyer of a linked ticket reads, as it stands or in their language. The same `id` again is the same word. */
export const TellProgress = z.strictObject({
  id: Id.optional(),
  text: z.union([said, Words.extend({ "zh-CN": said, en: said })]),
});
export type TellProgress = z.infer<typeof TellProgress>;

export const ToldProgress = z.object({
  id: Id,
  at: z.iso.datetime(),
  /** Open tickets that are linked now; those that are linked later are told as well. */
  tickets: z.int(),
});
export type ToldProgress = z.infer<typeof ToldProgress>;

/** An incident's tickets by their states, and what their buyers were told of how it goes. */
export const IncidentTickets = z.object({
  byState: z.object(
    Object.fromEntries(ticketStates.map((state) => [state, z.int()])) as Record<
      (typeof ticketStates)[number],
      z.ZodInt
    >,
  ),
  /** Buyers who would read the next word at once: of open tickets, and reachable by their order or thread. */
  reach: z.int(),
  /** Newest first; `told`: tickets in whose threads it stands. */
  progress: z.array(
    z.object({
      id: Id,
      at: z.iso.datetime(),
      by: Person,
      text: z.union([z.string(), Words]),
      told: z.int(),
    }),
  ),
});
export type IncidentTickets = z.infer<typeof IncidentTickets>;

import { z } from "zod";
import { Id } from "../ids.ts";
import { PublicImpact, PublicPhase, publicWords } from "../shop/status.ts";
import { Words } from "../words.ts";
import { Person } from "./incidents.ts";

/** A word to the public about an incident, as staff see it. */
export const PublicUpdate = z.object({
  id: Id,
  incidentId: Id,
  phase: PublicPhase,
  impact: PublicImpact,
  title: Words,
  text: Words,
  /** `proposed`: somebody else than its author has yet to publish it. */
  state: z.enum(["proposed", "published", "withdrawn"]),
  needsApproval: z.boolean(),
  author: Person,
  decider: Person.nullable(),
  proposedAt: z.iso.datetime(),
  publishedAt: z.iso.datetime().nullable(),
});
export type PublicUpdate = z.infer<typeof PublicUpdate>;

/** What the public is to be told; `resolved` is the all-clear. */
export const ProposeUpdate = z.strictObject({
  phase: PublicPhase,
  impact: PublicImpact,
  title: publicWords(120),
  text: publicWords(1_000),
});
export type ProposeUpdate = z.output<typeof ProposeUpdate>;

export const UpdateTemplate = z.object({ title: Words, text: Words, impact: PublicImpact });
export type UpdateTemplate = z.infer<typeof UpdateTemplate>;

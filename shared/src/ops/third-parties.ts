import { z } from "zod";
import { Id } from "../ids.ts";
import { text } from "../text.ts";

/** Whom we depend on. */
export const thirdPartyKinds = ["payment_company", "supplier", "cloud", "other"] as const;
export const ThirdPartyKind = z.enum(thirdPartyKinds);
export type ThirdPartyKind = z.infer<typeof ThirdPartyKind>;

const thirdPartyFields = {
  name: text(100),
  kind: ThirdPartyKind,
  /** What incidents are labelled with when it is about this company: a payment method, a supplier's name. */
  label: text(100).nullable(),
  contact: z.strictObject({
    person: text(100).optional(),
    phone: text(40).optional(),
    email: z.email().max(254).optional(),
    /** When somebody answers. */
    hours: text(200).optional(),
  }),
  contract: z.strictObject({
    number: text(100).optional(),
    /** What they owe us: availability, response and repair times. */
    terms: text(2_000).optional(),
    until: z.iso.date().optional(),
  }),
};

export const ThirdParty = z.object({ id: Id, ...thirdPartyFields });
export type ThirdParty = z.infer<typeof ThirdParty>;

export const NewThirdParty = z.strictObject(thirdPartyFields);
export type NewThirdParty = z.infer<typeof NewThirdParty>;

import { z } from "zod";
import { phonePattern } from "./phone-pattern.ts";

/** One for all who take a number or write to it: what one of them lets in must not be what another cannot read. */
export const Phone = z.string().regex(phonePattern, "a phone number");

import { z } from "zod";
import { WebPushSubscription } from "../push.ts";
import { isStorable } from "../text.ts";
import { languages } from "../words.ts";

const endpoint = z.url({ protocol: /^https?$/ }).max(1_000);
const language = z.enum(languages).default("zh-CN");

/** Where news of the public status shall go. An address counts only when the link that went there was followed. */
export const StatusSubscription = z.discriminatedUnion("channel", [
  z.strictObject({ channel: z.literal("email"), email: z.email().max(254).refine(isStorable), language }),
  z.strictObject({
    channel: z.literal("push"),
    language,
    subscription: WebPushSubscription,
  }),
]);
export type StatusSubscription = z.output<typeof StatusSubscription>;

/** What stands in a mail's link: it proves that whoever has it reads the address. */
export const SubscriptionToken = z.string().regex(/^[A-Za-z0-9_.-]{40,200}$/);

/** By the link of any mail, or by the browser whose subscription it is. */
export const EndSubscription = z.union([
  z.strictObject({ token: SubscriptionToken }),
  z.strictObject({ endpoint }),
]);
export type EndSubscription = z.output<typeof EndSubscription>;

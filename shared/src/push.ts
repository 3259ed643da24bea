import { z } from "zod";

/** As a browser gives it (https://www.w3.org/TR/push-api/#pushsubscription-interface). */
export const WebPushSubscription = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).max(1_000),
  expirationTime: z.number().nullable().optional(),
  keys: z.strictObject({
    p256dh: z.string().regex(/^[A-Za-z0-9_-]{80,100}=*$/),
    auth: z.string().regex(/^[A-Za-z0-9_-]{16,32}=*$/),
  }),
});
export type WebPushSubscription = z.infer<typeof WebPushSubscription>;

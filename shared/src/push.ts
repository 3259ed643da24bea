import { z } from "zod";

/** As a browser gives it (https://www.w3.org/TR/push-api/#pushsubscription-interface). */
export const WebPushSubscription = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).max(1_000),
  expirationTime: z.number().nullable().optional(),
  keys: z.strictObject({
    // An uncompressed point of P-256 (RFC 8291, 3.1): 65 bytes, of which the first is 4.
    p256dh: z.string().regex(/^B[A-P][A-Za-z0-9_-]{84}[AEIMQUYcgkosw048]=?$/),
    auth: z.string().regex(/^[A-Za-z0-9_-]{16,32}=*$/),
  }),
});
export type WebPushSubscription = z.infer<typeof WebPushSubscription>;

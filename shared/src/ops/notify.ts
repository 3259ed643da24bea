import { z } from "zod";
import { Id } from "../ids.ts";
import { page } from "../list.ts";
import { Phone } from "../phone.ts";
import { WebPushSubscription } from "../push.ts";
import { text } from "../text.ts";
import { languages, Words } from "../words.ts";

/** Ways to a person. `mailbox` is the console's own, which everybody has. */
export const channelNames = [
  "mailbox",
  "email",
  "sms",
  "push",
  "dingtalk",
  "wecom",
  "feishu",
  "slack",
] as const;
export type ChannelName = (typeof channelNames)[number];

/** `sent`: a provider took it; `delivered`: it is known to have arrived; `exhausted`: every way was tried in vain. */
export const notificationStates = ["queued", "sending", "sent", "delivered", "exhausted"] as const;
export type NotificationState = (typeof notificationStates)[number];

export const notificationKinds = ["page", "notice", "test", "verification", "buyer"] as const;
export type NotificationKind = (typeof notificationKinds)[number];

/**
 * `accepted` by the provider; `delivered` or `undelivered` by its receipt; `refused` for good, `failed` this time; `unclear`:
 * whether it was taken is unknown; `silent`: accepted, and then no sign within the channel's patience.
 */
export const attemptStates = [
  "calling",
  "accepted",
  "delivered",
  "undelivered",
  "refused",
  "failed",
  "unclear",
  "silent",
] as const;
export type AttemptState = (typeof attemptStates)[number];

export const NotificationAttempt = z.object({
  id: Id,
  channel: z.enum(channelNames),
  /** The address, masked. */
  target: z.string(),
  state: z.enum(attemptStates),
  /** How often the call was made; more than once only where a process died in the middle of it. */
  calls: z.int(),
  providerId: z.string().nullable(),
  detail: z.string().nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
});
export type NotificationAttempt = z.infer<typeof NotificationAttempt>;

/** One message to one recipient, with every attempt to bring it there. */
export const Notification = z.object({
  id: Id,
  kind: z.enum(notificationKinds),
  state: z.enum(notificationStates),
  urgent: z.boolean(),
  title: Words,
  text: Words,
  /** A path within the console, or null. */
  link: z.string().nullable(),
  incidentId: Id.nullable(),
  recipient: z.object({
    kind: z.enum(["staff", "order", "address"]),
    /** The person's or the order's id. */
    id: z.string().nullable(),
    name: z.string().nullable(),
  }),
  createdAt: z.iso.datetime(),
  sentAt: z.iso.datetime().nullable(),
  deliveredAt: z.iso.datetime().nullable(),
  readAt: z.iso.datetime().nullable(),
  /** Why nobody was reached. */
  reason: z.string().nullable(),
  /** The message that this one went out in, where several became one. */
  bundledInto: Id.nullable(),
  attempts: z.array(NotificationAttempt),
});
export type Notification = z.infer<typeof Notification>;

export const NotificationQuery = z.strictObject({
  ...page,
  incidentId: Id.optional(),
  state: z.enum(notificationStates).optional(),
  kind: z.enum(notificationKinds).optional(),
});
export type NotificationQuery = z.output<typeof NotificationQuery>;

const webhook = z.url({ protocol: /^https?$/ }).max(1_000);

/** Where a channel brings a message to. */
export const ContactAddress = z.discriminatedUnion("channel", [
  z.strictObject({ channel: z.literal("email"), email: z.email().max(254) }),
  z.strictObject({ channel: z.literal("sms"), phone: Phone }),
  z.strictObject({ channel: z.literal("push"), subscription: WebPushSubscription }),
  z.strictObject({ channel: z.literal("dingtalk"), url: webhook, secret: text(200) }),
  z.strictObject({ channel: z.literal("wecom"), url: webhook }),
  z.strictObject({ channel: z.literal("feishu"), url: webhook, secret: text(200) }),
  z.strictObject({ channel: z.literal("slack"), url: webhook }),
]);
export type ContactAddress = z.infer<typeof ContactAddress>;

export const NewContactPoint = z.strictObject({
  address: ContactAddress,
  language: z.enum(languages).default("zh-CN"),
});
export type NewContactPoint = z.output<typeof NewContactPoint>;

/** One of a person's ways to be reached; they are tried in the order of `position`. */
export const ContactPoint = z.object({
  id: Id,
  channel: z.enum(channelNames),
  /** The address, masked. */
  target: z.string(),
  language: z.enum(languages),
  position: z.int(),
  verified: z.boolean(),
  createdAt: z.iso.datetime(),
});
export type ContactPoint = z.infer<typeof ContactPoint>;

/** What the auditor of paging last saw: `problems` is empty when everything that is open also moves. */
export const PagingHealth = z.object({
  checkedAt: z.iso.datetime().nullable(),
  problems: z.array(z.string()),
  /** When the dead man's address was last told that all is well; null where there is none, or not yet. */
  pingedAt: z.iso.datetime().nullable(),
});
export type PagingHealth = z.infer<typeof PagingHealth>;

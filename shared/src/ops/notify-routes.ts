import { z } from "zod";
import { Id } from "../ids.ts";
import { list, page } from "../list.ts";
import { type Route, route } from "../route.ts";
import { ContactPoint, NewContactPoint, Notification, NotificationQuery, PagingHealth } from "./notify.ts";
import { notifyPaths } from "./notify-paths.ts";
import type { Permission } from "./roles.ts";

const byId = z.object({ id: Id });

/** Messages to people, and how staff are reached. */
export const notifyRoutes = {
  listContactPoints: route({
    path: notifyPaths.listContactPoints,
    summary: "My ways to be reached, in the order in which they are tried",
    reply: list(ContactPoint),
    confidential: true,
  }),
  addContactPoint: route({
    path: notifyPaths.addContactPoint,
    summary: "Add a way to reach me; a code goes there, which proves that it is mine",
    body: NewContactPoint,
    reply: ContactPoint,
    status: 201,
    confidential: true,
  }),
  verifyContactPoint: route({
    path: notifyPaths.verifyContactPoint,
    summary: "Prove a way with the code that went there",
    params: byId,
    body: z.strictObject({ code: z.string().regex(/^[0-9]{6}$/) }),
    reply: ContactPoint,
    confidential: true,
  }),
  arrangeContactPoints: route({
    path: notifyPaths.arrangeContactPoints,
    summary: "The order in which my ways are tried",
    body: z.strictObject({ ids: z.array(Id).min(1).max(20) }),
    reply: list(ContactPoint),
    confidential: true,
  }),
  removeContactPoint: route({
    path: notifyPaths.removeContactPoint,
    summary: "Remove one of my ways",
    params: byId,
    reply: z.void(),
    status: 204,
  }),
  readPushKey: route({
    path: notifyPaths.readPushKey,
    summary: "The key with which a browser subscribes to our pushes",
    reply: z.object({ publicKey: z.string() }),
  }),
  readMailbox: route({
    path: notifyPaths.readMailbox,
    summary: "Messages to me, newest first",
    query: z.strictObject(page),
    reply: list(Notification),
    confidential: true,
  }),
  markRead: route({
    path: notifyPaths.markRead,
    summary: "I have read this message of mine",
    params: byId,
    reply: z.void(),
    status: 204,
  }),
  listNotifications: route({
    path: notifyPaths.listNotifications,
    summary: "Messages to anybody with every attempt to bring them there, newest first",
    query: NotificationQuery,
    reply: list(Notification),
    confidential: true,
  }),
  readPagingHealth: route({
    path: notifyPaths.readPagingHealth,
    summary: "Whether paging moves, as its auditor last saw it",
    reply: PagingHealth,
  }),
} satisfies Record<string, Route>;

export const notifyPermissions: Record<keyof typeof notifyRoutes, Permission | "signed_in"> = {
  listContactPoints: "signed_in",
  addContactPoint: "signed_in",
  verifyContactPoint: "signed_in",
  arrangeContactPoints: "signed_in",
  removeContactPoint: "signed_in",
  readPushKey: "signed_in",
  readMailbox: "signed_in",
  markRead: "signed_in",
  listNotifications: "notifications.read",
  readPagingHealth: "notifications.read",
};

import { randomInt } from "node:crypto";
import type { ContactAddress, ContactPoint, NewContactPoint } from "@orderwatch/shared/ops/notify.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";
import type { Keys } from "../../platform/crypto.ts";
import { type AuditContext, audited, recordAudit } from "../audit/actions.ts";
import type { Notify } from "./actions.ts";
import type { Channels } from "./channels/channel.ts";
import { isAllowedTarget } from "./channels/targets.ts";
import * as store from "./point-store.ts";
import { maskAddress, pointContext } from "./ways.ts";

export interface PointsContext extends AuditContext {
  keys: Keys;
  channels: Channels;
  notify: Notify;
  production: boolean;
}

type ByStaff = { staff: { id: string; name: string }; requestId?: string | undefined };

const most = 10;
const codeLivesMs = 10 * 60_000;
const mostTries = 5;

export async function listContactPoints(
  { db }: Pick<PointsContext, "db">,
  staffId: string,
): Promise<{ items: ContactPoint[]; nextCursor: null }> {
  return { items: (await store.listPoints(db.sql, staffId)).map(toPoint), nextCursor: null };
}

/**
 * Adds an address and sends a code there. Throws `contact.channel_unavailable`, `contact.address_refused`, `contact.exists`
 * and, when the code cannot be brought there (nothing is added then), `contact.unreachable`.
 */
export async function addContactPoint(
  context: PointsContext,
  by: ByStaff,
  { address, language }: NewContactPoint,
): Promise<ContactPoint> {
  const { db, keys, clock, newId, channels } = context;
  const channel = channels.get(address.channel);
  if (!channel) throw new DomainError("contact.channel_unavailable", "This installation has no such channel");
  const target =
    "url" in address ? address.url : "subscription" in address ? address.subscription.endpoint : null;
  if (target !== null && !isAllowedTarget(target, context.production))
    throw new DomainError("contact.address_refused", "Only https addresses of public hosts");
  const id = newId();
  const code = String(randomInt(1_000_000)).padStart(6, "0");
  const now = clock.now();
  const point = await store.insertPoint(db.sql, {
    ...{
      id,
      staffId: by.staff.id,
      channel: address.channel,
      target: maskAddress(address),
      language,
      now,
      most,
    },
    address: keys.seal(JSON.stringify(address), pointContext(id)),
    addressKey: keys.lookup("contact-point", identityOf(address)),
    codeKey: codeKey(keys, id, code),
    codeExpiresAt: new Date(now.getTime() + codeLivesMs),
  });
  if (!point)
    throw new DomainError("contact.exists", `This address is there already, or ${most} of them are`);
  await sendCode(context, by.staff.id, { id, address, language, code });
  await recordAudit(context, by, note("contact_point.added", point));
  return toPoint(point);
}

/** Throws `contact.code_wrong`, also for a code that came too late or after too many wrong ones. */
export async function verifyContactPoint(
  context: PointsContext,
  by: ByStaff,
  id: string,
  code: string,
): Promise<ContactPoint> {
  const { db, keys, clock } = context;
  const given = { id, staffId: by.staff.id, codeKey: codeKey(keys, id, code), now: clock.now(), mostTries };
  const point = await store.provePoint(db.sql, given);
  if (!point) throw new DomainError("contact.code_wrong", "The code is wrong or too old");
  await recordAudit(context, by, note("contact_point.verified", point));
  return toPoint(point);
}

/** Throws `contact.not_found`. */
export async function removeContactPoint(context: PointsContext, by: ByStaff, id: string): Promise<void> {
  await audited(context, by, async (within) => {
    const point = await store.removePoint(within.sql, by.staff.id, id);
    if (!point) throw new DomainError("contact.not_found", "No such contact point of yours");
    return { result: undefined, note: note("contact_point.removed", point) };
  });
}

export async function arrangeContactPoints(
  context: PointsContext,
  staffId: string,
  ids: readonly string[],
): Promise<{ items: ContactPoint[]; nextCursor: null }> {
  await store.arrangePoints(context.db.sql, staffId, ids);
  return await listContactPoints(context, staffId);
}

/** The code itself is no row of the outbox, where others could read it; in the mailbox, only its owner does. */
async function sendCode(
  { db, channels, notify, newId }: PointsContext,
  staffId: string,
  { id, address, language, code }: { id: string; address: ContactAddress; language: Language; code: string },
): Promise<void> {
  const title: Words = { "zh-CN": "验证码", en: "Your code" };
  const text: Words = {
    "zh-CN": `您的验证码是 ${code}，10 分钟内有效。`,
    en: `Your code is ${code}; it is good for 10 minutes.`,
  };
  const channel = channels.get(address.channel);
  if (!channel || channel.arrivesAtOnce) {
    await notify.page(db.sql, {
      to: staffId,
      kind: "test",
      title,
      text,
      link: null,
      key: `code:${id}`,
      urgent: false,
    });
    return;
  }
  const message = { id: newId(), title: title[language], text: text[language], link: null, urgent: false };
  const result = await channel.send(message, address);
  if (result.state === "accepted") return;
  await store.removePoint(db.sql, staffId, id);
  throw new DomainError("contact.unreachable", `The code could not be brought there: ${result.detail}`);
}

const codeKey = (keys: Keys, id: string, code: string) => keys.lookup("contact-code", `${id}:${code}`);

function identityOf(address: ContactAddress): string {
  if (address.channel === "push") return `push:${address.subscription.endpoint}`;
  if (address.channel === "email") return `email:${address.email.toLowerCase()}`;
  if (address.channel === "sms") return `sms:${address.phone.replace(/\D/g, "")}`;
  return `${address.channel}:${address.url}`;
}

const note = (action: string, { id, channel, target }: store.PointView) => ({
  ...{ action, target: { kind: "contact_point", id } },
  facts: { channel, address: target },
});

const toPoint = ({ createdAt, ...point }: store.PointView): ContactPoint => ({
  ...point,
  createdAt: createdAt.toISOString(),
});

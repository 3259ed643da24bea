import { ContactAddress } from "@orderwatch/shared/ops/notify.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import type { Channels } from "./channels/channel.ts";
import { readProvenPoints } from "./claim-store.ts";
import type { Way } from "./domain.ts";

/** What an address is bound to when it is sealed. */
export const pointContext = (id: string) => `contact-point:${id}`;
export const recipientContext = (id: string) => `notification:${id}`;

/** Null for one that no channel can take, such as what an earlier version let in. */
function openAddress(keys: Keys, sealed: Buffer, context: string): ContactAddress | null {
  return ContactAddress.safeParse(JSON.parse(keys.open(sealed, context))).data ?? null;
}

interface Recipient {
  id: string;
  staffId: string | null;
  orderId: string | null;
  address: Buffer | null;
}

interface StaffWaysContext {
  db: Pick<Database, "sql">;
  keys: Keys;
  channels: Channels;
}

export interface WaysContext extends StaffWaysContext {
  buyer: (
    orderId: string,
  ) => Promise<{ phone?: string | undefined; email?: string | undefined; language: Language }>;
}

function wayOf(
  channels: Channels,
  to: { point: string; address: ContactAddress; target: string; language: Language },
): Way[] {
  const channel = channels.get(to.address.channel);
  if (!channel) return [];
  return [
    {
      ...{ ...to, channel: to.address.channel, patienceMs: channel.patienceMs },
      arrivesAtOnce: channel.arrivesAtOnce ?? false,
      givesReceipts: channel.receipt !== undefined,
    },
  ];
}

/** Every proven way to one of the staff, in their order; without any they have the mailbox. */
export async function waysToStaff({ db, keys, channels }: StaffWaysContext, staffId: string): Promise<Way[]> {
  const points = await readProvenPoints(db.sql, staffId);
  const ways = points.flatMap(({ id, address: sealed, target, language }) => {
    const address = openAddress(keys, sealed, pointContext(id));
    return address ? wayOf(channels, { point: id, address, target, language }) : [];
  });
  return ways.length > 0 ? ways : [mailbox];
}

/** Every way to a recipient that this installation has a channel for; null where the address that was given cannot be read. */
export async function waysTo(context: WaysContext, recipient: Recipient): Promise<Way[] | null> {
  const { keys, channels } = context;
  if (recipient.staffId !== null) return await waysToStaff(context, recipient.staffId);
  if (recipient.address !== null) {
    const address = openAddress(keys, recipient.address, recipientContext(recipient.id));
    if (address === null) return null;
    // Whoever writes to an address alone knows its language, and has worded both texts in it.
    const language = "zh-CN";
    return wayOf(channels, { point: "address", address, target: maskAddress(address), language });
  }
  if (recipient.orderId === null) return [];
  const { phone, email, language } = await context.buyer(recipient.orderId);
  const addresses: ContactAddress[] = [
    ...(phone === undefined ? [] : [{ channel: "sms" as const, phone }]),
    ...(email === undefined ? [] : [{ channel: "email" as const, email }]),
  ];
  return addresses.flatMap((address) =>
    wayOf(channels, { point: address.channel, address, target: maskAddress(address), language }),
  );
}

const mailbox: Way = {
  ...{ point: "mailbox", channel: "mailbox", address: null, target: "mailbox", language: "zh-CN" },
  ...{ patienceMs: 0, arrivesAtOnce: true, givesReceipts: false },
};

/** An address as staff see it. */
export function maskAddress(address: ContactAddress): string {
  switch (address.channel) {
    case "sms": {
      const digits = address.phone.replace(/\D/g, "");
      return digits.length >= 11 ? `${digits.slice(0, 3)}****${digits.slice(-4)}` : `****${digits.slice(-2)}`;
    }
    case "email": {
      const at = address.email.lastIndexOf("@");
      return `${[...address.email][0] ?? ""}***${address.email.slice(at)}`;
    }
    case "push":
      return new URL(address.subscription.endpoint).host;
    default:
      return new URL(address.url).host;
  }
}

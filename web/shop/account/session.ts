/** The buyer's session on this device, and what goes between the device and the buyer's other ones. */
import { ProblemError } from "@orderwatch/shared/client.ts";
import type { Buyer, BuyerDetails, BuyerSession } from "@orderwatch/shared/shop/buyers.ts";
import { api, bearer } from "../api.ts";
import { readDetails, rememberAll } from "../device/details.ts";
import { device } from "../device/device.ts";
import { keepOrder, keptOrders } from "../device/orders.ts";
import { isRecord } from "../device/storage.ts";
import { withDeadline } from "../ui/deadline.ts";

const key = "orderwatch.buyer";

/** The session's token; undefined while nobody is signed in here. */
export function keptSession(): string | undefined {
  const kept = device.read(key);
  return isRecord(kept) && typeof kept.session === "string" ? kept.session : undefined;
}

export const forgetSession = (): void => device.remove(key);

/** Keeps a new session; what the device knows and the buyer's other devices know becomes one. */
export async function beginSession({ session, buyer }: BuyerSession, phone: string): Promise<void> {
  device.write(key, { session });
  takeDetails({ email: "", accounts: {}, ...buyer.details, phone: buyer.details?.phone || phone });
  await Promise.all([bringOrders(), sendDetails()]);
}

/** What was filled in here comes before what other devices know. */
function takeDetails(theirs: BuyerDetails): void {
  const ours = readDetails(device);
  const method = ours.method ?? theirs.method;
  rememberAll(device, {
    phone: ours.phone || theirs.phone,
    email: ours.email || theirs.email,
    ...(method ? { method } : {}),
    accounts: { ...theirs.accounts, ...ours.accounts },
  });
}

/** Brings the buyer's orders of all devices to this one; nothing while nobody is signed in. */
export async function bringOrders(): Promise<void> {
  const session = keptSession();
  if (session === undefined) return;
  const { items } = await asBuyer((signal) => api.listBuyerOrders({ headers: bearer(session), signal }));
  const now = Date.now();
  const here = new Map(keptOrders(device, now).map((order) => [order.id, order]));
  for (const { placedAt, ...order } of [...items].reverse())
    keepOrder(device, { ...here.get(order.id), ...order, placedAt: Date.parse(placedAt) }, now);
}

/** Sends what was filled in last to the buyer's other devices; nothing while nobody is signed in. */
export async function sendDetails(): Promise<void> {
  const session = keptSession();
  if (session === undefined) return;
  const body = readDetails(device);
  await asBuyer((signal) => api.keepBuyerDetails({ body, headers: bearer(session), signal }));
}

export async function readBuyer(): Promise<Buyer | undefined> {
  const session = keptSession();
  if (session === undefined) return undefined;
  return await asBuyer((signal) => api.readBuyer({ headers: bearer(session), signal }));
}

/** A call with the session, which is dropped here when the server says that it is over. */
export async function asBuyer<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await withDeadline(call).answer;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === "buyer.session_required") forgetSession();
    throw error;
  }
}

/** Orders that the shop handed to this device by a link, `/o/<id>#<token>`: the way back for who lost sight of them. */
import { findKept, keepOrder } from "../device/orders.ts";
import type { DeviceStorage } from "../device/storage.ts";

const page = /^\/o\/([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/;
const handed = /^#([0-9]+\.[A-Za-z0-9_-]{43})$/;

/**
 * Keeps the order of such an address; what it is of is learned when it is read. True when the address held a token, which
 * has to leave it. An order that is kept already stays as it is, whatever a link says.
 */
export function keepHandedOrder(
  storage: DeviceStorage,
  { pathname, hash }: Pick<Location, "pathname" | "hash">,
  now: number,
): boolean {
  const id = page.exec(pathname)?.[1];
  const token = handed.exec(hash)?.[1];
  if (id === undefined || token === undefined) return false;
  if (findKept(storage, id, now)) return true;
  // An id begins with the moment when it was made.
  const placedAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  const unknown = { sku: "", name: "", quantity: 1, amountFen: 0, status: "awaiting_payment" } as const;
  keepOrder(storage, { id, token, placedAt, ...unknown }, now);
  return true;
}

/** Keeps the orders placed on this device with their tokens, none longer than 90 days. */
import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import { type DeviceStorage, isRecord } from "./storage.ts";

export interface KeptOrder {
  id: string;
  /** Opens the order; stays on this device and in request headers. */
  token: string;
  /** Milliseconds since 1970. */
  placedAt: number;
  sku: string;
  name: string;
  quantity: number;
  amountFen: number;
  /** As last seen here. */
  status: OrderStatus;
  /** When the buyer was last sent to a payment page; milliseconds since 1970. */
  payingSince?: number;
}

export const keepMs = 90 * 24 * 60 * 60 * 1000;
const most = 200;
const key = "orderwatch.orders";

const isKept = (value: unknown): value is KeptOrder =>
  isRecord(value) &&
  ["id", "token", "sku", "name", "status"].every((field) => typeof value[field] === "string") &&
  ["placedAt", "quantity", "amountFen"].every((field) => Number.isFinite(value[field]));

/** The device's orders, newest first. Those past their 90 days are removed from the device in passing. */
export function keptOrders(storage: DeviceStorage, now: number): KeptOrder[] {
  const stored = storage.read(key);
  if (stored === undefined) return [];
  const list = Array.isArray(stored) ? stored : [];
  const kept = list.filter(isKept).filter((order) => now - order.placedAt < keepMs);
  if (kept.length === 0) storage.remove(key);
  else if (kept.length !== list.length) storage.write(key, kept);
  return kept.sort((a, b) => b.placedAt - a.placedAt);
}

export function findKept(storage: DeviceStorage, id: string, now: number): KeptOrder | undefined {
  return keptOrders(storage, now).find((order) => order.id === id);
}

/** Adds an order, or updates the one with its id. */
export function keepOrder(storage: DeviceStorage, order: KeptOrder, now: number): void {
  const others = keptOrders(storage, now).filter(({ id }) => id !== order.id);
  storage.write(key, [order, ...others].slice(0, most));
}

/** Notes what was learned of an order that this device keeps; any other id changes nothing. */
export function noteOrder(
  storage: DeviceStorage,
  id: string,
  facts: Partial<Omit<KeptOrder, "id" | "token" | "placedAt">>,
  now: number,
): void {
  const kept = findKept(storage, id, now);
  if (kept) keepOrder(storage, { ...kept, ...facts }, now);
}

export function forgetOrder(storage: DeviceStorage, id: string, now: number): void {
  storage.write(
    key,
    keptOrders(storage, now).filter((order) => order.id !== id),
  );
}

export function forgetOrders(storage: DeviceStorage): void {
  storage.remove(key);
}

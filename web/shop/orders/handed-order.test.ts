import { expect, test } from "vitest";
import { findKept, keepMs, keptOrders } from "../device/orders.ts";
import { openStorage } from "../device/storage.ts";
import { keepHandedOrder } from "./handed-order.ts";

const placedAt = Date.UTC(2026, 5, 1);
const hex = placedAt.toString(16).padStart(12, "0");
const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-0123456789ab`;
const token = `1.${"a".repeat(43)}`;
const memory = () =>
  openStorage(() => {
    throw new Error("none");
  });

test("a link's order is kept with its token, by the moment it was placed, and no longer than others", () => {
  const storage = memory();
  expect(keepHandedOrder(storage, { pathname: `/o/${id}`, hash: `#${token}` }, placedAt + 1)).toBe(true);
  expect(findKept(storage, id, placedAt + 1)).toMatchObject({ token, placedAt });
  expect(keptOrders(storage, placedAt + keepMs)).toEqual([]);
});

test("a link never replaces the token of an order that is kept", () => {
  const storage = memory();
  keepHandedOrder(storage, { pathname: `/o/${id}`, hash: `#${token}` }, placedAt);
  const forged = `1.${"b".repeat(43)}`;
  expect(keepHandedOrder(storage, { pathname: `/o/${id}`, hash: `#${forged}` }, placedAt)).toBe(true);
  expect(findKept(storage, id, placedAt)?.token).toBe(token);
});

test("what holds no token of an order keeps nothing, and stays in the address", () => {
  const storage = memory();
  for (const [pathname, hash] of [
    [`/o/${id}`, ""],
    [`/o/${id}`, "#content"],
    [`/o/${id}`, `#${token}x`],
    ["/o/else", `#${token}`],
    ["/orders", `#${token}`],
  ] as const)
    expect(keepHandedOrder(storage, { pathname, hash }, placedAt), pathname + hash).toBe(false);
  expect(keptOrders(storage, placedAt)).toEqual([]);
});

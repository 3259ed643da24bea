import { beforeEach, describe, expect, test } from "vitest";
import { forgetDetails, knowsEnough, readDetails, rememberDetails } from "./details.ts";
import {
  findKept,
  forgetOrders,
  type KeptOrder,
  keepMs,
  keepOrder,
  keptOrders,
  noteOrder,
} from "./orders.ts";
import { type DeviceStorage, openStorage } from "./storage.ts";

let raw: Map<string, string>;
let storage: DeviceStorage;
const now = Date.UTC(2026, 5, 1);

beforeEach(() => {
  raw = new Map();
  storage = openStorage(() => ({
    getItem: (key) => raw.get(key) ?? null,
    setItem: (key, value) => void raw.set(key, value),
    removeItem: (key) => void raw.delete(key),
  }));
});

const order = (id: string, placedAt: number): KeptOrder => ({
  id,
  token: `token-of-${id}`,
  placedAt,
  sku: "steam-50",
  name: "Steam 50",
  quantity: 1,
  amountFen: 4_950,
  status: "awaiting_payment",
});

describe("orders on this device", () => {
  test("come newest first, one entry an order", () => {
    keepOrder(storage, order("a", now - 2), now);
    keepOrder(storage, order("b", now - 1), now);
    keepOrder(storage, { ...order("a", now - 2), status: "paid" }, now);
    expect(keptOrders(storage, now).map(({ id, status }) => [id, status])).toEqual([
      ["b", "awaiting_payment"],
      ["a", "paid"],
    ]);
  });

  test("no token stays on the device for 90 days or longer", () => {
    keepOrder(storage, order("old", now), now);
    keepOrder(storage, order("young", now + 1), now + 1);
    expect(keptOrders(storage, now + keepMs).map(({ id }) => id)).toEqual(["young"]);
    expect([...raw.values()].join()).not.toContain("token-of-old");
    expect(keptOrders(storage, now + 1 + keepMs)).toEqual([]);
    expect(raw.size).toBe(0);
  });

  test("a note about an order that is not kept here keeps nothing", () => {
    noteOrder(storage, "stranger", { status: "delivered" }, now);
    expect(findKept(storage, "stranger", now)).toBeUndefined();
    keepOrder(storage, order("mine", now), now);
    noteOrder(storage, "mine", { status: "delivered" }, now);
    expect(findKept(storage, "mine", now)?.status).toBe("delivered");
    forgetOrders(storage);
    expect(raw.size).toBe(0);
  });

  test("storage that others scribbled on reads as empty", () => {
    for (const text of ["{", "[1,null,{}]", '"x"', '{"a":1}']) {
      raw.set("orderwatch.orders", text);
      expect(keptOrders(storage, now)).toEqual([]);
    }
  });

  test("a browser that refuses storage keeps orders for the page alone, and says so", () => {
    const refused = openStorage(() => {
      throw new DOMException("denied", "SecurityError");
    });
    keepOrder(refused, order("a", now), now);
    expect(refused.durable).toBe(false);
    expect(keptOrders(refused, now)).toHaveLength(1);
  });

  test("an order placed while the storage is full is still shown", () => {
    let full = false;
    const filling = openStorage(() => ({
      getItem: (key) => raw.get(key) ?? null,
      setItem: (key, value) => {
        if (full) throw new DOMException("full", "QuotaExceededError");
        raw.set(key, value);
      },
      removeItem: (key) => void raw.delete(key),
    }));
    keepOrder(filling, order("a", now), now);
    full = true;
    keepOrder(filling, order("b", now + 1), now);
    expect(keptOrders(filling, now).map(({ id }) => id)).toEqual(["b", "a"]);
    expect(filling.durable).toBe(false);
  });
});

describe("remembered details", () => {
  const used = { phone: "13800000000", email: "", method: "alipay", account: "", sku: "steam-50" } as const;

  test("one tap is offered only when nothing is left to fill in", () => {
    const code = { sku: "steam-50", kind: "code" } as const;
    const recharge = { sku: "qq-10", kind: "recharge" } as const;
    expect(knowsEnough(readDetails(storage), code)).toBe(false);
    rememberDetails(storage, used);
    expect(knowsEnough(readDetails(storage), code)).toBe(true);
    expect(knowsEnough(readDetails(storage), recharge)).toBe(false);
    rememberDetails(storage, { ...used, sku: "qq-10", account: "10001" });
    expect(knowsEnough(readDetails(storage), recharge)).toBe(true);
    expect(knowsEnough(readDetails(storage), { sku: "qq-20", kind: "recharge" })).toBe(false);
  });

  test("forgotten details are gone from the device", () => {
    rememberDetails(storage, used);
    forgetDetails(storage);
    expect(raw.size).toBe(0);
    expect(readDetails(storage)).toEqual({ phone: "", email: "", accounts: {} });
  });

  test("a payment method that no longer exists is not remembered", () => {
    raw.set("orderwatch.details", '{"phone":"13800000000","method":"cash","accounts":{"a":1,"b":"x"}}');
    expect(readDetails(storage)).toEqual({ phone: "13800000000", email: "", accounts: { b: "x" } });
  });
});

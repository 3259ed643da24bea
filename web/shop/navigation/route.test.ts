import { expect, test } from "vitest";
import { addressOf, parseRoute, type ShopRoute } from "./route.ts";

test("every screen's address leads back to that screen", () => {
  const screens: Exclude<ShopRoute, { screen: "unknown" }>[] = [
    { screen: "products" },
    { screen: "products", kind: "recharge" },
    { screen: "product", sku: "steam-50.cn" },
    { screen: "product", sku: "steam-50", quantity: 3 },
    { screen: "order", id: "01890000-0000-7000-8000-000000000000" },
    { screen: "orders" },
    { screen: "find" },
    { screen: "find", order: "01890000-0000-7000-8000-000000000000" },
    { screen: "status" },
    { screen: "account" },
  ];
  for (const screen of screens) expect(parseRoute(addressOf(screen))).toEqual(screen);
});

test("an address that names no screen is unknown, broken escapes included", () => {
  for (const address of ["/nowhere", "/p", "/o", "/p/%E0%A4%A", "/o/a/b", "/status/x", "/orders/x"])
    expect(parseRoute(address), address).toEqual({ screen: "unknown" });
});

test("a quantity that is not a positive whole number is dropped", () => {
  for (const quantity of ["0", "-1", "1.5", "x", ""])
    expect(parseRoute(`/p/a?quantity=${quantity}`)).toEqual({ screen: "product", sku: "a" });
});

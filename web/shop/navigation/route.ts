import type { ProductKind } from "@orderwatch/shared/shop/catalog.ts";

/** A screen of the shop, as its address names it. */
export type ShopRoute =
  | { screen: "products"; kind?: ProductKind }
  | { screen: "product"; sku: string; quantity?: number }
  | { screen: "order"; id: string }
  | { screen: "orders" }
  /** Having links to one's orders sent; `order`: to this one. */
  | { screen: "find"; order?: string }
  | { screen: "status" }
  | { screen: "account" }
  | { screen: "unknown" };

const segment = (text: string | undefined): string | null => {
  if (!text) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    // A broken escape in a hand-typed address is an unknown address, not a crash.
    return null;
  }
};

/** The screen of a path and query such as `/p/steam-50?quantity=2`. */
export function parseRoute(address: string): ShopRoute {
  const url = new URL(address, "http://shop.invalid");
  const [first, second, ...rest] = url.pathname.split("/").filter(Boolean);
  if (rest.length > 0) return { screen: "unknown" };
  if (first === undefined) {
    const kind = url.searchParams.get("kind");
    return { screen: "products", ...(kind === "code" || kind === "recharge" ? { kind } : {}) };
  }
  if (first === "status" && second === undefined) return { screen: "status" };
  if (first === "account" && second === undefined) return { screen: "account" };
  if (first === "orders" && second === undefined) return { screen: "orders" };
  if (first === "orders" && second === "find") {
    const order = url.searchParams.get("order") ?? "";
    return { screen: "find", ...(/^[0-9a-f-]{36}$/.test(order) ? { order } : {}) };
  }
  const name = segment(second);
  if (first === "o" && name) return { screen: "order", id: name };
  if (first === "p" && name) {
    const quantity = Number(url.searchParams.get("quantity"));
    return {
      screen: "product",
      sku: name,
      ...(Number.isInteger(quantity) && quantity > 0 ? { quantity } : {}),
    };
  }
  return { screen: "unknown" };
}

/** The address of a screen; the inverse of `parseRoute`. */
export function addressOf(route: Exclude<ShopRoute, { screen: "unknown" }>): string {
  switch (route.screen) {
    case "products":
      return route.kind ? `/?kind=${route.kind}` : "/";
    case "product":
      return `/p/${encodeURIComponent(route.sku)}${route.quantity ? `?quantity=${route.quantity}` : ""}`;
    case "order":
      return `/o/${encodeURIComponent(route.id)}`;
    case "orders":
      return "/orders";
    case "find":
      return route.order ? `/orders/find?order=${encodeURIComponent(route.order)}` : "/orders/find";
    case "account":
      return "/account";
    case "status":
      return "/status";
  }
}

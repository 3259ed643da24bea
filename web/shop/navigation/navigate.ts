import { useSyncExternalStore } from "react";
import { addressOf, parseRoute, type ShopRoute } from "./route.ts";

type Target = Exclude<ShopRoute, { screen: "unknown" }>;

const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void) => {
  if (listeners.size === 0) addEventListener("popstate", tell);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) removeEventListener("popstate", tell);
  };
};

const address = () => location.pathname + location.search;

/** The screen that the address bar names, kept up to date. */
export function useRoute(): ShopRoute {
  return parseRoute(useSyncExternalStore(subscribe, address));
}

/** Goes to a screen; `replace` leaves no step to come back to. */
export function go(target: Target, how: "push" | "replace" = "push"): void {
  const to = addressOf(target);
  if (how === "replace") history.replaceState(history.state, "", to);
  else history.pushState({ inside: true }, "", to);
  // A product opens over the list, which stays where it was.
  if (target.screen !== "product" && target.screen !== "products") scrollTo(0, 0);
  tell();
}

/** Closes what was opened over a screen: one step back, or to that screen when the visit began here. */
export function leaveTo(target: Target): void {
  const state: unknown = history.state;
  const cameFromInside = typeof state === "object" && state !== null && "inside" in state;
  if (cameFromInside) history.back();
  else go(target, "replace");
}

/**
 * Leaves for the payment company's page in the same tab. Only web addresses are followed.
 * @throws when the address is none
 */
export function leaveForPayment(url: string): void {
  const target = new URL(url, location.origin);
  if (target.protocol !== "https:" && target.protocol !== "http:")
    throw new Error(`not a web address: ${target.protocol}`);
  location.assign(target.href);
}

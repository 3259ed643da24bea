import type { ComponentProps, MouseEvent } from "react";
import { go } from "./navigate.ts";
import { addressOf, type ShopRoute } from "./route.ts";

interface LinkProps extends Omit<ComponentProps<"a">, "href" | "onClick"> {
  to: Exclude<ShopRoute, { screen: "unknown" }>;
}

/** A real link that changes screens without loading the page again. */
export function Link({ to, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    // A new tab, a download or a middle click stays the browser's.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return <a {...rest} href={addressOf(to)} onClick={follow} />;
}

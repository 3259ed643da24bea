/** Tells the shop which steps a visit takes before there is an order: a random name a visit, nothing personal. */

import type { BeaconStep } from "@orderwatch/shared/shop/beacons.ts";
import { shopPaths } from "@orderwatch/shared/shop/paths.ts";
import { randomName } from "../device/random.ts";
import { openStorage } from "../device/storage.ts";

const visitStorage = openStorage(() => sessionStorage);
const key = "orderwatch.visit";

const stored = visitStorage.read(key);
/** The visit's random name; lives as long as the tab and is known to nobody else. */
export const visit = typeof stored === "string" ? stored : randomName();
const isNew = visit !== stored;
if (isNew) visitStorage.write(key, visit);

const seen = new Set<string>();

function send(step: BeaconStep, sku?: string): void {
  const once = `${step} ${sku ?? ""}`;
  if (seen.has(once)) return;
  seen.add(once);
  const path = shopPaths.sendBeacons.split(" ")[1] ?? "";
  const body = JSON.stringify([{ session: visit, step, ...(sku === undefined ? {} : { sku }) }]);
  if (navigator.sendBeacon?.(path, new Blob([body], { type: "application/json" }))) return;
  fetch(path, {
    method: "POST",
    body,
    keepalive: true,
    headers: { "content-type": "application/json" },
  }).catch(
    // Counting steps must never cost a buyer anything: a lost beacon is only a gap in the funnel.
    () => undefined,
  );
}

/** Each step counts once a page load, a visit once a tab. */
export const beacons = {
  visit: () => {
    if (isNew) send("visit");
  },
  product: (sku: string) => send("product", sku),
  checkout: (sku: string) => send("checkout", sku),
};

import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import type { NewId } from "../../platform/ids.ts";
import { askRestockNotice } from "./actions.ts";

export function customerEndpoints(deps: {
  db: Database;
  keys: Keys;
  clock: Clock;
  newId: NewId;
}): Endpoint[] {
  return [endpoint(shopRoutes.askRestockNotice, async ({ body }) => askRestockNotice(deps, body))];
}

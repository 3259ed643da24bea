import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Database } from "../../platform/db.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { type CountRow, listVisits, readFunnel } from "./actions.ts";
import { createReferences } from "./references.ts";

/** Handlers of the routes of visits' paths, by their names in the contract. */
export function pathsRoutes({ db }: { db: Database }) {
  const context = { db, past: createReferences<CountRow[]>() };
  return {
    readFunnel: ({ query }: Parsed<OpsRoutes["readFunnel"]>) => readFunnel(context, query),
    listVisits: ({ query }: Parsed<OpsRoutes["listVisits"]>) => listVisits(context, query),
  };
}

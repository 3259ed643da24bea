import {
  type IncidentContext,
  listIncidents,
  note,
  passesForReal,
  readIncident,
} from "../ops/incidents/actions.ts";
import { postmortemRoutes } from "../ops/postmortems/routes.ts";
import { statusRoutes } from "../ops/status/routes.ts";
import type { Sql } from "../platform/db.ts";
import type { StockContext } from "../shop/stock/actions.ts";

/** What is said of incidents, to the public while they last and to ourselves afterwards; handlers by their names. */
export function aftermathRoutes(context: StockContext) {
  // A note changes no level and no state, so nobody listens to it.
  const noting: IncidentContext = { ...context, on: {} };
  const incidents = {
    read: (id: string) => readIncident(context, id),
    passesForReal,
    list: (query: { cursor?: string; limit: number }) => listIncidents(context, query),
    note: (sql: Sql, id: string, entry: Parameters<typeof note>[3]) => note(noting, sql, id, entry),
  };
  return { ...statusRoutes({ ...context, incidents }), ...postmortemRoutes({ ...context, incidents }) };
}

import { enDetection } from "./en-detection.ts";
import { enDrills } from "./en-drills.ts";
import { enIncidents } from "./en-incidents.ts";
import { enLive } from "./en-live.ts";
import { enNotify } from "./en-notify.ts";
import { enOnCall } from "./en-oncall.ts";
import { enOrders } from "./en-orders.ts";
import { enPaths } from "./en-paths.ts";
import { enPostmortems } from "./en-postmortems.ts";
import { enProducts } from "./en-products.ts";
import { enReconciliation } from "./en-reconciliation.ts";
import { enRepairs } from "./en-repairs.ts";
import { enRunbooks } from "./en-runbooks.ts";
import { enShell } from "./en-shell.ts";
import { enTickets } from "./en-tickets.ts";
import { enTold } from "./en-told.ts";

/** The console in English: the source of the types. `{name}` is a value, `{name|one|other}` a word that agrees with it. */
export const en = {
  ...enShell,
  ...enLive,
  ...enIncidents,
  ...enDetection,
  ...enOnCall,
  ...enNotify,
  ...enOrders,
  ...enProducts,
  ...enReconciliation,
  ...enRepairs,
  ...enPostmortems,
  ...enRunbooks,
  ...enTickets,
  ...enTold,
  ...enPaths,
  ...enDrills,
} as const;

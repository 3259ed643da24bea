import type { Translation } from "../../lib/i18n/message.ts";
import type { en } from "./en.ts";
import { zhCnDetection } from "./zh-cn-detection.ts";
import { zhCnDrills } from "./zh-cn-drills.ts";
import { zhCnIncidents } from "./zh-cn-incidents.ts";
import { zhCnLive } from "./zh-cn-live.ts";
import { zhCnNotify } from "./zh-cn-notify.ts";
import { zhCnOnCall } from "./zh-cn-oncall.ts";
import { zhCnOrders } from "./zh-cn-orders.ts";
import { zhCnPaths } from "./zh-cn-paths.ts";
import { zhCnPostmortems } from "./zh-cn-postmortems.ts";
import { zhCnProducts } from "./zh-cn-products.ts";
import { zhCnReconciliation } from "./zh-cn-reconciliation.ts";
import { zhCnRepairs } from "./zh-cn-repairs.ts";
import { zhCnRunbooks } from "./zh-cn-runbooks.ts";
import { zhCnShell } from "./zh-cn-shell.ts";
import { zhCnTickets } from "./zh-cn-tickets.ts";
import { zhCnTold } from "./zh-cn-told.ts";

export const zhCn: Translation<typeof en> = {
  ...zhCnShell,
  ...zhCnLive,
  ...zhCnIncidents,
  ...zhCnDetection,
  ...zhCnOnCall,
  ...zhCnNotify,
  ...zhCnOrders,
  ...zhCnProducts,
  ...zhCnReconciliation,
  ...zhCnRepairs,
  ...zhCnPostmortems,
  ...zhCnRunbooks,
  ...zhCnTickets,
  ...zhCnTold,
  ...zhCnPaths,
  ...zhCnDrills,
};

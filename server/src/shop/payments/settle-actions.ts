import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { Logger } from "../../platform/log.ts";
import type { OrderSignals } from "../orders/actions.ts";
import { settleNotices } from "./settle-statement.ts";

export interface SettleDeps {
  db: Database;
  clock: Clock;
  log: Logger;
  signals: OrderSignals;
  /** Fired when there are notices to settle, and when there are paid orders to deliver. */
  fire: (trigger: "payments.settle" | "orders.fulfil") => void;
}

/** One pass of settling verified notices. */
export async function settleDue(deps: SettleDeps, limit = 200): Promise<{ more: boolean }> {
  const settled = await settleNotices(deps.db, deps.clock.now(), limit);
  if (settled.notices > 0) await faultPoint("settle.committed");
  if (settled.paid > 0) {
    deps.signals.paid(settled.paid);
    deps.fire("orders.fulfil");
  }
  if (settled.surplus > 0)
    deps.log.warn({ payments: settled.surplus }, "money came that no order waited for; it goes back");
  return { more: settled.notices === limit };
}

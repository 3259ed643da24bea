import type { TraceEntry } from "@orderwatch/shared/ops/orders.ts";
import type { Level } from "../../../ui/status.tsx";
import { enOrders } from "../../i18n/en-orders.ts";
import { enRepairs } from "../../i18n/en-repairs.ts";

type TraceWord = Extract<keyof typeof enOrders | keyof typeof enRepairs, `trace.type.${string}`>;
type RefundWord = Extract<keyof typeof enRepairs, `refund.code.${string}`>;

const isWord = (key: string): key is TraceWord => key in enOrders || key in enRepairs;

/** The word for why money goes back; null for a code that says something else. */
export function refundWord(code: string): RefundWord | null {
  const key = `refund.code.${code}`;
  return key in enRepairs ? (key as RefundWord) : null;
}

/** The word for what an entry records; null for a type that this build does not know. */
export function traceWord({ kind, type }: Pick<TraceEntry, "kind" | "type">): TraceWord | null {
  const exact = `trace.type.${kind}.${type}`;
  const general = `trace.type.${type}`;
  if (isWord(exact)) return exact;
  return isWord(general) ? general : null;
}

const good = new Set(["paid", "delivered", "accepted"]);
const bad = new Set(["failed", "delivery_failed", "rejected"]);
const ending = new Set([
  "expired",
  "cancelled",
  "closed",
  "refunding",
  "refunded",
  "surplus",
  "payment_switched",
]);

/** How an entry looks: by its code first, then by what its type or status says. */
export function levelOf({ type, status, code }: Pick<TraceEntry, "type" | "status" | "code">): Level {
  const said = [type, status ?? ""];
  const isPlannedRefund = type === "refunding" && code !== "payment.late";
  if ((code !== null && !isPlannedRefund) || said.some((word) => bad.has(word))) return "bad";
  if (said.some((word) => ending.has(word))) return "quiet";
  return said.some((word) => good.has(word)) ? "ok" : "info";
}

/** From the first entry to the last, in ms; null with fewer than two. */
export function lifetimeMs(entries: readonly TraceEntry[]): number | null {
  const [first] = entries;
  const last = entries.at(-1);
  return first === undefined || last === undefined || first === last
    ? null
    : Date.parse(last.at) - Date.parse(first.at);
}

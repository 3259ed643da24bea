import type { ShedLevel } from "@orderwatch/shared/ops/levers.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";

/** Something that can be done and done again with the same effect, so that one that was cut short is simply repeated. */
export type Deed =
  | { kind: "node"; command: "promote" | "drain"; node: string }
  | { kind: "channel"; channel: PaymentMethod; paused: boolean }
  | { kind: "limit"; maxUnits: number | null; limitFactor: number | null }
  | { kind: "shed"; shed: ShedLevel }
  | { kind: "reconcile"; provider: PaymentMethod; day: string }
  | { kind: "tell"; message: string }
  | { kind: "call"; thirdParty: string; name: string };

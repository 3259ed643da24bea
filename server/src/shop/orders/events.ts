import type { ProblemCode } from "@orderwatch/shared/problem.ts";
import type { Origin, PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { Counter, Histogram, type Registry } from "../../platform/metrics.ts";

/** What is told when something happened to an order. Rows are the truth; these are for gauges and dashboards. */
export interface OrderSignals {
  placed(origin: Origin, method: PaymentMethod): void;
  refused(code: ProblemCode): void;
  paid(count: number): void;
  delivered(orders: readonly { paidAt: Date; deliveredAt: Date }[]): void;
  failed(code: string): void;
  expired(count: number): void;
}

/** `onRefused` is where live telemetry hears of refusals, which leave no row. */
export function createOrderSignals(
  metrics: Registry,
  onRefused: (code: ProblemCode) => void = () => undefined,
): OrderSignals {
  const registers = [metrics];
  const placed = new Counter({
    name: "orders_placed_total",
    help: "Orders placed, by origin and payment method",
    labelNames: ["origin", "method"] as const,
    registers,
  });
  const refused = new Counter({
    name: "orders_refused_total",
    help: "Orders refused, by code; a refusal makes no order",
    labelNames: ["code"] as const,
    registers,
  });
  const paid = new Counter({ name: "orders_paid_total", help: "Orders that this node saw paid", registers });
  const failed = new Counter({
    name: "orders_failed_total",
    help: "Failures of orders that this node found, by code",
    labelNames: ["code"] as const,
    registers,
  });
  const expired = new Counter({
    name: "orders_expired_total",
    help: "Orders that this node let expire",
    registers,
  });
  const delivery = new Histogram({
    name: "order_delivery_duration_seconds",
    help: "From the provider's payment time to delivery",
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300],
    registers,
  });
  return {
    placed: (origin, method) => placed.inc({ origin, method }),
    refused(code) {
      refused.inc({ code });
      onRefused(code);
    },
    paid: (count) => paid.inc(count),
    delivered(orders) {
      for (const { paidAt, deliveredAt } of orders)
        delivery.observe(Math.max(0, deliveredAt.getTime() - paidAt.getTime()) / 1000);
    },
    failed: (code) => failed.inc({ code }),
    expired: (count) => expired.inc(count),
  };
}

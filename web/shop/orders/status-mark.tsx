import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClock,
  IconEye,
  IconReceiptRefund,
  IconTruckDelivery,
} from "@tabler/icons-react";
import styles from "./orders.module.css";

const marks = {
  awaiting_payment: [IconClock, "waiting"],
  paid: [IconTruckDelivery, "moving"],
  delivering: [IconTruckDelivery, "moving"],
  under_review: [IconEye, "waiting"],
  delivered: [IconCircleCheck, "done"],
  delivery_failed: [IconAlertTriangle, "failed"],
  expired: [IconClock, "over"],
  cancelled: [IconClock, "over"],
  refunding: [IconReceiptRefund, "waiting"],
  refunded: [IconReceiptRefund, "over"],
} as const satisfies Record<OrderStatus, readonly [unknown, string]>;

/** The status as an icon on its colour; the word stands beside it. */
export function StatusMark({ status, size = 28 }: { status: OrderStatus; size?: number }) {
  const [Icon, tone] = marks[status];
  return (
    <span className={`${styles.mark} ${styles[tone]}`}>
      <Icon size={size} aria-hidden="true" />
    </span>
  );
}

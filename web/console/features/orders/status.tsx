import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import { type Level, Status } from "../../../ui/status.tsx";
import { useWords } from "../../words.ts";

const levels: Record<OrderStatus, Level> = {
  awaiting_payment: "info",
  paid: "info",
  under_review: "warn",
  delivering: "info",
  delivered: "ok",
  delivery_failed: "bad",
  expired: "quiet",
  cancelled: "quiet",
  refunding: "warn",
  refunded: "quiet",
};

export function OrderState({ status }: { status: OrderStatus }) {
  const t = useWords();
  return <Status level={levels[status]}>{t(`status.${status}`)}</Status>;
}

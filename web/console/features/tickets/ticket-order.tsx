import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { useWords } from "../../words.ts";
import { Facts } from "../orders/facts.tsx";
import { FailureNote } from "../orders/failure.tsx";
import { Payments } from "../orders/payments.tsx";
import { orderQuery } from "../orders/queries.ts";
import { Refunds } from "../orders/refunds.tsx";
import { Repairs } from "../orders/repairs.tsx";
import { Trace } from "../orders/trace.tsx";
import { useMay } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./tickets.module.css";

/** The whole order beside its ticket: nobody has to look it up to answer. */
export function TicketOrder({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const mayRead = useMay()("orders.read");
  const { orderId } = ticket;
  const { data: order, error } = useQuery({
    ...orderQuery(orderId ?? ""),
    enabled: mayRead && orderId !== null,
  });
  if (orderId === null)
    return (
      <Panel title={t("ticket.order")}>
        <Empty title={t("ticket.noOrder")}>
          {ticket.sku === null ? null : (
            <p className={classes.muted}>{t("ticket.wanted", { sku: ticket.sku })}</p>
          )}
          {ticket.cause === "reconciliation" ? (
            <Link to="/reconciliation">{t("ticket.toReconciliation")}</Link>
          ) : null}
        </Empty>
      </Panel>
    );
  return (
    <>
      <Link to="/orders/$id" params={{ id: orderId }} className={classes.openOrder ?? ""}>
        {t("ticket.openOrder")}
      </Link>
      {order === undefined ? (
        error === null ? (
          <Empty title={t("app.loading")} />
        ) : (
          <Refused error={error} />
        )
      ) : (
        <>
          {order.failure === undefined ? null : <FailureNote failure={order.failure} />}
          <Facts order={order} />
          <Repairs order={order} />
          <Trace entries={order.trace} severalPayments={order.payments.length > 1} />
          <Payments payments={order.payments} />
          {order.refunds.length === 0 ? null : <Refunds refunds={order.refunds} />}
        </>
      )}
    </>
  );
}

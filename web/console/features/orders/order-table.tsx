import type { OrderRow } from "@orderwatch/shared/ops/orders.ts";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import table from "../../../ui/table.module.css";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { OrderState } from "./status.tsx";

/** Orders as rows; each opens its trace. */
export const OrderTable = memo(function OrderTable({ orders }: { orders: readonly OrderRow[] }) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const now = new Date();
  return (
    <table className={table.table}>
      <caption className="ow-unseen">{t("orders.title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("orders.placedAt")}</th>
          <th scope="col">{t("orders.status")}</th>
          <th scope="col">{t("orders.product")}</th>
          <th scope="col" className={table.number}>
            {t("orders.amount")}
          </th>
          <th scope="col" className={table.wide}>
            {t("orders.method")}
          </th>
          <th scope="col" className={table.wide}>
            {t("orders.contact")}
          </th>
          <th scope="col" className={table.wide}>
            {t("orders.failure")}
          </th>
          <th scope="col" className={table.wide}>
            {t("orders.origin")}
          </th>
          <th scope="col" className={table.wide}>
            {t("orders.id")}
          </th>
        </tr>
      </thead>
      <tbody>
        {orders.map((order) => (
          <tr key={order.id}>
            <td>
              <Link to="/orders/$id" params={{ id: order.id }} data-row className={table.open}>
                <time dateTime={order.createdAt}>{formats.recent(order.createdAt, now)}</time>
                <span className="ow-unseen"> {t("orders.open", { id: order.id })}</span>
              </Link>
            </td>
            <td>
              <OrderState status={order.status} />
            </td>
            <td className={table.clip}>{itemsText(order)}</td>
            <td className={table.number}>{formats.money(order.amountFen)}</td>
            <td className={table.wide}>{t(`method.${order.paymentMethod}`)}</td>
            <td className={`${table.wide} ${table.clip}`}>
              {order.contact.phone ?? order.contact.email ?? "–"}
            </td>
            <td className={`${table.wide} ${table.clip}`}>
              {order.failureCode === null ? "–" : problem(order.failureCode)}
            </td>
            <td className={`${table.wide} ${table.muted}`}>{t(`origin.${order.origin}`)}</td>
            <td className={`${table.wide} ${table.mono} ${table.muted}`}>{order.id.slice(0, 13)}…</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
});

/** `Steam 50 ×2, Netflix` */
export const itemsText = ({ items }: Pick<OrderRow, "items">): string =>
  items.map(({ name, quantity }) => (quantity === 1 ? name : `${name} ×${quantity}`)).join(", ");

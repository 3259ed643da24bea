import type { StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import table from "../../../ui/table.module.css";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { useTraceWords } from "./use-trace-words.ts";

/** Every payment that was opened for an order; their notices stand in the trace. */
export function Payments({ payments }: { payments: StaffOrder["payments"] }) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const words = useTraceWords();
  return (
    <Panel title={t("order.payments")} flush>
      {payments.length === 0 ? (
        <Empty title={t("order.payments.none")}>{t("order.payments.noneText")}</Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
        <section className={table.scroll} tabIndex={0} aria-label={t("order.payments.list")}>
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">{t("order.payment.opened")}</th>
                <th scope="col">{t("order.method")}</th>
                <th scope="col">{t("order.payment.status")}</th>
                <th scope="col" className={table.number}>
                  {t("order.amount")}
                </th>
                <th scope="col">{t("orders.failure")}</th>
                <th scope="col">{t("order.payment.reference")}</th>
              </tr>
            </thead>
            <tbody>
              {payments.map((payment) => (
                <tr key={payment.id}>
                  <td>
                    <time dateTime={payment.createdAt}>{formats.clock(payment.createdAt)}</time>
                  </td>
                  <td>{t(`method.${payment.method}`)}</td>
                  <td>{words.payment(payment.status)}</td>
                  <td className={table.number}>{formats.money(payment.amountFen)}</td>
                  <td>{payment.failureCode === null ? "–" : problem(payment.failureCode)}</td>
                  <td className={table.mono}>
                    <div>{payment.tradeNo ?? "–"}</div>
                    <div className={table.muted}>{payment.id}</div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  );
}

import type { StaffOrder, StaffRefund } from "@orderwatch/shared/ops/orders.ts";
import { Panel } from "../../../ui/panel.tsx";
import { type Level, Status } from "../../../ui/status.tsx";
import table from "../../../ui/table.module.css";
import { useFormats, useWords } from "../../words.ts";

const levels: Record<StaffRefund["status"], Level> = {
  requested: "info",
  processing: "info",
  done: "ok",
  abnormal: "bad",
  failed: "bad",
};

/** Money that goes back or is back, with who asked for it. */
export function Refunds({ refunds }: { refunds: StaffOrder["refunds"] }) {
  const t = useWords();
  const formats = useFormats();
  return (
    <Panel title={t("refunds.title")} flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={table.scroll} tabIndex={0} aria-label={t("refunds.list")}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t("refunds.at")}</th>
              <th scope="col" className={table.number}>
                {t("order.amount")}
              </th>
              <th scope="col">{t("refunds.state")}</th>
              <th scope="col">{t("refunds.code")}</th>
              <th scope="col">{t("refunds.by")}</th>
              <th scope="col">{t("repair.reason")}</th>
            </tr>
          </thead>
          <tbody>
            {refunds.map((refund) => (
              <tr key={refund.id}>
                <td>
                  <time dateTime={refund.createdAt} title={formats.moment(refund.createdAt)}>
                    {formats.clock(refund.createdAt)}
                  </time>
                </td>
                <td className={table.number}>{formats.money(refund.amountFen)}</td>
                <td>
                  <Status level={levels[refund.status]}>{t(`refund.${refund.status}`)}</Status>
                  {refund.status === "abnormal" || refund.status === "failed" ? (
                    <div className={table.hint}>{t(`refund.remedy.${refund.status}`)}</div>
                  ) : null}
                  {refund.detail === null ? null : <div className={table.hint}>{refund.detail}</div>}
                </td>
                <td>{t(`refund.code.${refund.code}`)}</td>
                <td>{refund.by ?? t("refunds.rules")}</td>
                <td>{refund.by === null ? "–" : refund.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}

import type { ReconciliationRun } from "@orderwatch/shared/ops/reconciliation.ts";
import { Link } from "@tanstack/react-router";
import table from "../../../ui/table.module.css";
import { useFormats, useWords } from "../../words.ts";
import { RunState } from "./run-state.tsx";

/** What came in and did not go back. */
const net = (side: ReconciliationRun["bill"]): number | null =>
  side === null ? null : side.paidFen - side.refundedFen;

/** Compared days as rows; each opens what was found. */
export function RunTable({ runs }: { runs: readonly ReconciliationRun[] }) {
  const t = useWords();
  const formats = useFormats();
  const money = (fen: number | null) => (fen === null ? "–" : formats.money(fen));
  return (
    <table className={table.table}>
      <caption className="ow-unseen">{t("recon.title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("recon.day")}</th>
          <th scope="col">{t("recon.company")}</th>
          <th scope="col">{t("recon.state")}</th>
          <th scope="col" className={`${table.number} ${table.wide}`}>
            {t("recon.payments")}
          </th>
          <th scope="col" className={`${table.number} ${table.wide}`}>
            {t("recon.bill")}
          </th>
          <th scope="col" className={`${table.number} ${table.wide}`}>
            {t("recon.ours")}
          </th>
          <th scope="col" className={`${table.number} ${table.wide}`}>
            {t("recon.gap")}
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => {
          const [bill, ours] = [net(run.bill), net(run.ours)];
          const company = t(`method.${run.provider}`);
          return (
            <tr key={run.id}>
              <td>
                <Link to="/reconciliation/$id" params={{ id: run.id }} data-row className={table.open}>
                  {run.day}
                  <span className="ow-unseen"> {t("recon.openRun", { company, day: run.day })}</span>
                </Link>
              </td>
              <td>{company}</td>
              <td>
                <RunState run={run} />
              </td>
              <td className={`${table.number} ${table.wide}`}>
                {run.bill === null ? "–" : formats.count(run.bill.payments)}
              </td>
              <td className={`${table.number} ${table.wide}`}>{money(bill)}</td>
              <td className={`${table.number} ${table.wide}`}>{money(ours)}</td>
              <td className={`${table.number} ${table.wide}`}>
                {bill === null || ours === null
                  ? "–"
                  : bill === ours
                    ? t("recon.same")
                    : formats.money(bill - ours)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

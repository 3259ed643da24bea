import type { ReconciliationRun } from "@orderwatch/shared/ops/reconciliation.ts";
import table from "../../../ui/table.module.css";
import { useFormats, useWords } from "../../words.ts";
import classes from "./reconciliation.module.css";

/** Both sides' sums of the day, payments and refunds apart. */
export function Sides({ run }: { run: ReconciliationRun }) {
  const t = useWords();
  const formats = useFormats();
  const { bill, ours } = run;
  if (bill === null || ours === null) return null;
  const rows = [
    ["recon.payments", bill.payments, bill.paidFen, ours.payments, ours.paidFen],
    ["recon.refunds", bill.refunds, bill.refundedFen, ours.refunds, ours.refundedFen],
  ] as const;
  const cell = (count: number, fen: number) => (
    <td className={table.number}>
      {formats.money(fen)}
      <div className={table.muted}>{t("recon.times", { count: formats.count(count) })}</div>
    </td>
  );
  return (
    <table className={`${table.table} ${classes.sides}`}>
      <caption className="ow-unseen">{t("recon.sides")}</caption>
      <thead>
        <tr>
          <td />
          {(["recon.bill", "recon.ours", "recon.gap"] as const).map((word) => (
            <th key={word} scope="col" className={table.number}>
              {t(word)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([word, theirCount, theirFen, ourCount, ourFen]) => (
          <tr key={word}>
            <th scope="row">{t(word)}</th>
            {cell(theirCount, theirFen)}
            {cell(ourCount, ourFen)}
            {theirCount === ourCount && theirFen === ourFen ? (
              <td className={`${table.number} ${table.muted}`}>{t("recon.same")}</td>
            ) : (
              cell(theirCount - ourCount, theirFen - ourFen)
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

import { Status } from "../../../ui/status.tsx";
import table from "../../../ui/table.module.css";
import { useFormats, useWords } from "../../words.ts";
import classes from "./drills.module.css";
import type { Drill, Run } from "./queries.ts";

type Reading = Run["before"][number];

/** What is believed, figure by figure, beside what was read at several moments. */
export function Readings({
  drill,
  columns,
}: {
  drill: Drill;
  columns: readonly { title: string; readings: readonly Reading[] }[];
}) {
  const t = useWords();
  const wanted = useWanted();
  return (
    <div className={table.scroll}>
      <table className={`${table.table} ${classes.readings}`}>
        <thead>
          <tr>
            <th>{t("drills.run.figure")}</th>
            <th>{t("drills.run.wanted")}</th>
            {columns.map(({ title }) => (
              <th key={title}>{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {drill.hypothesis.map((tolerance, index) => (
            <tr key={`${tolerance.figure} ${wanted(tolerance)}`}>
              <th scope="row">{t(`drills.figure.${tolerance.figure}`)}</th>
              <td>{wanted(tolerance)}</td>
              {columns.map(({ title, readings }) => (
                <td key={title}>
                  <Value reading={readings[index]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ reading }: { reading: Reading | undefined }) {
  const t = useWords();
  const show = useFigure();
  if (!reading) return <span className={classes.muted}>–</span>;
  return (
    <Status level={reading.holds ? "ok" : "bad"}>
      {reading.value === null ? t("drills.figure.unknown") : show(reading.figure, reading.value)}
    </Status>
  );
}

/** A figure's value as its reader expects it: shares in percent. */
export function useFigure() {
  const formats = useFormats();
  return (figure: Reading["figure"], value: number): string =>
    figure === "success_rate" ? formats.percent(value) : formats.rate(value);
}

export function useWanted() {
  const t = useWords();
  const show = useFigure();
  return ({ figure, atLeast, atMost }: Drill["hypothesis"][number]): string =>
    [
      ...(atLeast === undefined ? [] : [t("drills.atLeast", { value: show(figure, atLeast) })]),
      ...(atMost === undefined ? [] : [t("drills.atMost", { value: show(figure, atMost) })]),
    ].join(", ");
}

/** Conditions that end it. */
export function Stops({ drill }: { drill: Drill }) {
  const t = useWords();
  const show = useFigure();
  return (
    <ul className={classes.plain}>
      {drill.stop.map(({ figure, above, below, forS = 0 }) => (
        <li key={`${figure} ${above} ${below} ${forS}`}>
          {t(`drills.figure.${figure}`)}{" "}
          {[
            ...(above === undefined ? [] : [t("drills.above", { value: show(figure, above) })]),
            ...(below === undefined ? [] : [t("drills.below", { value: show(figure, below) })]),
          ].join(", ")}
          {forS > 0 ? ` ${t("drills.forS", { seconds: forS })}` : ""}
        </li>
      ))}
    </ul>
  );
}

import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Panel } from "../../../ui/panel.tsx";
import { useFormats, useWords } from "../../words.ts";
import classes from "./funnel.module.css";
import type { FunnelRow, FunnelStep } from "./transform.ts";

interface Way {
  to: "/orders" | "/paths" | "/";
  search: object;
  hash?: string;
}

/** What is behind a step: the refusals that ended it, or the visits or orders that came this far and no farther. */
function wayOf(step: FunnelStep, from: string): Way {
  switch (step) {
    case "visit":
    case "product":
      return { to: "/paths", search: { reached: step } };
    case "checkout":
      return { to: "/", search: (known: object) => known, hash: "refused" };
    case "placed":
      return { to: "/orders", search: { from } };
    case "paid":
      return { to: "/orders", search: { from, status: ["awaiting_payment", "expired", "cancelled"] } };
    case "delivered":
      return { to: "/orders", search: { from, status: ["paid", "delivering", "delivery_failed"] } };
  }
}

/** Where buyers are lost between the first visit and the delivered order. */
export const Funnel = memo(function Funnel({
  rows,
  from,
  note,
}: {
  rows: readonly FunnelRow[];
  from: string;
  note: string;
}) {
  const t = useWords();
  const formats = useFormats();
  const widest = Math.max(1, ...rows.map((row) => row.count));
  return (
    <Panel title={t("live.funnel")} note={note} flush>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t("live.funnel.step")}</th>
            <th scope="col" className={classes.number}>
              {t("live.funnel.count")}
            </th>
            <th scope="col" className={classes.number}>
              {t("live.funnel.drop")}
            </th>
            <th scope="col" className={classes.number} title={t("live.funnel.changeHelp")}>
              {t("live.funnel.change")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ step, count, kept, normal }) => {
            const way = wayOf(step, from);
            return (
              <tr key={step}>
                <th scope="row">
                  <Link {...way} resetScroll={false} className={classes.step}>
                    <span className={classes.bar} style={{ width: `${(100 * count) / widest}%` }} />
                    {t(`live.step.${step}`)}
                  </Link>
                </th>
                <td className={classes.number}>{formats.count(count)}</td>
                <td className={classes.number}>{kept === null ? "" : formats.percent(1 - kept)}</td>
                <td className={classes.number}>
                  {kept === null || normal === null ? "–" : signed((kept - normal) * 100, formats.rate)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
});

const signed = (value: number, format: (value: number) => string): string => {
  // What rounds to nothing is neither more nor less.
  if (Math.abs(value) < 0.05) return `±${format(0)}`;
  return `${value > 0 ? "+" : "−"}${format(Math.abs(value))}`;
};

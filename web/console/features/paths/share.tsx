import type { FunnelStepCount } from "@orderwatch/shared/ops/funnel.ts";
import { LevelIcon } from "../../../ui/status.tsx";
import { useFormats, useWords } from "../../words.ts";
import classes from "./paths.module.css";

/** A change in points: `+1.2`, `−3.4`, `±0`. */
export function points(change: number, rate: (value: number) => string): string {
  const shown = change * 100;
  // What rounds to nothing is neither more nor less.
  if (Math.abs(shown) < 0.05) return `±${rate(0)}`;
  return `${shown > 0 ? "+" : "−"}${rate(Math.abs(shown))}`;
}

/** How a share differs from what is normal; a drop says so in a shape and a word, and what it cost. */
export function Change({ step }: { step: FunnelStepCount }) {
  const t = useWords();
  const formats = useFormats();
  if (step.change === null) return <span className={classes.none}>–</span>;
  const { change, isDrop, missing } = step.change;
  if (!isDrop) return <span className={classes.change}>{points(change, formats.rate)}</span>;
  return (
    <span className={classes.drop} title={t("paths.missing", { count: formats.count(Math.round(missing)) })}>
      <LevelIcon level="bad" size={10} />
      <span className="ow-unseen">{t("paths.drop")} </span>
      {points(change, formats.rate)}
    </span>
  );
}

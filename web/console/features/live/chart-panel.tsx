import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { Panel } from "../../../ui/panel.tsx";
import classes from "./chart-panel.module.css";
import type { LineChartProps, Series } from "./line-charts.tsx";

const LineChart = lazy(() => import("./line-charts.tsx"));

/** False until the browser has painted once: the charts' library must not hold up the first sight of the screen. */
function useAfterPaint(): boolean {
  const [painted, setPainted] = useState(false);
  useEffect(() => {
    let second = 0;
    const first = requestAnimationFrame(() => {
      second = requestAnimationFrame(() => setPainted(true));
    });
    return () => {
      cancelAnimationFrame(first);
      cancelAnimationFrame(second);
    };
  }, []);
  return painted;
}

export interface LegendEntry extends Series {
  /** The newest value, in words. */
  value: string;
}

/** A chart with its legend, which says the newest values, and a description for those who do not see it. */
export function ChartPanel({
  title,
  note,
  aside,
  description,
  legend,
  height,
  chart,
}: {
  title: string;
  note: string;
  aside?: ReactNode;
  description: string;
  legend: readonly LegendEntry[];
  height: number;
  chart: Omit<LineChartProps, "height" | "series"> | null;
}) {
  const painted = useAfterPaint();
  return (
    <Panel title={title} note={note} aside={aside}>
      <ul className={classes.legend}>
        {legend.map(({ key, name, color, dash, value }) => (
          <li key={key}>
            <svg width="18" height="8" aria-hidden="true">
              <line x1="0" y1="4" x2="18" y2="4" stroke={color} strokeWidth="2.4" strokeDasharray={dash} />
            </svg>
            {name} <strong>{value}</strong>
          </li>
        ))}
      </ul>
      <div role="img" aria-label={description} style={{ height }}>
        {painted && chart !== null ? (
          <Suspense fallback={null}>
            <LineChart {...chart} series={legend} height={height} />
          </Suspense>
        ) : null}
      </div>
    </Panel>
  );
}

import { memo, type ReactNode, useRef } from "react";
import {
  CartesianGrid,
  Line,
  LineChart as Lines,
  ReferenceLine,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from "recharts";
import { useBox, useTurn } from "./chart-schedule.ts";
import classes from "./line-charts.module.css";

export interface Series {
  key: string;
  name: string;
  color: string;
  /** SVG dash pattern, so that lines differ by more than colour. */
  dash?: string;
  /** Rows of its own, where they have another step than the chart's. */
  data?: readonly object[];
}

/** Something that happened, as an upright line. */
export interface ChartMark {
  key: string;
  kind: "incident" | "drill";
  /** ms since 1970. */
  at: number;
  label: string;
  /** In full, for those who do not see it. */
  text: string;
}

export interface LineChartProps {
  rows: readonly { at: number }[];
  series: readonly Series[];
  from: number;
  to: number;
  /** The axis' upper end: given, so that it moves rarely. */
  top: number;
  height: number;
  line?: { value: number; label: string };
  marks?: readonly ChartMark[] | undefined;
  formatTime: (at: number) => string;
  formatTick: (at: number) => string;
  formatValue: (value: number) => string;
  onOpen?: (at: number) => void;
}

const markColors = { incident: "var(--ow-bad)", drill: "var(--ow-info)" } as const;
const axisTick = { fill: "var(--ow-muted)", fontSize: 11 };
const margin = { top: 8, right: 8, bottom: 0, left: 0 };

/** Lines over time. No animation and no dots: it is drawn anew each second, and only when it can be seen. */
export default function LineChart(props: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { width, seen } = useBox(frame);
  const shown = useTurn(props, seen);
  return (
    <div ref={frame} className={classes.frame} style={{ height: props.height }} data-opens={!!props.onOpen}>
      {width > 0 ? <Drawing {...shown} width={width} /> : null}
    </div>
  );
}

const Drawing = memo(function Drawing({ width, ...chart }: LineChartProps & { width: number }) {
  const { rows, series, from, to, top, height, line, marks, formatTime, formatTick, formatValue, onOpen } =
    chart;
  const ticks = timeTicks(from, to, width < 420 ? 3 : 5);
  return (
    <Lines
      width={width}
      height={height}
      data={rows as { at: number }[]}
      margin={margin}
      accessibilityLayer={false}
      {...(onOpen === undefined
        ? {}
        : { onClick: ({ activeLabel }) => activeLabel !== undefined && onOpen(Number(activeLabel)) })}
    >
      <CartesianGrid vertical={false} stroke="var(--ow-line)" />
      <XAxis
        dataKey="at"
        type="number"
        domain={[from, to]}
        allowDataOverflow
        ticks={ticks}
        tickFormatter={formatTick}
        tick={axisTick}
        tickLine={false}
        axisLine={{ stroke: "var(--ow-line)" }}
        height={22}
        interval={0}
      />
      <YAxis
        domain={[0, top]}
        ticks={[0, top / 2, top]}
        tickFormatter={formatValue}
        tick={axisTick}
        tickLine={false}
        axisLine={false}
        width={56}
      />
      {line === undefined ? null : (
        <ReferenceLine
          y={line.value}
          stroke="var(--ow-warn)"
          strokeDasharray="4 4"
          label={{ value: line.label, position: "insideTopLeft", fill: "var(--ow-muted)", fontSize: 11 }}
        />
      )}
      {marks?.map(({ key, kind, at, label }) => (
        <ReferenceLine
          key={key}
          x={at}
          stroke={markColors[kind]}
          strokeDasharray={kind === "drill" ? "2 3" : "6 3"}
          label={{ value: label, position: "insideTopLeft", fill: markColors[kind], fontSize: 11 }}
        />
      ))}
      <Tooltip
        isAnimationActive={false}
        cursor={{ stroke: "var(--ow-line-strong)" }}
        content={(tip: TooltipContentProps) => (
          <Tip tip={tip} formatTime={formatTime} formatValue={formatValue} />
        )}
      />
      {series.map(({ key, name, color, dash, data }) => (
        <Line
          key={key}
          dataKey={key}
          name={name}
          stroke={color}
          strokeWidth={1.6}
          {...(dash === undefined ? {} : { strokeDasharray: dash })}
          {...(data === undefined ? {} : { data: data as object[] })}
          type="linear"
          dot={false}
          activeDot={false}
          isAnimationActive={false}
          connectNulls={false}
        />
      ))}
    </Lines>
  );
});

function Tip({
  tip,
  formatTime,
  formatValue,
}: {
  tip: TooltipContentProps;
  formatTime: (at: number) => string;
  formatValue: (value: number) => string;
}): ReactNode {
  if (!tip.active || tip.payload.length === 0) return null;
  return (
    <div className={classes.tip}>
      <div className={classes.tipTime}>{formatTime(Number(tip.label))}</div>
      {tip.payload.map(({ dataKey, name, value, color }) => (
        <div key={String(dataKey)} className={classes.tipRow}>
          <span style={{ background: color }} />
          {name}
          <strong>{typeof value === "number" ? formatValue(value) : "–"}</strong>
        </div>
      ))}
    </div>
  );
}

/** Round moments between two times, about `wanted` of them. */
function timeTicks(from: number, to: number, wanted: number): number[] {
  const steps = [15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_200_000, 1_800_000];
  const step = steps.find((each) => (to - from) / each <= wanted) ?? 3_600_000;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}

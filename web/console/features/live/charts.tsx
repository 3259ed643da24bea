import { useNavigate } from "@tanstack/react-router";
import { memo, useCallback, useMemo } from "react";
import { useFormats, useWords } from "../../words.ts";
import classes from "./chart-panel.module.css";
import { ChartPanel, type LegendEntry } from "./chart-panel.tsx";
import { niceCeiling } from "./rows.ts";
import { useMarks } from "./use-marks.ts";
import { type LiveView, meanMs } from "./view.ts";

const nothing = "–";

/** The highest of the given columns. */
function highest<Row extends object>(rows: readonly Row[], keys: readonly (keyof Row)[]): number {
  let top = 0;
  for (const row of rows)
    for (const key of keys) {
      const value = row[key];
      if (typeof value === "number" && value > top) top = value;
    }
  return top;
}

interface ChartProps {
  view: LiveView | null;
  note: string;
  height: number;
}

/** What happened in the time that is shown, and the same in a sentence. */
function useMarksIn(view: LiveView | null) {
  const formats = useFormats();
  const all = useMarks();
  const [from, to] = [view?.from ?? 0, view?.to ?? 0];
  const first = all.findIndex(({ at }) => at >= from && at < to);
  return useMemo(() => {
    const marks = first < 0 ? [] : all.slice(first);
    return { marks, told: marks.map(({ at, text }) => `; ${formats.clock(at)} ${text}`).join("") };
  }, [all, first, formats]);
}

/** The hero: orders placed, paid and delivered a second, beside the same time last week. */
export const OrdersChart = memo(function OrdersChart({ view, note, height }: ChartProps) {
  const t = useWords();
  const formats = useFormats();
  const { marks, told } = useMarksIn(view);
  const navigate = useNavigate();
  const stepMs = view?.stepMs ?? 0;
  const spanMs = meanMs[view?.range ?? "minutes"];
  const onOpen = useCallback(
    (at: number) =>
      void navigate({
        to: "/orders",
        search: {
          from: new Date(at + stepMs - spanMs).toISOString(),
          to: new Date(at + stepMs).toISOString(),
        },
      }),
    [navigate, stepMs, spanMs],
  );
  const last = view?.orders.at(-1);
  const say = (value: number | null | undefined) =>
    value === null || value === undefined ? nothing : formats.rate(value);
  const values = { placed: say(last?.placed), paid: say(last?.paid), delivered: say(last?.delivered) };
  const legend: LegendEntry[] = [
    { key: "placed", name: t("live.placed"), color: "var(--ow-series-1)", value: values.placed },
    { key: "paid", name: t("live.paid"), color: "var(--ow-series-2)", dash: "5 3", value: values.paid },
    {
      key: "delivered",
      name: t("live.delivered"),
      color: "var(--ow-series-3)",
      dash: "2 2",
      value: values.delivered,
    },
  ];
  if (view !== null && view.ghost.length > 0)
    legend.push({
      key: "ghost",
      name: t("live.lastWeek"),
      color: "var(--ow-ghost)",
      data: view.ghost,
      value: say(view.ghost.at(-1)?.ghost),
    });
  return (
    <ChartPanel
      title={t("live.orders")}
      note={`${note}, ${t("live.mean", { time: formats.duration(spanMs) })}`}
      aside={<span className={classes.hint}>{t("live.orders.click")}</span>}
      description={`${t("live.chart.orders", { ...values, over: note })}${told}`}
      legend={legend}
      height={height}
      chart={
        view === null
          ? null
          : {
              rows: view.orders,
              marks,
              from: view.from,
              to: view.to,
              top: niceCeiling(
                Math.max(
                  highest(view.orders, ["placed", "paid", "delivered"]),
                  highest(view.ghost, ["ghost"]),
                ),
                2,
              ),
              formatTime: formats.clock,
              formatTick: formats.minute,
              formatValue: formats.rate,
              onOpen,
            }
      }
    />
  );
});

/** Ordering latency with the line that it must stay under. */
export const LatencyChart = memo(function LatencyChart({ view, note, height }: ChartProps) {
  const t = useWords();
  const formats = useFormats();
  const { marks, told } = useMarksIn(view);
  const limit = view?.targets.latencyP99Ms ?? 200;
  const line = useMemo(
    () => ({ value: limit, label: t("live.latency.line", { value: formats.duration(limit) }) }),
    [limit, t, formats],
  );
  const last = view?.latency.findLast((row) => row.p50 !== null);
  const say = (value: number | null | undefined) =>
    value === null || value === undefined ? nothing : formats.duration(value);
  const values = { p50: say(last?.p50), p95: say(last?.p95), p99: say(last?.p99) };
  const legend: LegendEntry[] = [
    { key: "p50", name: "p50", color: "var(--ow-series-3)", dash: "2 2", value: values.p50 },
    { key: "p95", name: "p95", color: "var(--ow-series-2)", dash: "5 3", value: values.p95 },
    { key: "p99", name: "p99", color: "var(--ow-series-1)", value: values.p99 },
  ];
  return (
    <ChartPanel
      title={t("live.latency")}
      note={note}
      description={`${t("live.chart.latency", { ...values, over: note })}${told}`}
      legend={legend}
      height={height}
      chart={
        view === null
          ? null
          : {
              rows: view.latency,
              marks,
              from: view.from,
              to: view.to,
              top: niceCeiling(highest(view.latency, ["p99"]), limit * 1.2),
              line,
              formatTime: formats.clock,
              formatTick: formats.minute,
              formatValue: formats.duration,
            }
      }
    />
  );
});

/** All requests that the shop answered, a second. */
export const QpsChart = memo(function QpsChart({ view, note, height }: ChartProps) {
  const t = useWords();
  const formats = useFormats();
  const { marks, told } = useMarksIn(view);
  const last = view?.qps.at(-1)?.qps ?? null;
  const value = last === null ? nothing : formats.rate(last);
  const legend: LegendEntry[] = [{ key: "qps", name: t("live.qps"), color: "var(--ow-series-1)", value }];
  return (
    <ChartPanel
      title={t("live.qps")}
      note={note}
      description={`${t("live.chart.qps", { qps: value, over: note })}${told}`}
      legend={legend}
      height={height}
      chart={
        view === null
          ? null
          : {
              rows: view.qps,
              marks,
              from: view.from,
              to: view.to,
              top: niceCeiling(highest(view.qps, ["qps"]), 10),
              formatTime: formats.clock,
              formatTick: formats.minute,
              formatValue: formats.rate,
            }
      }
    />
  );
});

import { memo } from "react";

/** The course of a few values as a line, without axes: its neighbour says the figure in words. */
export const Sparkline = memo(function Sparkline({
  values,
  width = 96,
  height = 22,
  color = "var(--ow-series-1)",
}: {
  values: readonly number[];
  width?: number;
  height?: number;
  color?: string;
}) {
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
      style={{ flex: "none" }}
    >
      <path d={sparkPath(values, width, height)} fill="none" stroke={color} strokeWidth="1.5" />
    </svg>
  );
});

/** An SVG path through the values, from zero at the bottom to their highest at the top. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  const highest = Math.max(1, ...values);
  const step = values.length > 1 ? width / (values.length - 1) : width;
  return values
    .map((value, index) => {
      const x = (index * step).toFixed(1);
      const y = (height - 1 - (value / highest) * (height - 2)).toFixed(1);
      return `${index === 0 ? "M" : "L"}${x} ${y}`;
    })
    .join("");
}

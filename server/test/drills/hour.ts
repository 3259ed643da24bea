import type { CountedStep } from "../../src/ops/drills/figures.ts";

/** The last hour, minute by minute, each with so many orders; in those of `silent` nobody was there to count. */
export function anHour({
  placed,
  simulated = placed,
  refused = {},
  silent = 0,
}: {
  placed: number;
  simulated?: number;
  refused?: Record<string, number>;
  silent?: number;
}): CountedStep[] {
  const none = { placed: 0, paid: 0, delivered: 0, refunded: 0, failed: 0 };
  return Array.from({ length: 60 }, (_, minute) =>
    minute < silent
      ? { placed: 0, failed: {}, refused: {}, qps: 0, simulated: none }
      : { placed, failed: {}, refused, qps: 1, simulated: { ...none, placed: simulated } },
  );
}

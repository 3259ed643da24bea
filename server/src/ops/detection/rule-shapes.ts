import type { Condition, Rule, RuleSettings } from "@orderwatch/shared/ops/detection.ts";
import type { Words } from "@orderwatch/shared/words.ts";

/** Holds from `fireAt` on, until the gauge is at `clearAt` or below. */
export const gauge = (
  name: Extract<Condition, { kind: "gauge" }>["gauge"],
  fireAt: number,
  clearAt: number,
): Condition => ({ kind: "gauge", gauge: name, direction: "above", fireAt, clearAt });

/** A rule as shipped: at once, over after half a minute, and put together whatever its labels. */
export const shipped = (
  slug: string,
  title: Words,
  settings: Partial<RuleSettings> & Pick<RuleSettings, "level" | "conditions" | "runbook">,
): Rule => ({
  slug,
  title,
  version: 0,
  enabled: true,
  forS: 0,
  clearForS: 30,
  groupBy: [],
  inhibitedBy: [],
  ...settings,
});

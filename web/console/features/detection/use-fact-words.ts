import type { Facts } from "@orderwatch/shared/ops/detection.ts";
import { useFormats, useWords } from "../../words.ts";
import { isSeconds } from "./condition.ts";
import { useSpanWords } from "./use-condition-words.ts";

const worded = [
  "share",
  "bad",
  "events",
  "windowS",
  "count",
  "burn",
  "burnNow",
  "seen",
  "despite",
  "missing",
  "expected",
  "actual",
] as const;
const shares: readonly string[] = ["share", "missing"];

/** An alert's figures as short texts; a figure without words of its own keeps its name. */
export function useFactWords(): (facts: Facts) => string[] {
  const t = useWords();
  const formats = useFormats();
  const span = useSpanWords();
  const shown = (name: string, value: Facts[string]): string => {
    if (typeof value !== "number") return String(value);
    if (shares.includes(name)) return formats.percent(value);
    return name === "windowS" || isSeconds(name) ? span(value) : formats.rate(value);
  };
  return (facts) =>
    Object.entries(facts).flatMap(([name, value]) => {
      if (value === null || name === "longS" || name === "shortS" || name === "weeks") return [];
      const known = worded.find((each) => each === name);
      const text = shown(name, value);
      return [known === undefined ? `${name} ${text}` : t(`fact.${known}`, { value: text })];
    });
}

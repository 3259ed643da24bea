import type { Condition } from "@orderwatch/shared/ops/detection.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { isSeconds } from "./condition.ts";

const bases = [
  "placed",
  "paid",
  "delivered",
  "failed",
  "refunded",
  "refused",
  "requests",
  "errors",
  "timed",
  "slow",
  "unavailable",
  "callbacks_accepted",
  "callbacks_refused",
  "callbacks_repeated",
] as const;
const steps = ["visit", "product", "checkout"] as const;

/** Seconds in the largest unit that shows them exactly. */
export function useSpanWords(): (seconds: number) => string {
  const t = useWords();
  return (seconds) => {
    if (seconds >= 86_400 && seconds % 86_400 === 0) return t("days", { count: seconds / 86_400 });
    if (seconds >= 3_600 && seconds % 3_600 === 0) return t("hours", { count: seconds / 3_600 });
    if (seconds >= 60 && seconds % 60 === 0) return t("minutes", { count: seconds / 60 });
    return t("seconds", { count: Math.round(seconds * 10) / 10 });
  };
}

/** What a rule waits for, as a sentence. */
export function useConditionWords(): (condition: Condition) => string {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const span = useSpanWords();

  const counter = (name: string): string => {
    const [base = "", detail] = name.split(":");
    const step = base === "beacon" ? steps.find((each) => each === detail) : undefined;
    if (step !== undefined) return t(`counter.beacon.${step}`);
    if ((base === "wechat" || base === "alipay") && detail === "paid")
      return t("counter.one", { what: t("counter.paid"), detail: t(`method.${base}`) });
    const known = bases.find((each) => each === base);
    const what = known === undefined ? base : t(`counter.${known}`);
    if (detail === undefined || detail === "*") return what;
    return t("counter.one", { what, detail: detail.endsWith("*") ? detail : problem(detail) });
  };
  const counters = (names: readonly string[]) => names.map(counter).join(", ");

  return (condition) => {
    switch (condition.kind) {
      case "gauge": {
        const as = isSeconds(condition.gauge) ? span : formats.rate;
        return t(`condition.gauge.${condition.direction}`, {
          what: t(`gauge.${condition.gauge}`),
          fire: as(condition.fireAt),
          clear: as(condition.clearAt),
        });
      }
      case "share":
        return t(condition.per === "channel" ? "condition.shareEach" : "condition.share", {
          bad: counters(condition.bad),
          of: counters(condition.of),
          fire: formats.percent(condition.fireAt),
          clear: formats.percent(condition.clearAt),
          window: span(condition.windowS),
          min: formats.count(condition.minEvents),
        });
      case "count":
        return t("condition.count", {
          of: counters(condition.of),
          fire: formats.count(condition.fireAt),
          clear: formats.count(condition.clearAt),
          window: span(condition.windowS),
        });
      case "burn":
        return t("condition.burn", {
          bad: counters(condition.bad),
          of: counters(condition.of),
          objective: formats.percent(condition.objective),
          windows: condition.windows
            .map(({ burn, longS, shortS }) =>
              t("condition.burnWindow", {
                burn: formats.rate(burn),
                long: span(longS),
                short: span(shortS),
              }),
            )
            .join(` ${t("detection.or")} `),
          min: formats.count(condition.minEvents),
          clear: formats.rate(condition.clearBurn),
        });
      case "absence":
        return t("condition.absence", {
          of: counters(condition.of),
          despite: counters(condition.despite),
          window: span(condition.windowS),
          min: formats.count(condition.minEvents),
        });
      case "drop":
        return t("condition.drop", {
          of: counters(condition.of),
          window: span(condition.windowS),
          fire: formats.percent(condition.fireAt),
          clear: formats.percent(condition.clearAt),
          min: formats.count(condition.minEvents),
        });
    }
  };
}

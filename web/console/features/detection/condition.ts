/** A condition's figures as fields of a form: what each is called, how it is typed, and how it is put back. */
import type { Condition } from "@orderwatch/shared/ops/detection.ts";

export type FigureName =
  | "fireAt"
  | "clearAt"
  | "windowS"
  | "minEvents"
  | "minWeeks"
  | "objective"
  | "burn"
  | "longS"
  | "shortS"
  | "clearBurn";
export type Unit = "plain" | "percent" | "seconds";

export interface Figure {
  name: FigureName;
  unit: Unit;
  /** As it is typed: shares are percent. */
  shown: number;
  /** Which of a burn rate's windows it belongs to. */
  window?: number;
}

const percent = (share: number): number => Math.round(share * 1e6) / 1e4;

/** The figures of a condition, in the order of reading. */
export function figuresOf(condition: Condition): Figure[] {
  const plain = (name: FigureName, shown: number): Figure => ({ name, unit: "plain", shown });
  const share = (name: FigureName, value: number): Figure => ({
    name,
    unit: "percent",
    shown: percent(value),
  });
  const seconds = (name: FigureName, shown: number): Figure => ({ name, unit: "seconds", shown });
  switch (condition.kind) {
    case "gauge": {
      const as = isSeconds(condition.gauge) ? seconds : plain;
      return [as("fireAt", condition.fireAt), as("clearAt", condition.clearAt)];
    }
    case "share":
      return [
        share("fireAt", condition.fireAt),
        share("clearAt", condition.clearAt),
        seconds("windowS", condition.windowS),
        plain("minEvents", condition.minEvents),
      ];
    case "count":
      return [
        plain("fireAt", condition.fireAt),
        plain("clearAt", condition.clearAt),
        seconds("windowS", condition.windowS),
      ];
    case "burn":
      return [
        share("objective", condition.objective),
        plain("clearBurn", condition.clearBurn),
        plain("minEvents", condition.minEvents),
        ...condition.windows.flatMap(({ burn, longS, shortS }, window) => [
          { ...plain("burn", burn), window },
          { ...seconds("longS", longS), window },
          { ...seconds("shortS", shortS), window },
        ]),
      ];
    case "absence":
      return [seconds("windowS", condition.windowS), plain("minEvents", condition.minEvents)];
    case "drop":
      return [
        share("fireAt", condition.fireAt),
        share("clearAt", condition.clearAt),
        seconds("windowS", condition.windowS),
        plain("minEvents", condition.minEvents),
        plain("minWeeks", condition.minWeeks),
      ];
  }
}

/** The condition with one figure as typed. */
export function withFigure(condition: Condition, figure: Figure, typed: number): Condition {
  const value = figure.unit === "percent" ? typed / 100 : typed;
  if (condition.kind === "burn" && figure.window !== undefined)
    return {
      ...condition,
      windows: condition.windows.map((window, at) =>
        at === figure.window ? { ...window, [figure.name]: value } : window,
      ),
    };
  return { ...condition, [figure.name]: value };
}

/** Whether a condition would be over before it fires: the server refuses such. */
export function endsBeforeItFires(condition: Condition): boolean {
  if (condition.kind === "burn" || condition.kind === "absence") return false;
  const isBelow = condition.kind === "gauge" && condition.direction === "below";
  return isBelow ? condition.clearAt < condition.fireAt : condition.clearAt > condition.fireAt;
}

export const isSeconds = (gauge: string): boolean => gauge.endsWith("_s");

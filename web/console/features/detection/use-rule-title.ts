import type { RuleView } from "@orderwatch/shared/ops/detection.ts";
import { useSaid } from "../../words.ts";

/** A rule's name; where an alert's would name its channel or node, a rule speaks of any. */
export function useRuleTitle(): (rule: Pick<RuleView, "title">) => string {
  const said = useSaid();
  return ({ title }) => said(title).replace(/\{\w+\}/g, "…");
}

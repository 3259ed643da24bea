import type { RuleView } from "@orderwatch/shared/ops/detection.ts";
import { Link } from "@tanstack/react-router";
import { Status } from "../../../ui/status.tsx";
import table from "../../../ui/table.module.css";
import { useWords } from "../../words.ts";
import classes from "./detection.module.css";
import { AlertLevelMark } from "./level.tsx";
import { useConditionWords } from "./use-condition-words.ts";
import { useRuleTitle } from "./use-rule-title.ts";

export function RuleState({ rule }: { rule: RuleView }) {
  const t = useWords();
  if (!rule.enabled) return <Status level="quiet">{t("detection.state.off")}</Status>;
  if (rule.firing > 0)
    return <Status level="bad">{t("detection.state.firing", { count: rule.firing })}</Status>;
  if (rule.learningWeeks > 0)
    return <Status level="info">{t("detection.state.learning", { count: rule.learningWeeks })}</Status>;
  return <Status level="ok">{t("detection.state.quiet")}</Status>;
}

/** Rules as rows, the gravest first; each opens its settings. */
export function RuleTable({ rules }: { rules: readonly RuleView[] }) {
  const t = useWords();
  const titleOf = useRuleTitle();
  const conditionWords = useConditionWords();
  const sorted = [...rules].sort((a, b) => b.firing - a.firing || a.level - b.level);
  return (
    <table className={table.table}>
      <caption className="ow-unseen">{t("detection.rules")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("rule.level")}</th>
          <th scope="col">{t("detection.rule")}</th>
          <th scope="col" className={table.wide}>
            {t("detection.condition")}
          </th>
          <th scope="col">{t("detection.state")}</th>
          <th scope="col" className={table.wide}>
            {t("detection.version")}
          </th>
        </tr>
      </thead>
      <tbody>
        {sorted.map((rule) => (
          <tr key={rule.slug}>
            <td>
              <AlertLevelMark level={rule.level} />
            </td>
            <td className={classes.name}>
              <Link to="/detection/$slug" params={{ slug: rule.slug }} data-row className={table.open}>
                {titleOf(rule)}
              </Link>
            </td>
            <td className={`${table.wide} ${classes.condition}`}>
              {rule.conditions.map((condition, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a condition has no name but its place.
                <div key={at}>{conditionWords(condition)}</div>
              ))}
            </td>
            <td>
              <RuleState rule={rule} />
            </td>
            <td className={`${table.wide} ${table.muted}`}>
              {rule.version === 0 ? t("detection.shipped") : rule.version}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
